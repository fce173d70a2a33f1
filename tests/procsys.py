"""The values of sysctls with few system calls: a snapshot reads a thousand, and in a guest each call is dear."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NET = Path("/proc/sys/net")
_MOST = 1 << 13


def read(path: str) -> str:
    """One value as the kernel writes it; OSError if it can't be read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _MOST).decode(errors="replace")
    finally:
        os.close(descriptor)


def files(folder: str) -> list[str]:
    """The paths of the sysctls right in a folder, in the order of their names."""
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if not entry.is_dir())


def walk(folder: str = str(NET)) -> Iterator[str]:
    """The paths of all sysctls below a folder; a link's, that goes meanwhile, are left out."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from walk(entry.path)
            else:
                yield entry.path
