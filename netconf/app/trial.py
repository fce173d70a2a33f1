"""A change that stays only if it's confirmed: confirming it, undoing it, waiting for its end."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from netconf.app import guard
from netconf.app.guard import OnTrial, on_trial
from netconf.app.interrupts import watched
from netconf.app.recovery import recover_leftovers
from netconf.app.wiring import Host
from netconf.core.errors import (
    LockedError,
    NetconfError,
    RollbackError,
    UnconfirmedError,
    UsageError,
)
from netconf.core.outcome import Outcome
from netconf.engine.rollback import Exactness, Restored
from netconf.engine.transaction import Ending
from netconf.engine.trial import prolong
from netconf.journal import Decision, Found, Holder, Leftover, StateDir, Trial


@dataclass(frozen=True, slots=True)
class Ended:
    """How a trial ended."""

    tx: str
    ending: Ending
    generation: int


def confirm(host: Host, tx: str) -> Ended:
    """Keep it, and wait until it's kept. UnconfirmedError if it came too late."""
    state, found = _sought(host, tx)
    if isinstance(found, Ended):
        return found
    if guard.left(host, _trial(found)):
        found.decide(Decision.COMMIT)
    return wait(host, state, found)


def extend(host: Host, tx: str, seconds: float) -> OnTrial | Ended:
    """So many seconds from now on."""
    state, found = _sought(host, tx)
    if isinstance(found, Ended):
        return found
    begin = found.begin
    try:
        if begin is not None and guard.left(host, _trial(found)):
            keys = host.drivers.decoder.decode_states(begin.before)
            prolong(keys, seconds, host.drivers, host.system)
            found.prolong(Trial(host.system.clock.boottime() + seconds, seconds))
    except NetconfError:
        # Whoever decides in between takes away what was to be prolonged.
        if found.waiting() is not None:
            raise
    now = on_trial(host, state)
    return now or wait(host, state, found)


def undo(host: Host, tx: str) -> Ended | None:
    """Undo what's on trial, and wait until it's undone; None if nothing is and nothing was named."""
    host.require_administrator()
    if not tx and _tried(host.open_state()) is None:
        return None
    state, found = _sought(host, tx)
    if isinstance(found, Ended):
        return found
    found.decide(Decision.ROLLBACK)
    return wait(host, state, found)


def wait(host: Host, state: StateDir, found: Leftover) -> Ended:
    """Until it has ended. SIGINT and SIGTERM undo it; where nobody guards it any more we do. SIGHUP ends
    the waiting and nothing else.
    """
    with watched() as flag:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        while state.is_open(found.tx):
            if flag() and found.waiting() is not None:
                found.decide(Decision.ROLLBACK)
            _look_after(host, state, found.tx)
            host.system.clock.sleep(guard.LOOK_SECONDS)
    guard.wait_gone(host, state, found.tx)
    return _ended(state, found.tx, found.generation)


def waited_for(state: StateDir, tx: str) -> Leftover | None:
    """The transaction as who waits for its end needs it; None if it has ended."""
    return next((one for one in state.leftovers() if one.tx == tx), None)


def _look_after(host: Host, state: StateDir, tx: str) -> None:
    """The lock is free only if the guard is dead."""
    if state.locked_by() is not None:
        return
    try:
        with state.lock(Holder.of_this_process(tx, guard.COMMAND), 0.0):
            recover_leftovers(host, state)
    except LockedError:
        return  # another one was faster; or it's guarded again
    except RollbackError:
        return  # the archive has the differences


def ended(state: StateDir, tx: str) -> Ended:
    """Of a transaction that isn't open any more."""
    generations = {meta.tx: meta.number for meta in state.generations()}
    return _ended(state, tx, generations.get(tx, state.current() + 1))


def _ended(state: StateDir, tx: str, generation: int) -> Ended:
    found = state.archived(tx)
    if state.current() >= generation and (found is None or found.state == "committed"):
        return Ended(tx, Ending(Outcome.COMMITTED), generation)
    end = None if found is None else found.end
    if end is None:
        return Ended(tx, Ending(Outcome.ROLLED_BACK, UnconfirmedError("it was given up")), generation)
    restored = Restored(Exactness(end.exactness), end.differences)
    incomplete = restored.exactness is Exactness.INCOMPLETE
    outcome = Outcome.ROLLBACK_INCOMPLETE if incomplete else Outcome.ROLLED_BACK
    return Ended(tx, Ending(outcome, UnconfirmedError(end.reason), restored), generation)


def _sought(host: Host, tx: str) -> tuple[StateDir, Leftover | Ended]:
    host.require_administrator()
    state = host.open_state()
    found = _tried(state)
    if found is not None and tx in ("", found.tx):
        if found.begin is not None and host.place.holds(found.begin):
            return state, found
        _look_after(host, state, found.tx)  # it was before a reboot
        return state, _ended(state, found.tx, found.generation)
    if tx:
        return state, _past(state, tx, found)
    raise UsageError("nothing is on trial", hint="netconf history shows what was applied")


def _past(state: StateDir, tx: str, other: Found | None) -> Ended:
    """That of somebody who comes late, or a second time."""
    try:
        known = state.archived(tx)
    except ValueError:
        known = None
    if known is None:
        there = f"transaction {other.tx} is" if other is not None else "nothing is"
        raise UsageError(f"transaction {tx} isn't on trial", hint=there)
    return ended(state, tx)


def _trial(found: Leftover) -> Trial:
    return found.waiting() or Trial(0.0, 0.0)


def _tried(state: StateDir) -> Leftover | None:
    """Also if it's decided by now, and somebody is about to end it."""
    return next((one for one in state.leftovers() if one.trial is not None), None)
