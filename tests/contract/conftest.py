"""What the contract tests share: named network namespaces that nobody else sees."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

import pytest

_CLONE_NEWNS = 0x00020000
_MS_REC_PRIVATE = 0x4000 | (1 << 18)


@pytest.fixture
def named_namespaces(netns):
    """A namespace named `other`, under a /run of this test's own."""
    home, directory = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY), Path.cwd()
    try:
        _call("unshare", _CLONE_NEWNS)
        _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None)
        _call("mount", b"tmpfs", b"/run", b"tmpfs", ctypes.c_ulong(0), None)
        subprocess.run(["ip", "netns", "add", "other"], check=True)
        yield
    finally:
        _call("setns", home, _CLONE_NEWNS)
        os.close(home)
        os.chdir(directory)


def _call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
