"""The process that ends a trial: commits what is confirmed, rolls back what isn't.

It's there before the first change, holds the lock, and goes by the journal alone. So it doesn't matter
which process it was forked from, and the next netconf can start another one if it was killed.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from netconf.app.interrupts import UNDO, Flag
from netconf.app.wiring import Host
from netconf.core.errors import LockedError, NetconfError, RollbackError
from netconf.engine.recover import INTERRUPTED, recover
from netconf.journal import Decision, Holder, Leftover, Standing, StateDir, StateView, Trial

LOOK_SECONDS = 0.1
RETRY_SECONDS = 1.0
MOST_TRIES = 60
GONE_SECONDS = 5.0

COMMAND = "a change on trial"


def start(host: Host, state: StateDir, tx: str) -> int:
    """The caller holds the lock, which the guard keeps until the transaction has ended. What's returned
    is closed when it's the guard's turn; if we die it is at once.
    """

    def guard(parent: int, ready: Callable[[], None]) -> None:
        flag = Flag()
        for number in UNDO:
            signal.signal(number, flag.set)
        host.renew()
        state.take_over_lock(Holder.of_this_process(tx, COMMAND))
        ready()
        _wait_for(parent, flag)
        _Guard(host, state, tx, flag).end()

    return host.detached(guard)


def _wait_for(parent: int, flag: Flag) -> None:
    while not select.select([parent], [], [], LOOK_SECONDS)[0] and not flag():
        continue
    os.close(parent)


class _Guard:
    def __init__(self, host: Host, state: StateDir, tx: str, flag: Flag) -> None:
        self._host, self._state, self._tx, self._flag = host, state, tx, flag

    def end(self) -> None:
        """Tries again what fails: a full disk or a lack of memory may pass."""
        for _ in range(MOST_TRIES):
            try:
                self._end()
            except RollbackError:
                return  # as far as it goes; the journal has the differences
            except (NetconfError, OSError, MemoryError):
                self._host.system.clock.sleep(RETRY_SECONDS)
            else:
                return

    def _end(self) -> None:
        found = self._leftover()
        if found is None:
            return
        why = INTERRUPTED
        if found.standing is Standing.ON_TRIAL:
            why = self._wait(found)
            found = self._leftover()
        if found is not None:
            host = self._host
            recover(found, host.drivers, host.system, host.place, host.settings.checkpoint, why)

    def _leftover(self) -> Leftover | None:
        return next((one for one in self._state.leftovers() if one.tx == self._tx), None)

    def _wait(self, found: Leftover) -> str:
        """Until it's decided, by others or here. Returns what it's rolled back for, if it is."""
        clock = self._host.system.clock
        while (trial := found.waiting()) is not None:
            if clock.boottime() >= trial.deadline:
                found.decide(Decision.ROLLBACK)
                return unconfirmed(trial)
            if self._flag():
                found.decide(Decision.ROLLBACK)
                return f"the process that guarded the trial was stopped by {self._flag()}"
            clock.sleep(LOOK_SECONDS)
        return "it was asked for"


def unconfirmed(trial: Trial) -> str:
    return f"it wasn't confirmed within {trial.seconds:g} s"


@dataclass(frozen=True, slots=True)
class OnTrial:
    """What waits to be confirmed, and for how many seconds yet."""

    tx: str
    generation: int
    left: float


def on_trial(host: Host, state: StateView) -> OnTrial | None:
    """What's on trial here."""
    found = state.on_trial()
    if found is None or found.trial is None:
        return None
    return OnTrial(found.tx, found.generation, left(host, found.trial))


def left(host: Host, trial: Trial) -> float:
    """Seconds."""
    return max(0.0, trial.deadline - host.system.clock.boottime())


def go_on(host: Host, state: StateDir, found: Leftover) -> None:
    """Raises LockedError if it's still waiting to be confirmed, and sees to it that it's guarded. The
    caller holds the lock.
    """
    waits = found.standing is Standing.ON_TRIAL and found.begin is not None and host.place.holds(found.begin)
    if waits and found.trial is not None and (seconds := left(host, found.trial)):
        release(start(host, state, found.tx))
        raise busy(OnTrial(found.tx, found.generation, seconds))


@contextmanager
def told(host: Host, state: StateView) -> Iterator[None]:
    """Says what's on trial, where that's why the lock isn't free."""
    try:
        yield
    except LockedError as err:
        found = on_trial(host, state)
        if found is None:
            raise
        raise busy(found) from err


def busy(found: OnTrial) -> LockedError:
    """What a command is told that can't work meanwhile."""
    return LockedError(
        f"a change is on trial: transaction {found.tx}, {found.left:.0f} s left",
        hint=f"netconf confirm {found.tx} keeps it, netconf rollback {found.tx} undoes it",
    )


def wait_gone(host: Host, state: StateView, tx: str) -> None:
    """Until the guard of a transaction that has ended has let the lock go."""
    clock = host.system.clock
    end = clock.monotonic() + GONE_SECONDS
    while clock.monotonic() < end and (holder := state.locked_by()) is not None and holder.tx == tx:
        clock.sleep(0.005)


def release(descriptor: int) -> None:
    """It's the guard's turn now."""
    with suppress(OSError):
        os.close(descriptor)
