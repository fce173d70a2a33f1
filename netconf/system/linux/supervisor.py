"""Telling the service manager: `ports.Supervisor`, by sd_notify(3)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


class LinuxSupervisor:
    def tell(self, text: str) -> None:
        path = os.environ.get("NOTIFY_SOCKET", "")
        if path[:1] not in ("/", "@"):
            return
        address = f"\0{path[1:]}" if path.startswith("@") else path
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.sendto(text.encode(), address)
