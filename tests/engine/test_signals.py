"""Signals, closed terminals and closed pipes at any point of an apply."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from engine.site import Trace, forked, ip, sysctl
from engine.snapshot import assert_same, at_rest, unnumbered

ROOT = Path(__file__).parents[2]

DOCUMENT = """
interfaces:
  a0: {addresses: [192.0.2.1/25, 192.0.2.2/25], sysctl: {ipv4.rp_filter: 2}}
  vx0: {kind: vxlan, vxlan: {id: 5, port: 4789}, address: "02:00:00:00:00:05", addresses: [10.0.0.1/24]}
routes:
  - {to: 10.9.0.0/16, via: 192.0.2.126}
"""

POINTS = ["journal.begin.start", "journal.begin.synced", "apply.wave0", "apply.wave1", "apply.done"] + [
    "verify.look",
    "journal.decision.start",
    "journal.decision.linked",
    "journal.commit.flipped",
    "journal.tidy.archived",
]
TOO_LATE = POINTS.index("journal.decision.start")
"""From here on a signal finds the decision made, or as good as made."""


@pytest.fixture
def wired(site, monkeypatch):
    """A link with addresses and a route, a document, the snapshots of the old and the new state."""
    monkeypatch.setattr(sys, "stdin", None)
    for name in ("default", "all"):
        sysctl(**{f"ipv6__conf__{name}__accept_dad": 0})
    ip("link add a0 type veth peer name b0", "link set a0 up", "link set b0 up")
    ip(
        "address add 192.0.2.1/24 dev a0",
        "address add 192.0.2.9/24 dev a0",
        "route add default via 192.0.2.254",
    )
    site.path = site.document(DOCUMENT)
    site.old = at_rest()
    assert site.apply(site.path).ending.cause is None
    site.new = unnumbered(at_rest())
    site.rollback()
    assert_same(site.old)
    return site


def at(name, action):
    """A checkpoint that acts once, where it first gets this name."""
    done = []

    def checkpoint(here):
        if here == name and not done:
            done.append(here)
            action()

    return checkpoint


def assert_ended(site, status, new, what=""):
    """The old or the new state, and later commands work; then the old state again."""
    if new:
        assert status == 0, what
        assert_same(site.new, what, unnumbered)
        assert site.changes(site.path) == []
    else:
        assert_same(site.old, what)
    assert site.cli("status") == 0
    assert site.cli("apply", site.path, "-y") == 0
    assert_same(site.new, "applied afterwards", unnumbered)
    assert site.cli("rollback", "-y") == 0
    assert_same(site.old, "rolled back afterwards")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal(wired, number):
    for place, point in enumerate(POINTS):
        strike = at(point, lambda: os.kill(os.getpid(), number))
        status = forked(lambda: wired.cli_with(strike, "apply", wired.path, "-y"))
        undone = number is not signal.SIGHUP and place < TOO_LATE
        assert status == (3 if undone else 0), point
        assert_ended(wired, status, new=not undone, what=point)


def test_a_storm_of_signals(wired):
    """During the rollback, too, they only set a flag."""

    def storm(_):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGINT):
            os.kill(os.getpid(), number)

    assert forked(lambda: wired.cli_with(storm, "apply", wired.path, "-y")) == 3
    assert_ended(wired, 3, new=False)


def test_interrupted_before_it_began(wired, monkeypatch):
    def work():
        from netconf.app import apply

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
        apply.plan_wish = lambda *_: signal.raise_signal(signal.SIGINT)
        return wired.cli("apply", wired.path, "-y")

    assert forked(work) == 3
    assert_ended(wired, 3, new=False)


def on_a_terminal(work, watch):
    """`work(here, go)` on a terminal of its own, which is closed when the child has reached `here`.
    Returns its status.
    """
    here_out, here_in = os.pipe()
    go_out, go_in = os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        try:

            def meet():
                os.write(here_in, b"x")
                os.read(go_out, 1)

            os._exit(work(meet))
        finally:
            os._exit(99)
    watch(master, here_out)
    os.close(master)
    os.write(go_in, b"x")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for descriptor in (here_out, here_in, go_out, go_in):
        os.close(descriptor)
    return status


def read_until(master, here):
    os.read(here, 1)


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("-q",), ("--json",)])
def test_the_terminal_goes_away(wired, words):
    def work(meet):
        take_over_the_terminal()
        return wired.cli_with(at(point, meet), "apply", wired.path, "-y", *words)

    for point in POINTS if not words else POINTS[1::3]:
        status = on_a_terminal(work, read_until)
        assert_ended(wired, status, new=True, what=point)


def take_over_the_terminal():
    """In the child: pytest has put other streams into their places."""
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = open(1, "w", closefd=False)  # noqa: SIM115


def test_the_terminal_goes_away_at_the_question(wired):
    def work(_meet):
        take_over_the_terminal()
        return wired.cli("apply", wired.path)

    def watch(master, _here):
        text = b""
        while b"[y/N]" not in text:
            text += os.read(master, 4096)

    status = on_a_terminal(work, watch)
    assert status in (0, 3, -signal.SIGHUP)
    assert_ended(wired, status, new=False)


UNREAD = {
    "plan {doc} | head -1": False,
    "apply {doc} -y | head -1": True,
    "apply {doc} -y | true": True,
    "apply {doc} -y --json | true": True,
    "apply {doc} -y >&-": True,
    "apply {doc} -y >&- 2>&- <&-": True,
    "apply {doc} -y 2>/dev/full >/dev/full": True,
    "status >&-": False,
    "history | true": False,
    "capture | head -1": False,
}
"""Command lines that nobody reads the output of, and whether they change the host."""


@pytest.mark.slow
def test_nobody_reads_the_output(wired):
    for command, new in UNREAD.items():
        program, rest = command.format(doc=wired.path).split(" ", 1)
        done = shell(f"{program} --state-dir {wired.root}/state {rest}")
        assert done.returncode == 0, (command, done)
        assert "Traceback" not in done.stderr, command
        assert "Exception" not in done.stderr, command
        assert_ended(wired, 0, new=new, what=command)


def test_nobody_reads_the_help():
    done = shell("--help | true")
    assert (done.returncode, done.stderr) == (0, "")


def shell(words):
    """netconf as a program; the exit status is its own."""
    line = f"{sys.executable} -m netconf {words}; exit ${{PIPESTATUS[0]}}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, cwd=ROOT)


def test_every_point_is_one_of_the_transaction(wired):
    trace = Trace()
    wired.apply(wired.path, checkpoint=trace)
    assert set(POINTS) <= set(trace)
