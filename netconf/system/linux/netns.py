"""Network namespaces: entering a named one, and saying which one we are in.

Names are files under /run/netns, as ip-netns(8) makes them. They are opened read-only and never
created, so a misspelt name is an error and not a new namespace.
"""

from __future__ import annotations

import errno
import functools
import os
import socket
from pathlib import Path
from typing import Any

from netconf.core.errors import PrivilegeError, UsageError

DIRECTORY = Path("/run/netns")

_CLONE_NEWNET = 0x40000000
_SO_NETNS_COOKIE = 71  # asm-generic/socket.h, Linux 5.14
# of the calling thread, unlike /proc/self, which is the first thread's
_CURRENT = Path("/proc/thread-self/ns/net")


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
