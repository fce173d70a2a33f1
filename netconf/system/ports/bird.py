"""What may be asked of a BIRD daemon, through its control socket."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class BirdReply(NamedTuple):
    """An answer on BIRD's control socket (doc/reply_codes of BIRD): the code and text of its last
    line, and all lines as (code, text).
    """

    code: int
    text: str
    lines: tuple[tuple[int, str], ...]


class BirdUnavailable(Exception):  # noqa: N818 - what it says of the daemon
    """Nobody listens on the socket: it isn't there, or the daemon that made it has died."""


class BirdFault(Exception):  # noqa: N818 - what it says of the daemon
    """Somebody listens but doesn't answer as BIRD does: silent, gone in the middle, or garbage."""


class BirdSession(Protocol):
    """A connection to a BIRD daemon. Raises BirdFault."""

    @property
    def version(self) -> str: ...

    def ask(self, command: str, seconds: float = 5.0) -> BirdReply:
        """One command and its answer, whatever its code; it may take `seconds`. ValueError for a
        command that the daemon couldn't read: more than 1000 bytes, or more than one line.
        """
        ...

    def close(self) -> None: ...


class Bird(Protocol):
    """BIRD daemons by their control sockets."""

    def connect(self, socket: str) -> BirdSession:
        """Raises BirdUnavailable, BirdFault."""
        ...
