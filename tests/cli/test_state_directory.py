"""Group F of the catalogue: the state directory, the journal and the lock in it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from cli import harness
from cli.harness import in_mounts, process

from netconf.app.wiring import Host, Settings
from netconf.journal import Begin, Holder, StateDir, envelope

BRIDGE = "netconf: 1\ninterfaces: {br0: {kind: bridge}}\n"


@pytest.fixture
def refused(host, write, unchanged):
    """The end of an apply that may not touch anything."""

    def refused(make) -> harness.Done:
        make()
        write(BRIDGE)
        unchanged()
        done = host("apply", "host.yml")
        unchanged()
        return done

    return refused


def test_a_symbolic_link(refused, state, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    # the namespace's own directory lies below, so the link is the parent of what is opened
    done = refused(lambda: _own(state).symlink_to(tmp_path / "elsewhere"))
    assert done.status == 77
    assert done.err == (
        f"error: {_own(state)} is a symbolic link\n  hint: rm {_own(state)}, or name its target instead\n"
    )
    assert not list((tmp_path / "elsewhere").iterdir())


def test_another_owner(refused, state):
    def make():
        _own(state).mkdir(mode=0o700)
        os.chown(_own(state), 1, 1)

    done = refused(make)
    assert done.status == 77
    assert f"{_own(state)} belongs to uid 1\n  hint: chown -R 0 {_own(state)}\n" in done.err


def test_open_to_others(refused, state):
    def make():
        _own(state).mkdir()
        _own(state).chmod(0o777)

    done = refused(make)
    assert done.status == 77
    assert f"{_own(state)} is open to others, mode 0777\n  hint: chmod 0700 {_own(state)}\n" in done.err


def test_a_file(refused, state):
    done = refused(lambda: _own(state).write_text(""))
    assert (done.status, done.err) == (74, f"error: {_own(state)} is not a directory\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [("ro", "Read-only file system"), ("size=256k", "KiB left, 1024 KiB are needed")],
    ids=["read-only", "full"],
)
def test_no_room_to_write(options, said, host, state, write, unchanged):
    write(BRIDGE)
    state.mkdir(mode=0o700)
    before = in_mounts(f"mount -t tmpfs -o mode=700,{options} tmpfs {state}")
    unchanged()
    done = process("apply", "--state-dir", str(state), "host.yml", before=before)
    unchanged()
    assert done.status == 74
    assert said in done.err.lower() or said in done.err


def test_a_journal_that_can_not_be_read(host, state, write, unchanged):
    host("apply", write(BRIDGE))
    _leave(state, b"not a journal\n")
    unchanged()
    for command in (["apply", "host.yml"], ["rollback"]):
        done = host(*command)
        assert done.status == 74
        assert "error: transaction abc can't be recovered: begin.json isn't a journal record" in done.err
        assert "  hint: compare the host with netconf plan; then move the folder journal/abc out" in done.err
    unchanged()


@pytest.mark.parametrize("command", [["plan", "host.yml"], ["status"], ["history"]], ids=lambda c: c[0])
def test_reading_goes_on_beside_a_journal_that_can_not_be_read(command, host, state, write, unchanged):
    host("apply", write(BRIDGE))
    _leave(state, b"not a journal\n")
    unchanged()
    done = host(*command)
    assert done.status == 0
    assert "warning[NC7001] transaction abc can't be recovered: begin.json isn't a" in done.err
    assert "apply and rollback refuse until this is settled\n  fix: compare the host with" in done.err
    [found] = host(command[0], "--json", *command[1:]).object["diagnostics"]
    assert (found["severity"], found["code"]) == ("warning", "NC7001")
    unchanged()


def test_capture_goes_on_beside_a_journal_that_can_not_be_read(host, state, write):
    host("apply", write(BRIDGE))
    _leave(state, b"not a journal\n")
    done = host("capture", "--json")
    assert (done.status, done.object["netconf"]) == (0, 1)
    assert "warning[NC7001] transaction abc" in done.err


def test_a_journal_of_a_newer_version(host, state, write, unchanged):
    host("apply", write(BRIDGE))
    begin = Begin("abc", 0.0, "9.0", "", "", "", 0, "root", (), 1, [], ())
    _leave(state, envelope.seal(begin, b"[]", form=2))
    unchanged()
    done = host("apply", "host.yml")
    unchanged()
    assert done.status == 74
    assert "journal format 2, this version knows 1" in done.err


def test_another_transaction_is_running(host, state, write, unchanged):
    host("apply", write(BRIDGE))
    own = _own(state)
    holder = Holder("7f3abc", 812, 1, "alice", "203.0.113.5 50000 192.0.2.1 22", "apply")
    with StateDir.open(own, own_run(state), lambda _: None).lock(holder, 0):
        unchanged()
        done = host("apply", "host.yml", "--lock-timeout", "0.1")
        status = host("status")
        unchanged()
    assert done.status == 75
    assert done.err == (
        "error: another transaction is running (tx 7f3abc, pid 812, user alice, since 0 s, from 203.0.113.5: "
        "apply)\n  hint: wait with --lock-timeout SECONDS, or see netconf status\n"
    )
    assert "lock:        tx 7f3abc, pid 812, user alice" in status.out


def test_there_is_no_such_generation(host, write):
    assert host("rollback").status == 64
    host("apply", write(BRIDGE))
    for command in (["history", "show", "7"], ["history", "diff", "1", "7"], ["rollback", "--to", "7"]):
        done = host(*command)
        assert done.status == 64
        assert "generation 7" in done.err
        assert "  hint: " in done.err
    assert host("history", "show", "one").status == 64
    assert host("history", "shwo").status == 64


def test_the_lock_file_itself_is_locked(host, state, write):
    """By a process that says nothing about itself."""
    host("apply", write(BRIDGE))
    lock = own_run(state) / "lock"
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = host("apply", "host.yml")
    assert done.status == 75
    assert "another transaction is running (unknown)" in done.err


def _own(state: Path) -> Path:
    """What the namespace the test is in has of a state directory; its parents are made."""
    key = Host(Settings(state_dir=state, run_dir=own_run(state))).namespace_key
    own = state / "netns" / key
    own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return own


def own_run(state: Path) -> Path:
    key = Host(Settings()).namespace_key
    return state / "run" / "netns" / key


def _leave(state: Path, begin: bytes) -> None:
    """A transaction that an earlier run began."""
    folder = _own(state) / "journal" / "abc"
    folder.mkdir()
    (folder / "begin.json").write_bytes(begin)
