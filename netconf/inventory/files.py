"""Reading a source file safely: once, through one descriptor, without ever blocking.

As root a desired-state file is a program: whoever can write it owns the host. So root reads only
files that nobody else can change.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from netconf.core.diagnostics import Diagnostic, Severity, Where
from netconf.core.errors import DocumentError, MissingFileError, PrivilegeError
from netconf.inventory.codes import Code

MAX_BYTES = 64 << 20
"""About 700 000 routes: far above any document written or generated for one host."""

STDIN = "-"

IN_FOLDER = "host.yml"

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file held when it was read; `digest` is the SHA-256 of exactly these bytes, in hex."""

    name: str
    raw: bytes
    digest: str


def read_file(path: str) -> FileContent:
    """The content of a source file; `-` is standard input, a folder stands for its host.yml.

    Raises MissingFileError if there is no such regular file or it can't be read, PrivilegeError if
    we are root and somebody else could change it, DocumentError if it is larger than MAX_BYTES.
    """
    if path == STDIN:
        return _read_stdin()
    if path and Path(path).is_dir():
        path = _in_folder(path)
    try:
        # Without O_NONBLOCK, opening a FIFO waits for a writer and some devices wait for a carrier.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as e:
        raise _unreadable(path, e) from None
    try:
        status = os.fstat(fd)
        _regular(path, status)
        if os.geteuid() == 0:
            _only_ours(path, status)
        raw = _read(fd, path)
    except OSError as e:
        raise _unreadable(path, e) from None
    finally:
        os.close(fd)
    return _content(path, raw)


def _in_folder(folder: str) -> str:
    path = Path(folder) / IN_FOLDER
    if not path.exists():
        raise _missing(
            folder,
            f"there is no {IN_FOLDER} in it",
            "a folder stands for the document with that name in it",
            f"write {path}, or name another file",
        )
    return str(path)


def _read_stdin() -> FileContent:
    name = "<stdin>"
    try:
        raw = _read(sys.stdin.fileno(), name)
    except (AttributeError, OSError, ValueError) as e:  # None or closed when started without one
        raise _unreadable(name, e) from None
    return _content(name, raw)


def _content(name: str, raw: bytes) -> FileContent:
    return FileContent(name, raw, hashlib.sha256(raw).hexdigest())


def _read(fd: int, name: str) -> bytes:
    """Everything up to MAX_BYTES: the size that fstat told may be out of date by now."""
    chunks = []
    left = MAX_BYTES
    while chunk := os.read(fd, _CHUNK):
        left -= len(chunk)
        if left < 0:
            raise DocumentError(
                [
                    Diagnostic(
                        Severity.ERROR,
                        Code.FILE_SIZE,
                        f"the file is larger than {MAX_BYTES >> 20} MiB",
                        "a document of that size is a mistake more often than a network",
                        where=Where(file=name),
                    )
                ]
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _unreadable(path: str, reason: Exception) -> MissingFileError:
    why = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
    return _missing(path, "can't be read", why)


def _missing(path: str, summary: str, detail: str, hint: str = "") -> MissingFileError:
    return MissingFileError(
        [Diagnostic(Severity.ERROR, Code.FILE, f"{path}: {summary}", detail, hint, Where(file=path))]
    )


_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _regular(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise _missing(path, "not a regular file", f"it is {kind}", "to read from a pipe, name `-`")


def _only_ours(path: str, status: os.stat_result) -> None:
    """Refuse what somebody other than root could change, now or by replacing it."""
    quoted = shlex.quote(path)
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        who = "everybody" if mode & stat.S_IWOTH else f"group {status.st_gid}"
        raise PrivilegeError(
            f"{path} (mode {mode:04o}) is writable by {who}: as root only files that nobody else can "
            "change are read",
            hint=f"chmod go-w {quoted}",
        )
    if status.st_uid != 0:
        raise PrivilegeError(
            f"{path} (mode {mode:04o}) belongs to uid {status.st_uid}: as root only files that nobody "
            "else can change are read",
            hint=f"chown root {quoted}",
        )
    _no_open_directory(path)


def _no_open_directory(path: str) -> None:
    """A directory that everybody may write, without the sticky bit, lets everybody replace the file."""
    for directory in Path(path).resolve().parents:
        mode = stat.S_IMODE(directory.stat().st_mode)
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise PrivilegeError(
                f"everybody can replace {path}: {directory} (mode {mode:04o}) is writable by everybody",
                hint=f"chmod o-w {shlex.quote(str(directory))}",
            )
