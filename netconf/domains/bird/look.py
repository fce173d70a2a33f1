"""What there is: the file, what the daemon runs, and what it hasn't come to yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from netconf.core.errors import ObserveError
from netconf.domains.bird import control, secrets
from netconf.domains.bird.expectations import Expectation, expectations
from netconf.domains.bird.operation import CANDIDATE
from netconf.domains.bird.render import revision_of
from netconf.domains.bird.resource import FOREIGN, NOT_RUNNING, BirdConfig
from netconf.system.ports import BirdSession, System

CONFLICT_SECONDS = 5.0
"""How long a route may be refused by the kernel; one that goes leaves its place within a scan."""


_EXPORTING_KERNEL = re.compile(r"^protocol kernel (\S+) \{(?:\n(?!\}).*)*?\n +export (?!none;)", re.MULTILINE)
"""The protocols of a file of ours that hand routes to the kernel."""


def look(system: System, config: str, socket: str) -> BirdConfig | None:
    """None if there is neither a file nor a daemon. One question to the daemon, unless a candidate
    is being tried. ObserveError.
    """
    text = text_of(system, config)
    with control.session(system, socket) as session:
        if session is None:
            return None if text is None else BirdConfig(config, socket, text, NOT_RUNNING)
        found = BirdConfig(config, socket, text, control.revision(session))
        tried = text_of(system, config + CANDIDATE)
        if tried is None or not is_tried(session, tried, found.running):
            return found
        waiting = list(_waiting(session, tried))
        patience = min((seconds for _, seconds in waiting), default=0.0)
        words = "; ".join(words for words, _ in waiting)
        return replace(found, text=tried, waiting=words, patience=patience)


def is_tried(session: BirdSession, candidate: str, running: str) -> bool:
    """Whether what the daemon runs is the candidate. Of one that has no revision of ours, as when a
    file by hand is put back, only the timer tells.
    """
    own = revision_of(candidate)
    return own == running if own else running == FOREIGN and control.undo_is_scheduled(session)


def text_of(system: System, path: str) -> str | None:
    """A configuration file with its passwords blanked."""
    try:
        raw = system.files.read(path)
    except OSError as err:
        raise ObserveError(f"can't read {path}: {err.strerror}") from err
    return None if raw is None else secrets.blanked(raw, system.files.read)


def _waiting(session: BirdSession, tried: str) -> Iterator[tuple[str, float]]:
    """What isn't so yet, and how many seconds it may take."""
    there = control.protocols(session)
    unsettled = False
    for expectation in expectations(tried):
        words = _missing(expectation, there.get(expectation.protocol))
        words = words or _unannounced(session, expectation)
        if words:
            unsettled = True
            yield f"{expectation.protocol} {words}", expectation.seconds
    for name in _EXPORTING_KERNEL.findall(tried):
        if not unsettled and not control.exports_have_begun(session, name):
            yield f"{name} hasn't begun to export", CONFLICT_SECONDS
            return
    if not unsettled and any(state.kind == "Kernel" for state in there.values()):
        refused = control.conflicts(session)
        if refused:
            yield f"the kernel has other routes to {', '.join(refused[:5])}", CONFLICT_SECONDS


def _missing(expectation: Expectation, found: control.ProtocolState | None) -> str:
    if found is None:
        return "isn't there"
    word = found.info.split(" ")[0]
    match expectation.state:
        case "established" if word not in ("Established", "Running"):
            return f"is {word or found.state}, not established"
        case "up" | "down" if found.state != expectation.state:
            return f"is {found.state} {found.info}".rstrip() + f", not {expectation.state}"
    return ""


def _unannounced(session: BirdSession, expectation: Expectation) -> str:
    missing = [
        prefix
        for prefix in expectation.announces
        if not control.announces(session, expectation.protocol, prefix)
    ]
    return f"doesn't announce {', '.join(missing)}" if missing else ""
