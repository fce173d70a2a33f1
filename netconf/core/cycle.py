"""Steps that wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from netconf.core.cascade import lost
from netconf.core.change import Action, Change
from netconf.core.diagnostics import error
from netconf.core.ids import ResourceId
from netconf.core.queue import Node


class CycleError(Exception):
    """Changes that wait for each other, each for the next. `updates` are those among them that needn't: each is to
    leave what it stands on, which goes, but what it's to stand on comes only after that. Taken down first and put up
    again it waits for nobody in between.
    """

    def __init__(self, changes: Sequence[ResourceId], updates: frozenset[ResourceId]) -> None:
        self.finding = error(
            "NC3001",
            "these changes wait for each other",
            " after ".join(map(str, [*changes, changes[0]])),
            "apply the change in two steps, or remove one of the references",
            resource=str(changes[0]),
        )
        self.updates = updates
        super().__init__(self.finding.detail)


def find(waiting: Mapping[Node, int], earlier: Callable[[Node], Iterable[Node]]) -> list[Node]:
    """One cycle among the steps that never became ready; `waiting` says for how many others each still waits."""
    node = min(node for node, count in waiting.items() if count > 0)
    path: list[Node] = []
    while node not in path:
        path.append(node)
        node = min(other for other in earlier(node) if waiting[other] > 0)
    return path[path.index(node) :]


def leaving(
    remover: Node, waiting: Mapping[Node, int], edges: Mapping[Node, set[Node]], changes: Sequence[Change]
) -> frozenset[ResourceId]:
    """The updates that a step waits for because what it takes away is what they stood on. All that wait, in this
    cycle or another: to find them one by one would be a plan for each. `changes` are those of all nodes.
    """
    gone = lost(changes[remover])
    found = set()
    for node in edges[remover]:
        change = changes[node]
        in_place = change.action is Action.UPDATE and waiting[node]
        if in_place and change.before is not None and not gone.isdisjoint(change.before.requires):
            found.add(change.id)
    return frozenset(found)
