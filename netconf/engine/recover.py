"""Recovery: finish what an earlier run left open, so that the host is in the old or the new state.

See the table of the journal's README. What was decided is carried out; what wasn't is rolled back,
provided the kernel state it changed still exists: same boot, same network namespace.
"""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core.errors import RollbackError, StateDirError
from netconf.core.image import encode_states
from netconf.engine.drivers import Drivers
from netconf.engine.execute import Between
from netconf.engine.rollback import Exactness, roll_back
from netconf.engine.trial import keep
from netconf.journal import Begin, Decision, End, Leftover, Standing
from netconf.system.ports import System

UNREADABLE = (Standing.CORRUPT, Standing.NEWER_FORMAT)
"""What no program can finish."""


def advice(tx: str) -> str:
    """What a person does about a journal that can't be understood."""
    return f"compare the host with netconf plan; then move the folder journal/{tx} out of the state directory"


@dataclass(frozen=True, slots=True)
class Place:
    """Where kernel state lives: it ends with the boot and with the network namespace."""

    boot_id: str
    namespace_cookie: int

    def holds(self, begin: Begin) -> bool:
        return (begin.boot_id, begin.namespace_cookie) == (self.boot_id, self.namespace_cookie)


INTERRUPTED = "it was interrupted"


def recover(
    leftover: Leftover,
    drivers: Drivers,
    system: System,
    place: Place,
    between: Between,
    why: str = INTERRUPTED,
) -> str:
    """Finish one leftover; returns what was done in words ("" for mere tidying up). `why` is what it's
    rolled back for, if it is. One on trial is rolled back: that its time isn't over is for the caller
    to know.

    Raises RollbackError if the old state couldn't be restored, StateDirError if the journal can't
    be understood: then nothing is guessed.
    """
    name = f"transaction {leftover.tx}"
    match leftover.standing:
        case Standing.NEVER_BEGAN | Standing.CLOSED:
            leftover.drop("nothing to undo")
            return ""
        case Standing.COMMITTED | Standing.TO_FINISH_COMMIT:
            _commit(leftover, drivers, system, place)
            return f"{name} was decided: committed as generation {leftover.generation}"
        case Standing.CORRUPT | Standing.NEWER_FORMAT:
            raise StateDirError(
                f"{name} can't be recovered: {leftover.detail}",
                hint=advice(leftover.tx),
            )
        case Standing.TO_ROLL_BACK | Standing.ON_TRIAL:
            return _roll_back(leftover, drivers, system, place, between, why)


def _commit(leftover: Leftover, drivers: Drivers, system: System, place: Place) -> None:
    """What was on trial stays, in the kernel first: after the commit nobody would look."""
    begin = leftover.begin
    if leftover.trial is not None and begin is not None and place.holds(begin):
        keep(drivers.decoder.decode_states(begin.before), drivers, system)
    leftover.commit()


def _put_files_back(
    begin: Begin | None, drivers: Drivers, system: System, place: Place, between: Between
) -> str:
    """What outlives a reboot: files. Whatever reads them may not have started yet, so it isn't asked
    that it runs them; the next plan shows if it doesn't.
    """
    if begin is None or begin.boot_id == place.boot_id:
        return ""
    before = drivers.decoder.decode_states(begin.before)
    durable = {key: image for key, image in before.items() if drivers.of(key.kind).kinds[key.kind].durable}
    if not durable:
        return ""
    restored = roll_back(durable, drivers, system, between)
    return f", {len(durable)} files put back" + "".join(f"; {words}" for words in restored.differences)


def _roll_back(
    leftover: Leftover, drivers: Drivers, system: System, place: Place, between: Between, why: str
) -> str:
    begin = leftover.begin
    if begin is None or not place.holds(begin):
        files = _put_files_back(begin, drivers, system, place, between)
        leftover.drop("the kernel state is gone: rebooted, or the network namespace was deleted")
        return f"transaction {leftover.tx} was interrupted before a reboot: dropped{files}"
    if leftover.decide(Decision.ROLLBACK) is Decision.COMMIT:
        _commit(leftover, drivers, system, place)
        return f"transaction {leftover.tx} was decided: committed as generation {leftover.generation}"
    before = drivers.decoder.decode_states(begin.before)
    restored = roll_back(before, drivers, system, between)
    complete = restored.exactness is not Exactness.INCOMPLETE
    leftover.note_end(End(why, restored.exactness.value, restored.differences))
    leftover.rolled_back(complete=complete)
    if not complete:
        raise RollbackError(
            f"transaction {leftover.tx} couldn't be rolled back completely; {why}",
            restored.differences,
        )
    number = len(encode_states(before))
    if why != INTERRUPTED:
        return f"transaction {leftover.tx} was rolled back, {number} objects compared: {why}"
    return f"transaction {leftover.tx} was interrupted: rolled back, {number} objects compared"
