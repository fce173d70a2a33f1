"""Where everything lies, and what `current` says.

    STATE/  current -> generations/<N>    drained.json
            generations/<N>/{resolved,meta,ledger,before}.json
            journal/<tx>/{begin.json,commit.slot,ops.jsonl,decision}    journal/archive/<tx>/...
    RUN/    lock  health.lock  health.json

A number in `generations` above `current` is a generation that isn't committed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netconf.core.errors import PrivilegeError, StateDirError

_ARCHIVE = "archive"
_TX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_CURRENT = re.compile(r"generations/([1-9][0-9]*)")
_NUMBER = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below the two roots."""

    state: Path
    run: Path

    @property
    def generations(self) -> Path:
        return self.state / "generations"

    @property
    def journal(self) -> Path:
        return self.state / "journal"

    @property
    def archive(self) -> Path:
        return self.journal / _ARCHIVE

    @property
    def current(self) -> Path:
        return self.state / "current"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def drained(self) -> Path:
        return self.state / "drained.json"

    @property
    def health(self) -> Path:
        return self.run / "health.json"

    @property
    def health_lock(self) -> Path:
        return self.run / "health.lock"

    def generation(self, number: int) -> Path:
        return self.generations / str(number)

    def entry(self, tx: str) -> Path:
        """The directory of a transaction; its id comes from a user, so it has to be one plain name."""
        if not _TX.fullmatch(tx) or tx == _ARCHIVE:
            raise ValueError(f"not a transaction id: {tx!r}")
        return self.journal / tx

    def archived(self, tx: str) -> Path:
        """Where the directory of a transaction goes when it has ended."""
        return self.archive / self.entry(tx).name

    def current_number(self) -> int:
        """The last committed generation, 0 before the first. StateDirError if `current` is damaged."""
        try:
            target = str(self.current.readlink())
        except FileNotFoundError:
            return 0
        match = _CURRENT.fullmatch(target)
        if match is None:
            raise StateDirError(f"{self.current} points to {target}, which is no generation")
        return int(match[1])

    def numbers(self) -> list[int]:
        """The generations that have a directory, committed or not, ascending."""
        return sorted(int(name) for name in _names(self.generations) if _NUMBER.fullmatch(name))

    def open_entries(self) -> list[str]:
        """The ids of the transactions that aren't archived."""
        return sorted(name for name in _names(self.journal) if _TX.fullmatch(name) and name != _ARCHIVE)


def flip_target(number: int) -> str:
    """What `current` has to point to for this generation: relative, so the tree may be moved."""
    return f"generations/{number}"


def _names(path: Path) -> list[str]:
    try:
        return [child.name for child in path.iterdir()]
    except FileNotFoundError:
        return []


@contextmanager
def telling(doing: str) -> Iterator[None]:
    """Turns an OSError into the StateDirError that the user sees."""
    try:
        yield
    except OSError as failure:
        raise StateDirError(f"{doing}: {_reason(failure)}") from failure


@contextmanager
def asking(doing: str) -> Iterator[None]:
    """The same where lacking the permission says who asks, not what is broken: PrivilegeError."""
    with telling(doing):
        try:
            yield
        except PermissionError as failure:
            raise PrivilegeError(f"{doing}: {_reason(failure)}", hint="run it as root") from failure


def _reason(failure: OSError) -> str:
    where = f" ({failure.filename})" if failure.filename else ""
    return f"{failure.strerror or failure}{where}"
