"""The service manager: `ports.Supervisor`, by sd_notify(3) and systemctl(1)."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from netconf.system.ports import Process

RUNS = Path("/run/systemd/system")
"""It's there while systemd manages this machine, sd_booted(3)."""

_SECONDS = 5.0
_ACTIVE = ("active", "activating", "reloading")


class LinuxSupervisor:
    def __init__(self, process: Process) -> None:
        self._process = process

    def tell(self, text: str) -> None:
        path = os.environ.get("NOTIFY_SOCKET", "")
        if path[:1] not in ("/", "@"):
            return
        address = f"\0{path[1:]}" if path.startswith("@") else path
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.sendto(text.encode(), address)

    def active(self, units: Sequence[str]) -> Sequence[str]:
        """A line for each unit; the exit status only says whether all of them are."""
        if not RUNS.is_dir():
            return ()
        try:
            done = self._process.run(["systemctl", "is-active", "--", *units], seconds=_SECONDS)
        except OSError:
            return ()
        words = done.output.split()
        if len(words) != len(units):
            return ()
        return tuple(unit for unit, word in zip(units, words, strict=True) if word in _ACTIVE)
