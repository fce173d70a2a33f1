"""A /run of a test's own: named network namespaces that nobody else sees, and none of the host's."""

import ctypes
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_MS_REC_PRIVATE = 0x4000 | (1 << 18)


@contextmanager
def own_run() -> Iterator[None]:
    """An empty /run for this thread, with one network namespace named `other`."""
    home, directory = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY), Path.cwd()
    try:
        _call("unshare", _CLONE_NEWNS)
        _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None)
        _call("mount", b"tmpfs", b"/run", b"tmpfs", ctypes.c_ulong(0), None)
        subprocess.run(["ip", "netns", "add", "other"], check=True)
        yield
    finally:
        _await_threads()
        _call("setns", home, _CLONE_NEWNS)
        os.close(home)
        os.chdir(directory)


def _await_threads() -> None:
    """A thread that was joined may be there for a moment yet, and shares what setns would change: EINVAL."""
    end = time.monotonic() + 2
    while len([*Path("/proc/self/task").iterdir()]) > 1 and time.monotonic() < end:
        time.sleep(0.005)


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
