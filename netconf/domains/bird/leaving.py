"""Stopping a daemon so that its neighbours know.

BGP, OSPF and Babel say goodbye. RIP doesn't: neighbours believe what they were told for 180 s more
(the timeout of RFC 2453 section 3.8). So first its routes are withdrawn, by a configuration that
exports none; the triggered update may take 5 s (section 3.10.1).
"""

from __future__ import annotations

import re
from contextlib import suppress

from netconf.core.errors import NetconfError
from netconf.domains.bird import control, secrets
from netconf.domains.bird.control import Code
from netconf.domains.bird.look import text_of
from netconf.domains.bird.operation import CANDIDATE
from netconf.domains.bird.render import revision_of
from netconf.system.ports import BirdSession, System

LEAVING = ".netconf-leaving"
"""Behind the name of the configuration file: what the daemon runs before it ends."""

RIP_SECONDS = 6.0

_EXPORT = re.compile(r"^(\s+export) .*;$")


def leave(session: BirdSession, config: str, system: System) -> None:
    """Withdraw what only a configuration withdraws, then end the daemon. Never fails for the first."""
    with suppress(NetconfError, OSError, ValueError):
        _withdraw(session, config, system)
    system.files.remove(config + LEAVING)
    session.ask("down")


def _withdraw(session: BirdSession, config: str, system: System) -> None:
    text = _running_text(session, config, system)
    if not _speaks_rip(session) or text is None:
        return
    silent = without_rip_exports(text)
    if silent == text:
        return
    system.files.create(config + LEAVING, secrets.filled(silent, system.files.read), config, "")
    words = f'configure "{config + LEAVING}"'
    control.command(session, words, Code.RECONFIGURED, Code.IN_PROGRESS, Code.QUEUED)
    control.settle(session, system)
    _wait(RIP_SECONDS, system)


def _speaks_rip(session: BirdSession) -> bool:
    return any(p.kind == "RIP" and p.state == "up" for p in control.protocols(session).values())


def _running_text(session: BirdSession, config: str, system: System) -> str | None:
    running = control.revision(session)
    for path in (config, config + CANDIDATE):
        text = text_of(system, path)
        if text is not None and revision_of(text) == running:
            return text
    return None


def without_rip_exports(text: str) -> str:
    """A configuration of ours whose RIP tells nothing."""
    lines, in_rip = [], False
    for line in text.split("\n"):
        in_rip = line.startswith("protocol rip ") or (in_rip and line != "}")
        lines.append(_EXPORT.sub(r"\1 none;", line) if in_rip else line)
    return "\n".join(lines)


def _wait(seconds: float, system: System) -> None:
    end = system.clock.monotonic() + seconds
    monitor = system.open_monitor()
    try:
        while (left := end - system.clock.monotonic()) > 0:
            monitor.wait(left)
    finally:
        monitor.close()
