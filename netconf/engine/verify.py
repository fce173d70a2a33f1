"""Verification: look again; nothing may differ. Where the kernel settles late (duplicate address
detection, carrier), wait for its events up to a deadline.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from netconf.core.change import Change
from netconf.core.driver import AnyDriver, Patience, Settles
from netconf.core.errors import VerifyError
from netconf.core.ids import ResourceId
from netconf.core.image import told
from netconf.core.inside import inner
from netconf.core.resource import Resource, State
from netconf.engine.drivers import Drivers
from netconf.engine.execute import Between
from netconf.engine.places import SETTLE_SECONDS, Everywhere
from netconf.engine.reconcile import Reconciliation, observe, remaining
from netconf.system.ports import Monitor, System

_MOST_LINES = 5

GRACE_SECONDS = 1.0
"""How long a difference may last that nothing explains."""


def verify(
    found: Reconciliation, drivers: Drivers, system: System, monitor: Monitor, between: Between
) -> State:
    """What there is now, which is as planned. Raises VerifyError with what still differs once waiting is
    of no use.
    """
    start = system.clock.monotonic()
    while True:
        between("verify.look")
        observed = observe(drivers, system, found.scope)
        rest = remaining(drivers, found, observed)
        waiting = dict(_unsettled(found, drivers, observed))
        if not rest and not waiting:
            return observed
        limit = min((_patience(drivers, observed[key]) for key in waiting), default=GRACE_SECONDS)
        left = start + limit - system.clock.monotonic()
        if left <= 0:
            raise VerifyError("; ".join([*waiting.values(), *(difference(c) for c in rest.values())][:20]))
        monitor.wait(min(left, 0.5))


def _patience(drivers: Drivers, resource: Resource) -> float:
    driver = drivers.of(resource.id.kind)
    return driver.patience(resource) if isinstance(driver, Patience) else SETTLE_SECONDS


def _unsettled(found: Reconciliation, drivers: Drivers, observed: State) -> Iterable[tuple[ResourceId, str]]:
    settling: dict[str, Settles | None] = {}
    for key, change in found.plan.changes.items():
        if key.kind not in settling:
            settling[key.kind] = _settling(drivers.of(key.kind))
        driver = settling[key.kind]
        if driver is not None and change.after is not None and (have := observed.get(key)):
            reason = driver.unsettled(have)
            if reason:
                yield key, f"{key}: {reason}"


def _settling(driver: AnyDriver) -> Settles | None:
    settles = driver.settles if isinstance(driver, Everywhere) else True
    return driver if settles and isinstance(driver, Settles) else None


def difference(change: Change) -> str:
    """One difference in words: what there is and what there should be."""
    if change.before is None:
        return f"{change.id}: missing"
    if change.after is None:
        return f"{change.id}: still there"
    lines = change.after.differences(change.before)
    if lines:
        return f"{change.id}: to come: {'; '.join(lines[:_MOST_LINES])}"
    fields = ", ".join(
        f"{name} is {_word(old)}, not {_word(new)}"
        for name, old, new in differing(change.before, change.after)
    )
    return f"{change.id}: {fields}"


def differing(before: Resource, after: Resource) -> Iterable[tuple[str, object, object]]:
    """The fields that differ, with both values; a missing value is None."""
    old, new = told(before), told(after)
    cls: Any = type(inner(before))
    for name in [field.name for field in fields(cls) if field.compare]:
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _word(value: object) -> str:
    return "none" if value in (None, "", ()) else str(value)
