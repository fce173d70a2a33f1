"""Network namespaces: entering a named one, and saying which one we are in.

Names are files under /run/netns, as ip-netns(8) makes them. They are opened read-only and never
created, so a misspelt name is an error and not a new namespace.
"""

from __future__ import annotations

import errno
import functools
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from netconf.core.errors import PrivilegeError, UsageError

T = TypeVar("T")

DIRECTORY = Path("/run/netns")

_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_SHARED = 0x1000, 0x4000, 0x100000  # linux/mount.h
_MNT_DETACH = 2
_SO_NETNS_COOKIE = 71  # asm-generic/socket.h, Linux 5.14
# of the calling thread, unlike /proc/self, which is the first thread's
_CURRENT = Path("/proc/thread-self/ns/net")
_HOME = Path("/proc/self/ns/net")


class LinuxNamespaces:
    """`ports.Namespaces`. `forget` is told of each name that from now on means another namespace."""

    def __init__(self, forget: Callable[[str], object]) -> None:
        self._forget = forget

    def has(self, name: str) -> bool:
        return exists(name)

    def users(self, name: str) -> Sequence[str]:
        try:
            wanted = (DIRECTORY / name).stat()
        except OSError:
            return ()
        return sorted(_users(wanted))

    def create(self, name: str) -> None:
        """As ip-netns(8): a bind mount of the namespace on a file of its name."""
        if not _plain(name):
            raise OSError(errno.EINVAL, "not a name")
        if exists(name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._forget(name)
        _prepare_directory()
        path = DIRECTORY / name
        # An empty file may be what a creation left that was cut off here.
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0))
        try:
            in_thread(lambda: _name_new(path))
        except OSError:
            path.unlink()
            raise

    def delete(self, name: str) -> None:
        if not _plain(name):
            raise OSError(errno.EINVAL, "not a name")
        self._forget(name)
        path = DIRECTORY / name
        if _libc().umount2(os.fsencode(path), _MNT_DETACH):
            raise _last_error()
        path.unlink()


def _users(wanted: os.stat_result) -> Iterator[str]:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if os.path.samestat((process / "ns/net").stat(), wanted):
                    yield f"{process.name} ({(process / 'comm').read_text().strip()})"
            except OSError:
                continue


def _prepare_directory() -> None:
    """Make /run/netns a shared mount, so that names come and go in every mount namespace."""
    DIRECTORY.mkdir(mode=0o755, parents=True, exist_ok=True)
    path = os.fsencode(DIRECTORY)
    libc = _libc()
    if not libc.mount(b"", path, b"none", _MS_SHARED | _MS_REC, None):
        return
    if libc.mount(path, path, b"none", _MS_BIND | _MS_REC, None):
        raise _last_error()
    if libc.mount(b"", path, b"none", _MS_SHARED | _MS_REC, None):
        raise _last_error()


def _name_new(path: Path) -> None:
    unshare()
    if _libc().mount(os.fsencode(_CURRENT), os.fsencode(path), b"none", _MS_BIND, None):
        raise _last_error()


def in_thread(work: Callable[[], T]) -> T:
    """What `work` returns, or raises; a thread may enter a namespace without moving the process."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def open_new() -> int:
    """A file descriptor of a new namespace, which the calling thread then is in; raises OSError."""
    unshare()
    return os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC)


def enter(name: str) -> None:
    """Move into a named namespace, for the whole process: to be called while there is one thread
    (setns(2) moves only the caller) and before any socket is opened.

    /sys keeps showing the namespace it was mounted in. Raises UsageError, PrivilegeError.
    """
    try:
        descriptor = open_named(name)
    except OSError as err:
        raise UsageError(f'network namespace "{name}": {err.strerror}', hint=_existing()) from err
    try:
        set_current(descriptor)
    except PermissionError as err:
        raise PrivilegeError(
            f'may not enter network namespace "{name}"', hint="CAP_SYS_ADMIN is needed"
        ) from err
    except OSError as err:
        raise UsageError(f'network namespace "{name}": {err.strerror}') from err
    finally:
        os.close(descriptor)


def open_home() -> int:
    """A file descriptor of the namespace of the process, whichever one this thread is in."""
    return os.open(_HOME, os.O_RDONLY | os.O_CLOEXEC)


def open_named(name: str) -> int:
    """A file descriptor of the namespace; raises OSError."""
    if not _plain(name):
        raise OSError(errno.EINVAL, "not a name")
    descriptor = os.open(DIRECTORY / name, os.O_RDONLY | os.O_CLOEXEC)
    if os.fstat(descriptor).st_dev != _CURRENT.stat().st_dev:  # all namespaces are files of nsfs
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a network namespace, maybe what a deleted one left behind")
    return descriptor


def exists(name: str) -> bool:
    try:
        os.close(open_named(name))
    except OSError:
        return False
    return True


def names() -> list[str]:
    """All names, sorted."""
    try:
        return sorted(entry.name for entry in DIRECTORY.iterdir())
    except OSError:
        return []


def cookie() -> int:
    """A number no other network namespace has until the next boot: SO_NETNS_COOKIE, or before
    Linux 5.14 the inode, which a later namespace can get again.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            return int.from_bytes(probe.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8), "little")
        except OSError:
            return _CURRENT.stat().st_ino


def current_name() -> str:
    """The name of the namespace we are in, "" if none under /run/netns is it."""
    here = _CURRENT.stat()
    for name in names():
        try:
            if os.path.samestat(here, (DIRECTORY / name).stat()):
                return name
        except OSError:
            continue
    return ""


def set_current(descriptor: int) -> None:
    """setns(2) for the calling thread; raises OSError."""
    libc = _libc()
    if libc.setns(descriptor, _CLONE_NEWNET):
        raise _last_error()


def unshare() -> None:
    """A new network namespace for the calling thread; raises OSError."""
    if _libc().unshare(_CLONE_NEWNET):
        raise _last_error()


def _plain(name: str) -> bool:
    return name not in {"", ".", ".."} and "/" not in name and "\0" not in name


def _existing() -> str:
    return "there are: " + ", ".join(names()) if names() else "there is none; `ip netns add NAME` makes one"


@functools.cache
def _libc() -> Any:
    import ctypes  # dear, and rarely needed

    return ctypes.CDLL(None, use_errno=True)


def _last_error() -> OSError:
    import ctypes

    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
