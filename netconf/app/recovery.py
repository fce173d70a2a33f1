"""What every command does first that looks at the state directory: finish what was left open."""

from __future__ import annotations

from netconf.app.wiring import Host
from netconf.core.errors import LockedError, PrivilegeError, StateDirError
from netconf.engine.recover import recover
from netconf.journal import Holder, StateDir


def recover_leftovers(host: Host, state: StateDir) -> list[str]:
    """Finish everything left open; the caller holds the lock. Returns what was done, in words."""
    done = []
    for leftover in state.leftovers():
        words = recover(leftover, host.drivers, host.system, host.place, host.settings.checkpoint)
        if words:
            done.append(words)
    return done


def recover_if_possible(host: Host, command: str) -> list[str]:
    """The same for commands that only read: takes the lock if there is something to recover.

    Returns what was done, or in words why it couldn't be. Without leftovers nothing is locked.
    """
    try:
        if not host.peek_state().unfinished():
            return []
    except (PrivilegeError, StateDirError) as err:
        return [f"can't look for interrupted transactions: {err}"]
    if not host.system.kernel.can_administer():
        return ["a transaction was interrupted; run netconf as root to recover it"]
    try:
        state = host.open_state()
        with state.lock(Holder.of_this_process("recovery", command), host.settings.lock_timeout):
            return recover_leftovers(host, state)
    except LockedError as err:
        return [str(err)]
