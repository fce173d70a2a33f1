"""netconf status --watch: where the host stands, told whenever that becomes another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netconf.app.status import Status, status
from netconf.app.wiring import Host

STILL_SECONDS = 0.3
"""A change comes in many events: it's looked at when there have been none for so long."""

MOST_SECONDS = 3.0
"""But no later than that after the first of them."""

LOOK_SECONDS = 30.0
"""Sysctls and files change without an event: they are looked at so often."""


def watch(host: Host) -> Iterator[Status]:
    """The status now, and from then on each that differs from the one before. Never ends by itself."""
    monitor = host.system.open_watch()
    try:
        before: object = None
        while True:
            found = status(host)
            if _standing(found) != before:
                before = _standing(found)
                yield found
            _wait(host, monitor.wait)
            host.renew()  # what the last look found out is of no use any more
    finally:
        monitor.close()


def _standing(found: Status) -> object:
    """By values, in which counters don't count."""
    changes = [] if found.drift is None else found.drift.changes.values()
    differing = sorted(((c.id, c.before) for c in changes), key=lambda pair: pair[0])
    number = None if found.meta is None else found.meta.number
    return number, differing, found.problem, found.trial is not None


def _wait(host: Host, changed: Callable[[float], bool]) -> None:
    clock = host.system.clock
    if not changed(LOOK_SECONDS):
        return
    end = clock.monotonic() + MOST_SECONDS
    while clock.monotonic() < end and changed(STILL_SECONDS):
        continue
