"""A network namespace of its own for one test, in this process and thread: entered by unshare, left by setns.

Costs a few milliseconds and no process. /sys still shows the namespace that mounted it; /proc/sys/net and /proc/net
follow the thread.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
MOST_LINKS = 64
HERE = Path("/proc/thread-self/ns/net")

T = TypeVar("T")

_libc = ctypes.CDLL(None, use_errno=True)


def enter_fresh() -> None:
    """This thread enters a new, empty namespace; the old one is kept alive by whoever else is in it."""
    _checked("unshare", _libc.unshare(CLONE_NEWNET))


@contextmanager
def fresh() -> Iterator[None]:
    """In a new namespace with `lo` up; back again afterwards, whatever happened."""
    home = os.open(HERE, os.O_RDONLY)
    try:
        enter_fresh()
        try:
            _loopback_up()
            yield
        finally:
            _silence()
            _checked("setns", _libc.setns(home, CLONE_NEWNET))
    finally:
        os.close(home)


def _silence() -> None:
    """All links down: a socket that isn't collected yet keeps the namespace, and two ends of a pair in one bridge
    send the same packet round until then, a million times a second.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for _, name in socket.if_nameindex()[:MOST_LINKS]:
            with suppress(OSError):
                fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", name.encode(), 0))


def inside(name: str, work: Callable[[], T]) -> T:
    """What `work` returns, or raises, in the namespace of this name; done by a thread."""

    def there() -> T:
        descriptor = os.open(Path("/run/netns", name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            _checked("setns", _libc.setns(descriptor, CLONE_NEWNET))
        finally:
            os.close(descriptor)
        return work()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(there).result()


@contextmanager
def staying() -> Iterator[None]:
    """Fails the test that leaves this thread in another namespace; without this, the tests after it would."""
    before, home = HERE.readlink(), os.open(HERE, os.O_RDONLY)
    try:
        yield
    finally:
        after = HERE.readlink()
        if after != before:
            _checked("setns", _libc.setns(home, CLONE_NEWNET))
        os.close(home)
    if after != before:
        pytest.fail("the test left its network namespace", pytrace=False)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(control, SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def _checked(call: str, result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
