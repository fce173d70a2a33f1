"""The plan: which changes, in which steps, in what order. Pure and deterministic.

A create or an in-place update is one step of phase UP, a delete one of phase DOWN, a replacement
both. Edges come from what resources require, follow and occupy. Where nothing forces the order,
steps UP go before steps DOWN: make before break.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from netconf.core.cascade import Closure, gained, lost
from netconf.core.change import Action, Change, diff
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.errors import PlanError
from netconf.core.ids import IPV4, LOCAL, ResourceId
from netconf.core.resource import Resource, State, Target


class Phase(enum.IntEnum):
    DOWN = 0
    UP = 1


class Step(NamedTuple):
    """One phase of one change."""

    phase: Phase
    id: ResourceId


Edges = dict[Step, set[Step]]
"""For each step, the steps that must be done before it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes by id and the steps in waves: the steps of a wave don't depend on each other."""

    changes: Mapping[ResourceId, Change]
    waves: tuple[tuple[Step, ...], ...]
    implied: frozenset[Step]
    """Steps DOWN that the kernel does by itself when it drops what they require."""

    def __bool__(self) -> bool:
        return bool(self.changes)

    def steps(self) -> Iterator[Step]:
        for wave in self.waves:
            yield from wave

    def part(self, step: Step) -> Change:
        """The change that this step alone makes: of a replacement, one half."""
        change = self.changes[step.id]
        if change.action is not Action.REPLACE:
            return change
        if step.phase is Phase.DOWN:
            return Change(step.id, change.before, None, change.because)
        return Change(step.id, None, change.after, change.because)


EMPTY = Plan({}, (), frozenset())


def make_plan(target: Target, observed: State) -> Plan:
    """The plan from `observed` to `target`; raises PlanError if the order has a cycle."""
    broken: frozenset[ResourceId] = frozenset()
    while True:
        changes = diff(target, observed)
        if not changes:
            return EMPTY
        closure = Closure(changes, target, observed, broken)
        changes = closure.close()
        graph = _Graph(changes, frozenset(closure.gone))
        gaps = graph.keep_without_gap()
        if not gaps - broken:
            return Plan(changes, tuple(_waves(graph.edges)), graph.implied())
        broken |= gaps


class _Graph:
    """Steps and edges of a set of changes."""

    def __init__(self, changes: Mapping[ResourceId, Change], gone: frozenset[ResourceId]) -> None:
        self._changes = changes
        self._gone = gone
        self._up: dict[ResourceId, list[Step]] = defaultdict(list)
        self._written: dict[ResourceId, list[Step]] = defaultdict(list)
        self._down: dict[ResourceId, list[Step]] = defaultdict(list)
        self._taken: set[str] = set()
        self.edges: Edges = {}
        for change in changes.values():
            self._add_steps(change)
        for change in changes.values():
            if change.after is not None:
                self._add_edges_up(change, change.after)
            if change.before is not None:
                self._add_edges_down(change, change.before)
        self._add_occupancy()

    def _add_steps(self, change: Change) -> None:
        up, down = Step(Phase.UP, change.id), Step(Phase.DOWN, change.id)
        action = change.action
        if change.after is not None:
            self.edges[up] = set()
            for capability in gained(change):
                self._up[capability].append(up)
            for capability in change.after.provides | {change.id}:
                self._written[capability].append(up)
        if action in (Action.DELETE, Action.REPLACE):
            self.edges[down] = set()
        if action is Action.REPLACE:
            self.edges[up].add(down)
        remover = up if action is Action.UPDATE else down
        for capability in lost(change):
            self._down[capability].append(remover)

    def _add_edges_up(self, change: Change, after: Resource) -> None:
        up, down = Step(Phase.UP, change.id), Step(Phase.DOWN, change.id)
        for needed in self._binding(after):
            self._need(up, self._up.get(needed, ()))
            if needed.kind == IPV4:
                # The kernel takes it without, but would drop it with the last that goes.
                self._need(up, self._down.get(needed, ()))
        for earlier in after.after:
            self._need(up, self._written.get(earlier, ()))
            stood_on = change.before is not None and earlier in change.before.requires
            if down in self.edges and not change.split and not stood_on:
                # Away no longer than it must be: addresses that move do so one by one.
                self._need(down, self._written.get(earlier, ()))

    def _add_edges_down(self, change: Change, before: Resource) -> None:
        up, down = Step(Phase.UP, change.id), Step(Phase.DOWN, change.id)
        still = change.after.requires if change.after is not None else frozenset()
        for needed in self._binding(before):
            for remover in self._down.get(needed, ()):
                if down in self.edges:
                    self._need(remover, (down,))
                elif needed not in still:
                    self._need(remover, (up,))

    def _binding(self, resource: Resource) -> Iterator[ResourceId]:
        """What it requires. Of a link's addresses one is enough: so long as there is one, the others
        may come and go.
        """
        return (key for key in resource.requires if key.kind != IPV4 or key in self._gone)

    def _need(self, step: Step, earlier: Iterable[Step]) -> None:
        wanted = self.edges[step]
        for other in earlier:
            if other.id != step.id:
                wanted.add(other)

    def _add_occupancy(self) -> None:
        """Who takes a key waits for who gives it up."""
        leaves: dict[str, list[Step]] = defaultdict(list)
        for change in self._changes.values():
            for key in _occupied(change.before) - _occupied(change.after):
                phase = Phase.UP if change.action is Action.UPDATE else Phase.DOWN
                leaves[key].append(Step(phase, change.id))
        for change in self._changes.values():
            for key in _occupied(change.after) - _occupied(change.before):
                self._taken.add(key)
                self._need(Step(Phase.UP, change.id), leaves.get(key, ()))

    def keep_without_gap(self) -> frozenset[ResourceId]:
        """Make the new provider of a local address before the old one goes. Returns the
        capabilities for which other edges force the opposite.
        """
        gaps = set()
        followers = _followers(self.edges) if any(key.kind == IPV4 for key in self._down) else {}
        for capability, removers in sorted(self._down.items()):
            if capability.kind == IPV4 and self._is_late(capability, removers, followers):
                gaps.add(capability)
            if capability.kind != LOCAL:
                continue
            for remover in sorted(removers):
                for maker in sorted(self._up.get(capability, ())):
                    if maker.id == remover.id:
                        continue
                    if self._reaches(maker, remover):
                        gaps.add(capability)
                    else:
                        self.edges[remover].add(maker)
        return frozenset(gaps)

    def _is_late(
        self, capability: ResourceId, removers: Iterable[Step], followers: Mapping[Step, Iterable[Step]]
    ) -> bool:
        """Whether all that newly provide the capability wait for one that loses it."""
        makers = {step for step in self._up.get(capability, ()) if self._changes[step.id].before is None}
        if not makers:
            return False
        stack, late = list(removers), set(removers)
        while stack:
            new = [step for step in followers.get(stack.pop(), ()) if step not in late]
            late.update(new)
            stack += new
        return makers <= late

    def _reaches(self, step: Step, earlier: Step) -> bool:
        """Whether `earlier` is among what `step` waits for, directly or not."""
        seen: set[Step] = set()
        stack = [step]
        while stack:
            for other in self.edges.get(stack.pop(), ()):
                if other == earlier:
                    return True
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return False

    def implied(self) -> frozenset[Step]:
        """Steps DOWN of objects that the kernel drops together with something they require."""
        return frozenset(
            Step(Phase.DOWN, change.id)
            for change in self._changes.values()
            if Step(Phase.DOWN, change.id) in self.edges and self._is_implied(change)
        )

    def _is_implied(self, change: Change) -> bool:
        """Not if somebody waits for the key it occupies, nor for a replacement that could come up
        before the kernel dropped the old object. The loss of a source address drops nothing
        reliably either: IPv6 keeps such routes, without the address.
        """
        if change.before is None or change.before.occupies or change.before.excludes & self._taken:
            return False
        needs = change.before.requires
        if change.after is not None:
            needs &= change.after.requires
        return any(
            remover.phase is Phase.DOWN or change.after is None
            for needed in needs
            if needed.kind not in (LOCAL, IPV4)
            for remover in self._down.get(needed, ())
        )


def _occupied(resource: Resource | None) -> frozenset[str]:
    return frozenset() if resource is None else resource.occupies | resource.excludes


def _followers(edges: Edges) -> Mapping[Step, Iterable[Step]]:
    """For each step those that wait for it."""
    found: dict[Step, list[Step]] = defaultdict(list)
    for step, earlier in edges.items():
        for other in earlier:
            found[other].append(step)
    return found


def _waves(edges: Edges) -> Iterator[tuple[Step, ...]]:
    """Layers of the graph; of the steps that are ready, those UP go first. Sorted, so the order
    of the input doesn't matter.
    """
    waiting = {step: len(earlier) for step, earlier in edges.items()}
    followers = _followers(edges)
    ready = [step for step, count in waiting.items() if not count]
    done = 0
    while ready:
        ups = [step for step in ready if step.phase is Phase.UP]
        wave = sorted(ups or ready)
        ready = [step for step in ready if step.phase is Phase.DOWN] if ups else []
        done += len(wave)
        yield tuple(wave)
        for step in wave:
            for follower in followers.get(step, ()):
                waiting[follower] -= 1
                if not waiting[follower]:
                    ready.append(follower)
    if done < len(edges):
        raise PlanError([_cycle(edges, waiting)])


def _cycle(edges: Edges, waiting: Mapping[Step, int]) -> Diagnostic:
    """Names one cycle among the steps that never became ready."""
    step = min(step for step, count in waiting.items() if count)
    path: list[Step] = []
    while step not in path:
        path.append(step)
        step = min(other for other in edges[step] if waiting[other])
    names = " after ".join(str(other.id) for other in [*path[path.index(step) :], step])
    return error(
        "NC3001",
        "these changes wait for each other",
        names,
        "apply the change in two steps, or remove one of the references",
        resource=str(step.id),
    )
