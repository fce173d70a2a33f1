"""The names this host has for routing tables, as iproute2 keeps them (rt_names.c of iproute2).

The files are the host's own, in whatever network namespace we work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netconf.system.ports import Files

FOLDERS = ("/usr/share/iproute2", "/usr/lib/iproute2", "/etc/iproute2")
"""Later ones win; the distribution's are there since iproute2 6.5."""

_LINE = re.compile(r"(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})\s+([^\s#]+)")


def table_names(files: Files) -> dict[str, int]:
    """The numbers by name. What can't be read has no names: a document that needs one is refused."""
    found: dict[str, int] = {}
    for folder in FOLDERS:
        for path in _paths(files, folder):
            try:
                data = files.read(path)
            except OSError:
                continue
            found.update(_entries(data or b""))
    return found


def _paths(files: Files, folder: str) -> Iterator[str]:
    yield f"{folder}/rt_tables"
    try:
        names = files.names(f"{folder}/rt_tables.d")
    except OSError:
        return
    yield from (f"{folder}/rt_tables.d/{name}" for name in names if name.endswith(".conf") and name[0] != ".")


def _entries(data: bytes) -> Iterator[tuple[str, int]]:
    for line in data.decode(errors="replace").splitlines():
        match = _LINE.match(line.strip())
        if match:
            yield match[2], int(match[1], 16 if match[1].startswith("0x") else 10)
