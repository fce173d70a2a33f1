"""Rollback: reconcile toward the before-images, within the write-set, until nothing differs.

Going by state, not by inverse operations, makes it idempotent: a crash in the middle is answered
by running it again. What the kernel derives (a bridge's MAC address from its ports) can need a
second round.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from netconf.core.change import diff
from netconf.core.driver import Concludes, Scope
from netconf.core.errors import NetconfError
from netconf.core.image import encode
from netconf.core.plan import Plan
from netconf.core.resource import State, Target
from netconf.engine.drivers import Drivers
from netconf.engine.execute import Between, attempt, execute
from netconf.engine.reconcile import observe, reconcile, refine, viewed
from netconf.engine.verify import difference
from netconf.system.ports import System

ROUNDS = 6

FAILURES = (NetconfError, OSError)
"""What a round survives; the next one looks at what has become of it."""


class Exactness(enum.Enum):
    """How well the old state came back."""

    EXACT = "exact"
    EQUAL_VALUES = "equal_values"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Restored:
    """The result, after looking again. `differences` is empty unless INCOMPLETE."""

    exactness: Exactness
    differences: tuple[str, ...] = ()


class _Silent:
    """Rollback keeps no record of steps: it's repeated as a whole."""

    def intent(self, wave: int, steps: Sequence[str]) -> None:
        """Nothing to note."""

    def done(self, wave: int) -> None:
        """Nothing to note."""


def roll_back(before: Target, drivers: Drivers, system: System, between: Between) -> Restored:
    """Bring everything in `before` back to its image (None = absent); never raises for a failed
    operation, says what still differs instead.
    """
    failures: list[str] = []
    system = viewed(drivers, system, before)
    for number in range(ROUNDS):
        try:
            found = reconcile(drivers, system, lambda _: before, frozenset(before), tenacious=True)
        except FAILURES as err:
            failures = [str(err)]
            continue
        if not found.plan:
            break
        if number:
            failures = attempt(found.plan, drivers, system, between)
        else:
            failures = _all_at_once(found.plan, drivers, system, between)
    failures += _tidy(before, drivers, system)
    observed = observe(drivers, system, Scope(frozenset(before), frozenset(before)))
    return _compare(refine(drivers, before, observed), observed, failures)


def _all_at_once(plan: Plan, drivers: Drivers, system: System, between: Between) -> list[str]:
    try:
        execute(plan, drivers, system, _Silent(), between)
    except FAILURES as err:
        return [str(err)]
    return []


def _tidy(before: Target, drivers: Drivers, system: System) -> list[str]:
    """Returns what failed."""
    failures = []
    for driver in drivers:
        own = [key for key in before if key.kind in driver.kinds]
        if own and isinstance(driver, Concludes):
            try:
                driver.tidy(own, system)
            except FAILURES as err:
                failures.append(str(err))
    return failures


def _compare(before: Target, observed: State, failures: list[str]) -> Restored:
    rest = diff(before, observed)
    if rest:
        return Restored(Exactness.INCOMPLETE, (*map(difference, rest.values()), *failures))
    same = all(image is None or encode(image) == encode(observed[key]) for key, image in before.items())
    return Restored(Exactness.EXACT if same else Exactness.EQUAL_VALUES)
