"""How a command ended: one exit status enum for the whole program, and one word for JSON."""

from __future__ import annotations

import enum


class ExitStatus(enum.IntEnum):
    """Exit statuses; the numbers from 64 on are those of sysexits.h."""

    OK = 0
    BUG = 1
    CHANGES = 2
    ROLLED_BACK = 3
    ROLLBACK_INCOMPLETE = 4
    REFUSED = 5
    STALE = 6
    NOT_DURABLE = 8
    ON_TRIAL = 10
    USAGE = 64
    INVALID_DOCUMENT = 65
    MISSING_FILE = 66
    UNSUPPORTED = 69
    STATE_DIR = 74
    LOCKED = 75
    NO_PRIVILEGE = 77
    OWN_SETTINGS = 78


class Outcome(enum.Enum):
    """What became of a transaction; the values are the `status` words of the JSON output."""

    UNCHANGED = "unchanged"
    COMMITTED = "committed"
    NOT_DURABLE = "committed-not-durable"
    ON_TRIAL = "pending-confirm"
    ROLLED_BACK = "rolled-back"
    ROLLBACK_INCOMPLETE = "rollback-incomplete"

    @property
    def exit_status(self) -> ExitStatus:
        return _EXIT[self]


_EXIT = {
    Outcome.UNCHANGED: ExitStatus.OK,
    Outcome.COMMITTED: ExitStatus.OK,
    Outcome.NOT_DURABLE: ExitStatus.NOT_DURABLE,
    Outcome.ON_TRIAL: ExitStatus.ON_TRIAL,
    Outcome.ROLLED_BACK: ExitStatus.ROLLED_BACK,
    Outcome.ROLLBACK_INCOMPLETE: ExitStatus.ROLLBACK_INCOMPLETE,
}
