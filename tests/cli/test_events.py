"""Progress while it happens: JSON lines for programs, one line on a terminal for people."""

from __future__ import annotations

import io
import json

from cli import harness

from netconf.cli.events import Line

DOCUMENT = "netconf: 1\ninterfaces: {br0: {kind: bridge, addresses: [192.0.2.1/24]}}\nroutes: [{to: default, via: 192.0.2.9}]\n"


def lines(done: harness.Done):
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_line_for_each_phase_and_wave_and_then_the_result(host, write):
    done = host("apply", "--events", write(DOCUMENT))
    assert (done.status, done.err) == (0, "")
    *events, result = lines(done)
    assert [e["phase"] for e in events if e["event"] == "phase"] == list(result["timing_ms"])
    waves = [e for e in events if e["event"] == "wave"]
    assert [e["wave"] for e in waves] == list(range(1, waves[0]["waves"] + 1))
    assert sum(e["steps"] for e in waves) == result["summary"]["create"] + result["summary"]["update"]
    places = [e.get("phase", "wave") for e in events]
    assert places.index("journal") < places.index("wave") < places.index("apply") < places.index("verify")
    assert (result["format"], result["status"], result["changed"]) == ("netconf.result/1", "committed", True)


def test_a_rollback_and_one_that_is_forced(host, write):
    host("apply", write(DOCUMENT))
    *events, result = lines(host("rollback", "--events"))
    assert [e["phase"] for e in events if e["event"] == "phase"][-2:] == ["verify", "end"]
    assert result["status"] == "committed"
    *events, result = lines(
        host("apply", "--events", write(DOCUMENT + 'sysctl: {net.core.somaxconn: "0x10"}\n'))
    )
    assert "rollback" in [e.get("phase") for e in events]
    assert (result["status"], result["exit"]) == ("rolled-back", 3)


def test_errors_are_the_object_of_json(host, write):
    [result] = lines(host("apply", "--events", write("netconf: 2\n")))
    assert (result["status"], result["exit"]) == ("failed", 65)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_only_long_work_shows_a_line_and_wipes_it():
    clock, stream = Clock(), io.StringIO()
    line = Line(stream, clock)
    line.phase("journal", 1.0)
    line.wave(1, 3, 8)
    clock.now += 0.9
    line.wave(2, 3, 8)
    assert stream.getvalue() == ""
    clock.now += 0.2
    line.wave(3, 3, 8)
    assert stream.getvalue() == "\r\x1b[Kapplying: step 3 of 3"
    line.phase("apply", 1100.0)
    assert stream.getvalue().endswith("3 of 3\r\x1b[K")


def test_nothing_of_it_without_a_terminal(host, write):
    done = host("apply", write(DOCUMENT))
    assert "\r" not in done.out + done.err
