"""A fresh network namespace for each test, in process, and what tests of links share."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest
from system.iproute2 import ip

from netconf.system.linux.rtnl import LinuxRtnl

_CLONE_NEWNS, _CLONE_NEWNET = 0x00020000, 0x40000000
_MS_REC_PRIVATE = 0x4000 | (1 << 18)


def _call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


@pytest.fixture
def netns():
    """The test runs in a new network namespace with `lo` up, and in a private mount namespace with
    an empty /run, so that `ip netns add` stays inside. The thread is put back afterwards.
    """
    before = [
        (os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY), flag)
        for kind, flag in (("net", _CLONE_NEWNET), ("mnt", _CLONE_NEWNS))
    ]
    directory = Path.cwd()
    try:
        _call("unshare", _CLONE_NEWNET | _CLONE_NEWNS)
        _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None)
        _call("mount", b"tmpfs", b"/run", b"tmpfs", ctypes.c_ulong(0), None)
        ip("link set lo up")
        yield
    finally:
        for descriptor, flag in before:
            _call("setns", descriptor, flag)
            os.close(descriptor)
        os.chdir(directory)


@pytest.fixture
def rtnl(netns):
    found = LinuxRtnl()
    yield found
    found.close()


@pytest.fixture
def pair(rtnl):
    """The ifindexes of a veth pair `a0` and `b0`, both up."""
    ip("link add a0 type veth peer name b0", "link set a0 up", "link set b0 up")
    return rtnl.ifindex("a0"), rtnl.ifindex("b0")
