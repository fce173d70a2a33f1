"""The SSH connection this process was started from: `ports.Sessions`."""

from __future__ import annotations

import os
from pathlib import Path

from netconf.system.ports import Session

_PROC = Path("/proc")
_VARIABLE = b"SSH_CONNECTION="  # ssh(1), "ENVIRONMENT"


class LinuxSessions:
    def current(self) -> Session | None:
        """From our environment or, as sudo drops the variable, that of the nearest ancestor that has it."""
        pid = os.getpid()
        while pid > 1:
            found = _session_of(pid)
            if found is not None:
                return found
            pid = _parent(pid)
        return None


def _session_of(pid: int) -> Session | None:
    try:
        variables = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    value = next((v[len(_VARIABLE) :] for v in variables if v.startswith(_VARIABLE)), b"")
    match value.decode("ascii", "replace").split():
        case [peer, _, local, port] if port.isascii() and port.isdigit():
            return Session(peer.partition("%")[0], local.partition("%")[0], int(port))
    return None


def _parent(pid: int) -> int:
    """0 if it's gone. The name in /proc/PID/stat may hold anything but ends at the last bracket."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
