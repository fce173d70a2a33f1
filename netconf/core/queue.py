"""Which steps of a plan are ready: those that wait for nothing, or for nothing any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

Node = int
"""A step within a graph. Ids are tuples, which Python hashes and compares anew each time; so the
changes are numbered in the order of their ids: with n changes, step DOWN of the i-th is i, and step
UP is n + i. Nodes sort as their steps do.
"""

Gate = frozenset[Node]
"""Steps that many wait for: ten thousand routes, for the same links and addresses."""


class Queue:
    """What each step still waits for, as a number: its own edges, and its gates."""

    def __init__(self, edges: Mapping[Node, set[Node]], gates: Mapping[Node, list[Gate]]) -> None:
        self.waiting = {node: len(earlier) for node, earlier in edges.items()}
        self._followers: dict[Node, list[Node]] = defaultdict(list)
        for node, earlier in edges.items():
            for other in earlier:
                self._followers[other].append(node)
        self._behind: dict[Gate, list[Node]] = defaultdict(list)
        for node, found in gates.items():
            self.waiting[node] += len(found)
            for gate in found:
                self._behind[gate].append(node)
        self._closed = {gate: len(gate) for gate in self._behind}
        self._opens: dict[Node, list[Gate]] = defaultdict(list)
        for gate in self._behind:
            for node in gate:
                self._opens[node].append(gate)

    def begin(self) -> list[Node]:
        """Those that wait for nothing."""
        return [node for node, count in self.waiting.items() if not count]

    def release(self, node: Node) -> list[Node]:
        """Let one go that still waits."""
        self.waiting[node] = -1
        return [node]

    def done(self, nodes: Iterable[Node]) -> list[Node]:
        """Those that waited for one of these last."""
        ready: list[Node] = []
        followers, opens, closed = self._followers, self._opens, self._closed
        for node in nodes:
            if node in followers:
                self._count_down(followers[node], ready)
            for gate in opens.get(node, ()):
                closed[gate] -= 1
                if not closed[gate]:
                    self._count_down(self._behind[gate], ready)
        return ready

    def _count_down(self, nodes: Iterable[Node], ready: list[Node]) -> None:
        waiting = self.waiting
        for node in nodes:
            waiting[node] -= 1
            if not waiting[node]:
                ready.append(node)
