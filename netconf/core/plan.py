"""The plan: which changes, in which steps, in what order. Pure and deterministic.

A create or an in-place update is one step of phase UP, a delete one of phase DOWN, a replacement
both. Edges come from what resources require, follow and occupy. Where nothing forces the order,
steps UP go before steps DOWN: make before break.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from netconf.core.cascade import Closure
from netconf.core.change import Action, Change, diff
from netconf.core.cycle import CycleError
from netconf.core.errors import PlanError
from netconf.core.graph import Graph
from netconf.core.ids import ResourceId
from netconf.core.resource import State, Target
from netconf.core.step import Phase, Step


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

    def parts(self, steps: Sequence[Step]) -> list[Change]:
        """The changes that these steps make by themselves: of a replacement, one half."""
        found = map(self.changes.__getitem__, map(_id, steps))
        return [
            change if change.before is None else _part(step.phase, change)
            for step, change in zip(steps, found, strict=True)
        ]


def _part(phase: Phase, change: Change) -> Change:
    if change.action is not Action.REPLACE:
        return change
    if phase is Phase.DOWN:
        return Change(change.id, change.before, None, change.because)
    return Change(change.id, None, change.after, change.because)


_id = attrgetter("id")

EMPTY = Plan({}, (), frozenset())


def make_plan(target: Target, observed: State, *, tenacious: bool = False) -> Plan:
    """The plan from `observed` to `target`; raises PlanError if the order has a cycle that nothing breaks, unless
    it's to be tried all the same.
    """
    broken: frozenset[ResourceId] = frozenset()
    split: frozenset[ResourceId] = frozenset()
    while True:
        changes = diff(target, observed)
        if not changes:
            return EMPTY
        changes.update({key: replace(changes[key], split=True) for key in split & changes.keys()})
        closure = Closure(changes, target, observed, broken)
        changes = closure.close()
        graph = Graph(changes, frozenset(closure.gone))
        gaps = graph.keep_without_gap()
        if gaps - broken:
            broken |= gaps
            continue
        try:
            return Plan(changes, tuple(graph.waves()), graph.implied())
        except CycleError as cycle:
            if cycle.updates - split:
                split |= cycle.updates
                continue
            if not tenacious:
                raise PlanError([cycle.finding]) from None
        return Plan(changes, tuple(graph.waves(tenacious=True)), graph.implied())
