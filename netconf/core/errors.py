"""Errors by phase; raised in the rooms, handled once, in cli.

NetconfError
├── UsageError          the command line                                    64
├── DocumentError       the document is invalid (diagnostics)               65
├── MissingFileError    a source can't be read                              66
├── PlanError           no plan can be made (diagnostics)                   65
│   ├── UnsupportedError    this kernel lacks what the document needs       69
│   └── RefusedError        a safety check says no                          5
├── ObserveError        the live state can't be read                        69
├── ApplyError          an operation failed
├── VerifyError         applied, but the state isn't what was asked
├── InterruptedByUser   a signal asked for the transaction to be undone
├── UnconfirmedError    it was on trial, and nobody confirmed it                 3
├── RollbackError       the old state couldn't be restored                  4
├── StaleError          a saved plan doesn't fit any more                   6
├── StateDirError       the state directory can't be used, nothing changed  74
├── LockedError         another transaction holds the lock                  75
└── PrivilegeError      a capability is missing                             77
"""

from __future__ import annotations

from collections.abc import Sequence

from netconf.core.diagnostics import Diagnostic
from netconf.core.outcome import ExitStatus


class NetconfError(Exception):
    """Something the user can act on. `hint` says what to do."""

    status = ExitStatus.BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class DiagnosedError(NetconfError):
    """An error told by diagnostics, all of the phase's at once."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("; ".join(d.summary for d in diagnostics))
        self.diagnostics = tuple(diagnostics)


class UsageError(NetconfError):
    status = ExitStatus.USAGE


class DocumentError(DiagnosedError):
    status = ExitStatus.INVALID_DOCUMENT


class MissingFileError(DiagnosedError):
    status = ExitStatus.MISSING_FILE


class PlanError(DiagnosedError):
    status = ExitStatus.INVALID_DOCUMENT


class UnsupportedError(PlanError):
    status = ExitStatus.UNSUPPORTED


class RefusedError(PlanError):
    status = ExitStatus.REFUSED


class ObserveError(NetconfError):
    status = ExitStatus.UNSUPPORTED


class ApplyError(NetconfError):
    """`errno` is the kernel's number where there was one, 0 otherwise."""

    status = ExitStatus.ROLLED_BACK

    def __init__(self, message: str, *, errno: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.errno = errno


class VerifyError(NetconfError):
    status = ExitStatus.ROLLED_BACK


class InterruptedByUser(NetconfError):  # noqa: N818 - a request, not a fault
    status = ExitStatus.ROLLED_BACK


class UnconfirmedError(NetconfError):
    status = ExitStatus.ROLLED_BACK


class RollbackError(NetconfError):
    status = ExitStatus.ROLLBACK_INCOMPLETE

    def __init__(self, message: str, differences: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.differences = tuple(differences)


class StaleError(NetconfError):
    status = ExitStatus.STALE


class StateDirError(NetconfError):
    status = ExitStatus.STATE_DIR


class LockedError(NetconfError):
    status = ExitStatus.LOCKED


class PrivilegeError(NetconfError):
    status = ExitStatus.NO_PRIVILEGE
