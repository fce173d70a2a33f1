"""/proc/sys: `ports.Tree`. Of /proc/sys/net every thread sees its own network namespace's."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from netconf.core.errors import ObserveError

_NOT_THERE = (FileNotFoundError, NotADirectoryError)
_USUAL, _MOST = 1 << 12, 1 << 19
"""Bytes of a value: more than any has but lists of ports, and more than all ports take. The kernel clears a buffer
of the size that's asked for.
"""
_RANGE = len("65533-65535,")


class LinuxTree:
    def __init__(self, root: Path = Path("/proc/sys")) -> None:
        self._root = str(root)

    def read(self, path: Sequence[str]) -> str | None:
        file = self._at(path)
        try:
            return _contents(file).decode(errors="surrogateescape").removesuffix("\n")
        except _NOT_THERE:
            return None
        except OSError as err:
            raise ObserveError(f"can't read {file}: {err.strerror}") from err

    def write(self, path: Sequence[str], value: str) -> None:
        """All in one system call, as sysctls want it (proc_sys_write); nothing is created. How much was
        taken isn't told: Linux 6.1 answers 1 to any value of ipv6/conf/all/forwarding
        (addrconf_fixup_forwarding). Who has to know reads it again.
        """
        data = f"{value}\n".encode(errors="surrogateescape")
        descriptor = os.open(self._at(path), os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def names(self, path: Sequence[str]) -> Sequence[str]:
        directory = self._at(path)
        try:
            return sorted(os.listdir(directory))  # noqa: PTH208 - only the names, there can be thousands
        except _NOT_THERE:
            return ()
        except OSError as err:
            raise ObserveError(f"can't list {directory}: {err.strerror}") from err

    def values(self, path: Sequence[str], but: Collection[str] = ()) -> Mapping[str, str]:
        read = {name: self.read((*path, name)) for name in self.names(path) if name not in but}
        return {name: value for name, value in read.items() if value is not None}

    def writable(self, path: Sequence[str]) -> bool:
        return os.access(self._at(path), os.W_OK, effective_ids=True)

    def _at(self, path: Sequence[str]) -> str:
        """Raises ValueError for a part that would lead elsewhere."""
        for part in path:
            if part in {"", ".", ".."} or "/" in part or "\0" in part:
                raise ValueError(f"not a part of a path: {part!r}")
        return "/".join((self._root, *path))


def _contents(file: str) -> bytes:
    """With three system calls, not the eight of open(): a plan about links reads hundreds of files for each.
    A list of ports is there in one read, or cut off behind one of them (proc_do_large_bitmap).
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, _USUAL)
        return data if len(data) < _USUAL - _RANGE else os.pread(descriptor, _MOST, 0)
    finally:
        os.close(descriptor)
