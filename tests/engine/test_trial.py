"""A change on trial: kept if it's confirmed, undone if not, whoever dies meanwhile."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engine.site import Strike, die, forked, ip, sysctl
from engine.snapshot import assert_same, at_rest, unnumbered

from netconf.app.guard import COMMAND
from netconf.cli import main
from netconf.engine.recover import Place

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

DOCUMENT = """
interfaces:
  a0: {addresses: [192.0.2.1/25, 192.0.2.2/25]}
  br0: {kind: bridge, address: "02:00:00:00:00:05", addresses: [10.0.0.1/24]}
sysctl: {net.ipv4.ip_forward: 1}
"""
SHORT = "1"
LONG = "60"
PATIENCE = 15.0


@pytest.fixture
def wired(site, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    for name in ("default", "all"):
        sysctl(**{f"ipv6__conf__{name}__accept_dad": 0})
    ip("link add a0 type veth peer name b0", "link set a0 up", "link set b0 up")
    ip("address add 192.0.2.9/24 dev a0", "route add default via 192.0.2.254")
    site.path = site.document(DOCUMENT)
    site.old = at_rest()
    assert site.apply(site.path).ending.cause is None
    site.new = unnumbered(at_rest())
    site.rollback()
    site.first = site.generation()
    assert_same(site.old)
    yield site
    if (found := guard(site)) is not None:
        os.kill(found, signal.SIGKILL)


def guard(site):
    """The pid of the process that guards a trial."""
    with site.host() as host:
        holder = host.peek_state().locked_by()
    return holder.pid if holder is not None and holder.command == COMMAND else None


def on_trial(site, seconds=LONG):
    """Apply and leave; returns the id."""
    assert site.cli("apply", site.path, "-y", "--confirm", seconds, "--no-wait") == 10
    assert_same(site.new, "on trial", unnumbered)
    with site.host() as host:
        return host.peek_state().on_trial().tx


def kill_guard(site):
    os.kill(guard(site), signal.SIGKILL)
    until(lambda: guard(site) is None)


def until(said, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.02)


def ended(site):
    with site.host() as host:
        state = host.peek_state()
        return not state.unfinished() and state.locked_by() is None


def assert_undone(site, what=""):
    """By whoever has done it; nothing is left open, and the next command works."""
    until(lambda: ended(site))
    assert_same(site.old, what)
    assert site.generation() == site.first
    assert site.cli("apply", site.path, "-y") == 0
    assert site.cli("rollback", "-y") == 0
    assert_same(site.old, what)
    site.first = site.generation()


def assert_kept(site):
    until(lambda: ended(site))
    assert_same(site.new, "", unnumbered)
    assert site.generation() == site.first + 1
    assert site.changes(site.path) == []
    assert site.cli("rollback", "-y") == 0
    assert_same(site.old)
    site.first = site.generation()


def test_confirmed(wired):
    tx = on_trial(wired)
    assert wired.cli("confirm", tx) == 0
    assert_kept(wired)
    assert wired.cli("confirm") == 64
    assert wired.cli("confirm", tx) == 0, "it's said again to who asks again"


def test_not_confirmed(wired):
    tx = on_trial(wired, SHORT)
    assert_undone(wired)
    assert wired.cli("confirm", tx) == 3
    assert wired.cli("rollback", tx) == 0, "it's what was wanted"


def test_rolled_back_at_once(wired):
    on_trial(wired)
    assert wired.cli("rollback") == 0
    assert_undone(wired)
    tx = on_trial(wired)
    assert wired.cli("rollback", "0123456789abcdef") == 64
    assert wired.cli("rollback", "..") == 64
    assert wired.cli("rollback", tx) == 0
    assert_undone(wired)


def test_others_wait(wired, capsys):
    tx = on_trial(wired)
    for words in (["apply", wired.path, "-y"], ["rollback", "--to", "0", "-y"]):
        assert wired.cli(*words) == 75
        said = capsys.readouterr().err
        assert f"a change is on trial: transaction {tx}" in said
        assert f"netconf confirm {tx} keeps it, netconf rollback {tx} undoes it" in said
    assert wired.cli("plan", wired.path) == 0
    assert "a change is on trial" in capsys.readouterr().err
    assert wired.cli("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)["trial"]
    assert told["tx"] == tx
    assert told["command"] == f"netconf confirm {tx}"
    assert 40 < told["seconds_left"] <= 60
    assert wired.cli("status") == 0
    assert f"trial:       transaction {tx}, " in capsys.readouterr().out
    assert_same(wired.new, "nothing was touched", unnumbered)
    assert wired.cli("confirm", tx) == 0
    assert_kept(wired)


def test_nothing_to_do_needs_no_trial(wired):
    assert wired.cli("apply", wired.path, "-y") == 0
    assert wired.cli("apply", wired.path, "-y", "--confirm", SHORT) == 0
    assert guard(wired) is None


def test_extended(wired):
    tx = on_trial(wired, "2")
    assert wired.cli("confirm", tx, "--extend", "60s") == 0
    time.sleep(2.5)
    assert guard(wired) is not None
    assert_same(wired.new, "", unnumbered)
    assert wired.cli("confirm", "--extend", "1s") == 0
    assert_undone(wired)
    assert wired.cli("confirm", tx, "--extend", "1s") == 3


@pytest.mark.parametrize(("confirmed", "status", "word"), [(True, 0, "committed"), (False, 3, "rolled-back")])
def test_apply_waits_for_the_end(wired, confirmed, status, word):
    seconds = LONG if confirmed else SHORT
    run = start(wired, "apply", wired.path, "--confirm", seconds, "--events")
    for line in run.stdout:
        event = json.loads(line)
        if event.get("event") == "trial":
            break
    if confirmed:
        assert wired.cli("confirm", event["tx"]) == 0
    rest, said = run.communicate(timeout=PATIENCE)
    found = json.loads(rest.splitlines()[-1])
    assert (run.returncode, found["exit"], found["status"]) == (status, status, word)
    assert f"on trial: rolled back in {seconds} s unless netconf confirm {event['tx']} is run" in said
    if confirmed:
        assert_kept(wired)
    else:
        assert found["reason"] == "it wasn't confirmed within 1 s"
        assert found["rollback"] == {"exactness": found["rollback"]["exactness"], "differences": []}
        assert_undone(wired)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_waits_may_give_up(wired, number):
    run = start(wired, "apply", wired.path, "-q", "--confirm", LONG)
    assert b"on trial" in os.read(run.stderr.fileno(), 1000)
    time.sleep(0.3)
    run.send_signal(number)
    run.communicate(timeout=PATIENCE)
    assert run.returncode == 3
    assert_undone(wired)


def start(site, *words, **more):
    command = [sys.executable, "-m", "netconf", words[0], "--state-dir", str(site.root / "state"), *words[1:]]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **more,
    )


@pytest.mark.parametrize("keep", [True, False])
def test_the_login_dies(wired, keep):
    """Its terminal is closed and every process of its session killed: the guard is of none of them."""
    pid, master = pty.fork()
    if pid == 0:
        words = [sys.executable, "-m", "netconf", "apply", "--state-dir", str(wired.root / "state")]
        os.chdir(ROOT)
        os.execv(sys.executable, [*words, wired.path, "-y", "--confirm", "60" if keep else "2"])
    text = b""
    while b"on trial" not in text:
        text += os.read(master, 4096)
    watch = guard(wired)
    assert os.getsid(watch) != os.getsid(pid)
    os.killpg(pid, signal.SIGKILL)
    os.close(master)
    os.waitpid(pid, 0)
    assert_same(wired.new, "still on trial", unnumbered)
    assert guard(wired) == watch
    if keep:
        assert wired.cli("confirm") == 0
        assert_kept(wired)
    else:
        assert_undone(wired)


def test_apply_is_killed_anywhere(wired):
    """The guard is there before the first change: nobody else has to come."""
    number, places = 0, []
    while True:
        strike = Strike(number, die)

        def work(strike=strike):
            return wired.cli_with(strike, "apply", wired.path, "-y", "--confirm", "1", "--no-wait")

        status = forked(work)
        until(lambda: guard(wired) is None)
        with wired.host() as host:
            left = [found.standing.value for found in host.peek_state().unfinished()]
        assert left in ([], ["never-began"]), number
        assert_same(wired.old, f"place {number}")
        if status == 10:
            break
        assert status == -signal.SIGKILL
        places.append(number)
        number += 1
    assert len(places) > 10
    assert_undone(wired)


def test_the_guard_is_killed(wired, capsys):
    """The next command that looks starts another one."""
    tx = on_trial(wired, "3")
    kill_guard(wired)
    assert wired.cli("apply", wired.path, "-y") == 75
    second = guard(wired)
    assert second is not None
    kill_guard(wired)
    assert wired.cli("status") == 0
    assert tx in capsys.readouterr().out
    assert guard(wired) not in (None, second)
    assert_same(wired.new, "", unnumbered)
    assert_undone(wired)


def test_the_guard_is_killed_and_the_time_is_over(wired, capsys):
    tx = on_trial(wired, SHORT)
    kill_guard(wired)
    time.sleep(1.2)
    assert wired.cli("confirm", tx) == 3
    assert_undone(wired)
    on_trial(wired, SHORT)
    kill_guard(wired)
    time.sleep(1.2)
    assert wired.cli("status") == 0
    assert_undone(wired)


@pytest.mark.parametrize("words", [["confirm"], ["rollback"]])
def test_the_guard_is_killed_and_somebody_decides(wired, words):
    on_trial(wired)
    kill_guard(wired)
    assert wired.cli(*words) == 0
    (assert_kept if words == ["confirm"] else assert_undone)(wired)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_guard_is_stopped(wired, number):
    """As by a service manager that stops what started it: it goes back while it can."""
    tx = on_trial(wired)
    os.kill(guard(wired), number)
    assert_undone(wired)
    with wired.host() as host:
        end = host.peek_state().archived(tx).end
    assert end.reason == f"the process that guarded the trial was stopped by {number.name}"


def test_a_state_directory_beside_us(wired, monkeypatch):
    """The guard works in another directory."""
    monkeypatch.chdir(wired.root)
    words = ["-y", "--confirm", SHORT, "--no-wait"]
    assert main(["apply", "--state-dir", "state", wired.path, *words]) == 10
    assert guard(wired) is not None
    assert_undone(wired)


def test_a_reboot_ends_it(wired):
    """What it changed is gone then, and what was committed holds."""
    tx = on_trial(wired)
    kill_guard(wired)
    with wired.host() as host:
        host.place = Place("another boot", host.place.namespace_cookie)
        from netconf.app.recovery import recover_if_possible

        notes = recover_if_possible(host, "status").notes
    assert [f"transaction {tx} was interrupted before a reboot: dropped" in note for note in notes] == [True]
    assert ended(wired)
    assert wired.generation() == wired.first


def test_who_decides_first_wins(wired):
    """Confirmed and expiring at the same moment, over and over: never half of each."""
    outcomes = set()
    for number in range(6):
        tx = on_trial(wired, SHORT)
        time.sleep(0.85 + number * 0.05)
        status = wired.cli("confirm", tx)
        until(lambda: ended(wired))
        outcomes.add(status)
        if status == 0:
            assert_kept(wired)
        else:
            assert status == 3
            assert_same(wired.old)
            assert wired.generation() == wired.first
    assert outcomes <= {0, 3}


def test_a_change_that_fails_isnt_put_on_trial(wired):
    def fail():
        raise OSError("on purpose")

    status = forked(
        lambda: wired.cli_with(at("verify.look", fail), "apply", wired.path, "-y", "--confirm", LONG)
    )
    assert status in (1, 3)
    assert guard(wired) is None
    assert_undone(wired)


def at(name, action):
    def checkpoint(here):
        if here == name:
            action()

    return checkpoint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--confirm", "0"], "'0' is not between 1s and 24h"),
        (["--confirm", "25h"], "'25h' is not between 1s and 24h"),
        (["--confirm", "soon"], "'soon' is not a number of seconds"),
        (["--no-wait"], "--no-wait without --confirm"),
    ],
)
def test_refused_words(wired, words, said, capsys):
    assert wired.cli("apply", wired.path, "-y", *words) == 64
    assert said in capsys.readouterr().err
    assert_same(wired.old)
