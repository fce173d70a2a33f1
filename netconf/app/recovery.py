"""What every command does first that looks at the state directory: finish what was left open."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.app import guard
from netconf.app.wiring import Host
from netconf.core.diagnostics import Diagnostic, warning
from netconf.core.errors import LockedError, PrivilegeError, StateDirError
from netconf.engine.recover import UNREADABLE, advice, recover
from netconf.journal import Found, Holder, StateDir


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a command that only reads found left open: in words what was done about it, or why
    nothing could be, and what a person must see to.
    """

    notes: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def recover_leftovers(host: Host, state: StateDir) -> list[str]:
    """Finish everything left open; the caller holds the lock. Returns what was done, in words. LockedError
    if there's something that waits to be confirmed.
    """
    done = []
    for leftover in state.leftovers():
        guard.go_on(host, state, leftover)
        words = recover(leftover, host.drivers, host.system, host.place, host.settings.checkpoint)
        if words:
            done.append(words)
    return done


def recover_if_possible(host: Host, command: str) -> Recovered:
    """The same for commands that only read: takes the lock if there is something to recover.

    Without leftovers nothing is locked. If one of them can't be read none is touched: whatever
    order they belong in isn't known.
    """
    try:
        unfinished = host.peek_state().unfinished()
    except (PrivilegeError, StateDirError) as err:
        return Recovered((f"can't look for interrupted transactions: {err}",))
    if not unfinished:
        return Recovered()
    unreadable = [found for found in unfinished if found.standing in UNREADABLE]
    if unreadable:
        return Recovered(warnings=tuple(map(_unreadable, unreadable)))
    if not host.system.kernel.can_administer():
        return Recovered(("a transaction was interrupted; run netconf as root to recover it",))
    try:
        state = host.open_state()
        holder = Holder.of_this_process("recovery", command)
        with guard.told(host, state), state.lock(holder, host.settings.lock_timeout):
            return Recovered(tuple(recover_leftovers(host, state)))
    except LockedError as err:
        return Recovered((f"{err}; {err.hint}",) if err.hint else (str(err),))


def _unreadable(found: Found) -> Diagnostic:
    return warning(
        "NC7001",
        f"transaction {found.tx} can't be recovered: {found.detail}",
        "the host may be half changed; apply and rollback refuse until this is settled",
        advice(found.tx),
    )
