from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from journal.host import HOLDER, Child

from netconf.core.errors import LockedError, StateDirError
from netconf.journal import Holder


class Locker:
    """Another process that holds the lock until told."""

    def __init__(self, site, holder=HOLDER):
        self._told, told = os.pipe()
        release, self._release = os.pipe()
        self._child = Child(lambda: self._hold(site, holder, told, release))
        os.close(told)
        os.close(release)
        assert os.read(self._told, 1) == b"."
        self.pid = self._child.pid

    def _hold(self, site, holder, told, release):
        with site.open().lock(holder, 0):
            os.write(told, b".")
            os.read(release, 1)

    def end(self):
        with suppress(BrokenPipeError):  # it was killed
            os.write(self._release, b".")
        os.close(self._release)
        os.close(self._told)
        self._child.result()


@pytest.fixture
def locker(site):
    site.open()
    locker = Locker(site)
    yield locker
    locker.end()


def test_the_second_is_told_who_holds_it(site, locker):
    with pytest.raises(LockedError) as caught, site.open().lock(HOLDER, 0):
        pass
    said = str(caught.value)
    for part in ("tx-a", "pid 4711", "user alice", "since 0 s", "from 192.0.2.7", "netconf apply host.yml"):
        assert part in said
    assert "--lock-timeout" in caught.value.hint


def test_status_sees_the_holder(site, locker):
    holder = site.view().locked_by()
    assert replace(holder, since=0.0) == HOLDER
    assert 0 < holder.since <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_the_lock_dies_with_its_holder(site, locker):
    os.kill(locker.pid, 9)
    with site.open().lock(replace(HOLDER, tx="next"), 5):
        assert site.view().locked_by().tx == "next"


def test_the_timeout_waits(site, locker):
    start = time.monotonic()
    with pytest.raises(LockedError), site.open().lock(HOLDER, 0.3):
        pass
    assert 0.3 <= time.monotonic() - start < 3


def test_waiting_ends_when_the_holder_does(site):
    site.open()
    locker = Locker(site)

    def wait():
        with site.open().lock(HOLDER, 30):
            return "got it"

    waiter = Child(wait)
    locker.end()
    assert waiter.result() == "got it"


def test_released_it_is_nobodys(site):
    with site.open().lock(HOLDER, 0):
        assert site.view().locked_by().pid == 4711
    assert site.view().locked_by() is None
    with pytest.raises(KeyError), site.open().lock(HOLDER, 0):
        raise KeyError
    assert site.view().locked_by() is None
    assert (site.root / "run/lock").read_bytes() == b""


def test_nobody_before_there_is_a_lock(site):
    assert site.view().locked_by() is None


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'{"tx":"a"}', b"\xff"])
def test_a_holder_that_has_not_said_who_it_is(site, locker, text):
    (site.root / "run/lock").write_bytes(text)
    assert site.view().locked_by() is None
    with pytest.raises(LockedError, match="unknown"), site.open().lock(HOLDER, 0):
        pass


def test_asking_does_not_take_the_lock_away(site):
    """`status` in a loop must not make an apply without a timeout fail."""
    site.open()
    asking = Child(lambda: [site.view().locked_by() for _ in range(3000)] and None)
    for _ in range(300):
        with site.open().lock(HOLDER, 0):
            pass
    asking.result()


def test_a_removed_lock_file_is_not_the_lock(site):
    """One who waited for the file that was removed must not believe to hold the lock."""
    journal = site.open()
    with journal.lock(HOLDER, 0):
        (site.root / "run/lock").unlink()
        with journal.lock(replace(HOLDER, tx="second"), 0):
            assert site.view().locked_by().tx == "second"
            with pytest.raises(LockedError, match="second"), journal.lock(HOLDER, 0):
                pass


def test_a_lock_file_removed_while_it_is_taken(site, monkeypatch):
    """Who locked the file that has no name any more isn't the only one."""
    real, path = fcntl.flock, site.root / "run/lock"

    def flock(fd, how):
        monkeypatch.undo()
        path.unlink()
        real(fd, how)

    journal = site.open()
    monkeypatch.setattr(fcntl, "flock", flock)
    with journal.lock(HOLDER, 5), pytest.raises(LockedError), journal.lock(HOLDER, 0):
        pass


def test_a_lock_that_is_a_link_is_refused(site, tmp_path):
    journal = site.open()
    (tmp_path / "precious").write_text("x")
    (site.root / "run/lock").symlink_to(tmp_path / "precious")
    with pytest.raises(StateDirError), journal.lock(HOLDER, 0):
        pass
    assert (tmp_path / "precious").read_text() == "x"


def test_the_lock_is_closed_to_others(site):
    """Who can open the file can lock it, even for reading only."""
    with site.open().lock(HOLDER, 0):
        assert (site.root / "run/lock").stat().st_mode & 0o777 == 0o600


def test_a_child_that_execs_does_not_keep_it(site):
    out, into = os.pipe()
    with site.open().lock(HOLDER, 0):
        pid = os.posix_spawn("/bin/cat", ["cat"], {}, file_actions=[(os.POSIX_SPAWN_DUP2, out, 0)])
    with site.open().lock(HOLDER, 0):
        os.close(into)
    os.close(out)
    os.waitpid(pid, 0)


def test_the_holder_of_this_process():
    environ = {"SUDO_USER": "alice", "SSH_CONNECTION": "192.0.2.7 50022 192.0.2.1 22"}
    holder = Holder.of_this_process("tx", "netconf apply", environ)
    assert (holder.pid, holder.user, holder.ssh) == (os.getpid(), "alice", environ["SSH_CONNECTION"])
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert 0 < now - holder.started / os.sysconf("SC_CLK_TCK") < 86400
    assert Holder.of_this_process("tx", "x", {}).user == "root"
    assert "from" not in str(Holder.of_this_process("tx", "x", {}))
