"""One transaction at a time."""

from __future__ import annotations

import os
import signal
import time

import pytest
from engine.site import ip, sysctl

from netconf.core.errors import LockedError


@pytest.fixture
def running(site):
    """A child in the middle of an apply, stopped until `go` is written; `end` waits for it."""
    sysctl(ipv6__conf__default__accept_dad=0)
    ip("link add nic0 type veth peer name nic1")
    path = site.document("interfaces: {nic0: {mtu: 1400, addresses: [192.0.2.1/24]}}")
    here_out, here_in = os.pipe()
    go_out, go_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        stops = []

        def checkpoint(name):
            if name == "apply.wave0" and not stops:
                stops.append(name)
                os.write(here_in, b"x")
                os.read(go_out, 1)

        try:
            os._exit(site.cli_with(checkpoint, "apply", path, "-y"))
        finally:
            os._exit(99)
    os.read(here_out, 1)
    site.pid, site.go, site.path = pid, go_in, path
    yield site
    if site.pid:
        os.kill(site.pid, signal.SIGKILL)
        os.waitpid(site.pid, 0)


def finish(site):
    os.write(site.go, b"x")
    status = os.waitstatus_to_exitcode(os.waitpid(site.pid, 0)[1])
    site.pid = 0
    return status


def test_the_second_one_is_refused(running, capsys):
    assert running.cli("apply", running.document("sysctl: {net.core.somaxconn: 1}"), "-y") == 75
    told = capsys.readouterr().err
    assert f"pid {running.pid}" in told
    assert "apply" in told
    assert running.cli("rollback", "-y") == 75
    assert finish(running) == 0
    assert running.changes(running.path) == []
    assert running.cli("apply", running.document("sysctl: {net.core.somaxconn: 1}"), "-y") == 0


def test_it_waits_if_told_to(running):
    pid = os.fork()
    if pid == 0:
        try:
            words = ("apply", running.path, "-y", "--lock-timeout", "20")
            os._exit(running.cli(*words))
        finally:
            os._exit(99)
    time.sleep(0.2)  # so that it does wait; without it the test passes all the same
    assert finish(running) == 0
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert running.generation() == 1


def test_waiting_ends(running):
    started = time.monotonic()
    assert running.cli("apply", running.path, "-y", "--lock-timeout", "0.5") == 75
    assert 0.4 < time.monotonic() - started < 10


def test_those_who_only_look_are_not_held_up(running, capsys):
    """A transaction that runs isn't one that was interrupted: it's left alone."""
    assert running.cli("status") == 0
    assert f"pid {running.pid}" in "".join(capsys.readouterr())
    assert running.cli("plan", running.path) == 0
    assert running.cli("history") == 0
    assert finish(running) == 0


def test_a_killed_holder_holds_nothing(running):
    os.kill(running.pid, signal.SIGKILL)
    os.waitpid(running.pid, 0)
    running.pid = 0
    assert running.cli("apply", running.path, "-y") == 0
    assert running.changes(running.path) == []


def test_many_at_once(site):
    """Ten applies of different documents: each either has its turn or is refused."""
    paths = [site.document(f"sysctl: {{net.core.somaxconn: {1000 + n}}}") for n in range(10)]
    children = []
    for path in paths:
        pid = os.fork()
        if pid == 0:
            try:
                os._exit(site.cli("apply", path, "-y", "--lock-timeout", "30"))
            finally:
                os._exit(99)
        children.append(pid)
    ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    assert ends == [0] * 10
    assert site.generation() == 10


def test_the_error_names_the_holder(running):
    with pytest.raises(LockedError, match=f"pid {running.pid}"):
        running.apply(running.path)
