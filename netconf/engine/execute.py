"""Doing a plan, wave by wave. The steps of a wave are independent, so each driver gets its own
as one batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from netconf.core.change import Change
from netconf.core.driver import AnyDriver
from netconf.core.errors import NetconfError
from netconf.core.operation import Operation
from netconf.core.plan import Plan
from netconf.core.step import Step
from netconf.engine.drivers import Drivers
from netconf.engine.places import Everywhere
from netconf.system.ports import System

MOST_NAMED = 100
"""Steps of a wave that are noted by name."""

Between = Callable[[str], None]
"""Called between batches with the name of the place; may raise to stop the execution."""


class Record(Protocol):
    """Where steps are noted for people to read after a crash (recovery goes by state)."""

    def intent(self, wave: int, steps: Sequence[str]) -> None: ...

    def done(self, wave: int) -> None: ...


def execute(
    plan: Plan, drivers: Drivers, system: System, record: Record, between: Between, *, singly: bool = False
) -> None:
    """Do the whole plan; raises ApplyError at the first operation that fails. `singly` makes a
    batch of every operation.
    """
    for number, wave in enumerate(plan.waves):
        record.intent(number, _names(wave))
        for operations, driver_kind in batches(plan, wave, drivers, singly=singly):
            between(f"apply.wave{number}")
            drivers.of(driver_kind).apply(operations, system)
        record.done(number)
    between("apply.done")


def _names(wave: Sequence[Step]) -> list[str]:
    names = [str(step.id) for step in wave[:MOST_NAMED]]
    return names if len(wave) <= MOST_NAMED else [*names, f"and {len(wave) - MOST_NAMED} more"]


def attempt(plan: Plan, drivers: Drivers, system: System, between: Between) -> list[str]:
    """Do as much of the plan as can be done; returns what failed."""
    failures = []
    for wave in plan.waves:
        for operations, kind in batches(plan, wave, drivers, singly=True):
            between("rollback.step")
            try:
                drivers.of(kind).apply(operations, system)
            except (NetconfError, OSError) as err:
                failures.append(str(err))
    return failures


def batches(
    plan: Plan, wave: Sequence[Step], drivers: Drivers, *, singly: bool
) -> Iterator[tuple[list[Operation], str]]:
    """The operations of a wave by driver (named by one of its kinds), implied steps left out."""
    for lowered, kind in _by_driver(plan, wave, drivers):
        batch = [operation for operations in lowered for operation in operations]
        yield from (([operation], kind) for operation in batch) if singly else [(batch, kind)]


def operations(plan: Plan, drivers: Drivers) -> Iterator[Operation]:
    """Every operation of the plan in the order it will be done; each is worked out when it's asked for."""
    for wave in plan.waves:
        for lowered, _ in _by_driver(plan, wave, drivers):
            for found in lowered:
                yield from found


def _by_driver(
    plan: Plan, wave: Sequence[Step], drivers: Drivers
) -> Iterator[tuple[Iterator[Sequence[Operation]], str]]:
    steps = [step for step in wave if step not in plan.implied] if plan.implied else wave
    by_rank: dict[int, list[Step]] = defaultdict(list)
    for kind, run in groupby(steps, key=_kind):
        by_rank[drivers.rank[kind]] += run
    for _, own in sorted(by_rank.items()):
        kind = own[0].id.kind
        yield map(_lowering(drivers.of(kind), own), plan.parts(own)), kind


def _lowering(driver: AnyDriver, steps: Iterable[Step]) -> Callable[[Change], Sequence[Operation]]:
    if isinstance(driver, Everywhere) and not any(map(_netns, steps)):
        return driver.lower_home
    return driver.lower


_kind, _netns = attrgetter("id.kind"), attrgetter("id.netns")
