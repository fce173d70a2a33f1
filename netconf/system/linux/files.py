"""Configuration files of other programs: `ports.Files`.

Their folders may belong to the daemon's own user, so nothing is written through a link that could
have been put there.
"""

from __future__ import annotations

import grp
import os
from contextlib import suppress
from pathlib import Path

READABLE_BY_GROUP = 0o640
PRIVATE = 0o600


class LinuxFiles:
    def read(self, path: str) -> bytes | None:
        try:
            return Path(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, path: str) -> list[str]:
        try:
            return sorted(entry.name for entry in Path(path).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def create(self, path: str, data: bytes, like: str, group: str) -> None:
        self.remove(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, PRIVATE), "wb") as out:
            _give(out.fileno(), like, group)
            out.write(data)

    def keep(self, path: str, under: str) -> None:
        self.remove(under)
        os.link(path, under)
        _sync_folder(under)

    def rename(self, path: str, to: str) -> None:
        _sync(path, os.O_RDONLY)
        Path(path).rename(to)
        _sync_folder(to)

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError, NotADirectoryError):
            Path(path).unlink()


def _give(descriptor: int, like: str, group: str) -> None:
    """The owner, the group and the mode of another file, or what a new one has."""
    try:
        found = Path(like).stat()
    except FileNotFoundError:
        gid = _group_number(group)
        os.fchown(descriptor, -1, gid)
        os.fchmod(descriptor, PRIVATE if gid < 0 else READABLE_BY_GROUP)
        return
    os.fchown(descriptor, found.st_uid, found.st_gid)
    os.fchmod(descriptor, found.st_mode & 0o777)


def _group_number(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return -1


def _sync_folder(path: str) -> None:
    _sync(Path(path).parent, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: str | Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
