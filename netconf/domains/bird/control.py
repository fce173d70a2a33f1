"""What is asked of a running daemon. The codes are those of doc/reply_codes in BIRD's source."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from netconf.core.errors import ApplyError, ObserveError
from netconf.domains.bird.resource import FOREIGN
from netconf.system.ports import BirdFault, BirdReply, BirdSession, BirdUnavailable, System


class Code(enum.IntEnum):
    """Codes of replies."""

    RECONFIGURED = 3
    IN_PROGRESS = 4
    QUEUED = 5
    CONFIRMED = 18
    NOTHING_TO_DO = 19
    UNDOING = 21
    UNDO_SCHEDULED = 22
    VALUE = 23
    ROUTES = 1007
    PROTOCOL = 1002
    NOT_FOUND = 8001
    BAD_CONFIG = 8002
    SYNTAX = 9001
    """And whatever else makes no sense just now."""


CONFIGURE_SECONDS = 120.0
"""A configuration of 100 000 routes takes 0.3 s on an idle machine."""

SETTLE_SECONDS = 30.0
"""Within that a protocol that is stopped has said goodbye to its neighbours."""


class ProtocolState(NamedTuple):
    """A line of show protocols."""

    name: str
    kind: str
    table: str
    state: str
    since: str
    info: str


_PROTOCOL = re.compile(
    r"(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+"
    r"((?:\d{4}-\d\d-\d\d )?(?:\d\d:\d\d(?::\d\d(?:\.\d+)?)?|\d{4}-\d\d-\d\d))\s*(.*?)\s*"
)


@contextmanager
def session(system: System, socket: str) -> Iterator[BirdSession | None]:
    """A connection, None if no daemon runs. ObserveError if it doesn't answer."""
    try:
        found = system.bird.connect(socket)
    except BirdUnavailable:
        yield None
        return
    except BirdFault as err:
        raise _not_answering(err) from err
    try:
        yield found
    except BirdFault as err:
        raise _not_answering(err) from err
    finally:
        found.close()


def _not_answering(err: BirdFault) -> ObserveError:
    return ObserveError(f"BIRD doesn't answer: {err}", hint="look at its log; restart it if it hangs")


def revision(session: BirdSession) -> str:
    """What it runs, by the constant that every configuration of ours defines."""
    reply = session.ask("eval nc_revision")
    return reply.text if reply.code == Code.VALUE else FOREIGN


def is_pending(session: BirdSession) -> bool:
    """Whether an undo is scheduled, or a reconfiguration under way."""
    return bool(_status(session) & {Code.UNDO_SCHEDULED, Code.IN_PROGRESS, Code.QUEUED})


def undo_is_scheduled(session: BirdSession) -> bool:
    return Code.UNDO_SCHEDULED in _status(session)


def _status(session: BirdSession) -> set[int]:
    return {code for code, _ in session.ask("configure status").lines}


def command(session: BirdSession, words: str, *good: Code) -> BirdReply:
    """A command that must be answered with one of the codes; ApplyError with BIRD's words else."""
    reply = session.ask(words, CONFIGURE_SECONDS)
    if reply.code not in good:
        raise ApplyError(f"BIRD refused to {words.split(maxsplit=1)[0]}: {reply.text}")
    return reply


def settle(session: BirdSession, system: System) -> None:
    """Wait until a reconfiguration is done: 0004 means that protocols are still shutting down."""
    monitor = system.open_monitor()
    end = system.clock.monotonic() + SETTLE_SECONDS
    try:
        while _status(session) & {Code.IN_PROGRESS, Code.QUEUED}:
            if system.clock.monotonic() > end:
                raise ApplyError(f"BIRD was still reconfiguring after {SETTLE_SECONDS:.0f} s")
            monitor.wait(0.02)
    finally:
        monitor.close()


def protocols(session: BirdSession) -> dict[str, ProtocolState]:
    """All protocols by name."""
    rows = (
        _PROTOCOL.fullmatch(text)
        for code, text in session.ask("show protocols").lines
        if code == Code.PROTOCOL
    )
    return {match[1]: ProtocolState(*match.groups()) for match in rows if match is not None}


def announces(session: BirdSession, protocol: str, prefix: str) -> bool:
    """Whether a protocol exports a route to exactly this prefix."""
    reply = session.ask(f"show route {prefix} export {protocol}")
    return any(code == Code.ROUTES and text.startswith(f"{prefix} ") for code, text in reply.lines)


def exports_have_begun(session: BirdSession, protocol: str) -> bool:
    """BIRD 3 does that some moments after it has taken a configuration."""
    reply = session.ask(f"show route export {protocol} count", CONFIGURE_SECONDS)
    return reply.code != Code.SYNTAX or "accepting exports" not in reply.text


def conflicts(session: BirdSession) -> list[str]:
    """Routes that the kernel wouldn't take, since somebody else has put one there: BIRD marks them."""
    reply = session.ask("show route", CONFIGURE_SECONDS)
    marked = re.compile(r"(\S+)\s+\w+ \[[^\]]*\] !")
    return [match[1] for code, text in reply.lines if code == Code.ROUTES and (match := marked.match(text))]
