"""Law 3 and law 4: whatever fails or is killed, at any point, the end is the old or the new state."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from engine.site import Strike, die, killed
from engine.sweep import WHOLE, every, sweep

from netconf.core.errors import ApplyError, StateDirError
from netconf.core.outcome import Outcome
from netconf.engine.rollback import Exactness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if WHOLE else 900)]


def fail_journal():
    raise OSError(5, os.strerror(5))


def fail_step():
    raise ApplyError("refused by the test")


def fail_badly():
    raise ZeroDivisionError("a bug")


def share_of(points, share):
    number, of = share
    return points[number::of]


def points_of(trace, *, singly):
    """Every point where each step is a request of its own; where they go in batches those at the journal aren't
    tried again, which are the same.
    """
    return [at for at, name in enumerate(trace) if singly or WHOLE or not name.startswith("journal.")]


@pytest.mark.parametrize("singly", [True, False])
def test_a_failure_at_every_checkpoint(netns, tmp_path, singly, record_property):
    def work(scene, share):
        trace, counts = scene.trace(singly=singly), Counter()
        for at in share_of(points_of(trace, singly=singly), share):
            counts[fail_at(scene, at, trace[at], singly)] += 1
        return counts

    told(record_property, sweep(tmp_path, work))


def fail_at(scene, at, name, singly):
    action = fail_journal if name.startswith("journal.") else (fail_step, fail_badly)[at % 2]
    strike = Strike(at, action)
    try:
        done = scene.site.apply(scene.second, checkpoint=strike, singly=singly)
    except StateDirError:
        assert name.startswith("journal.begin") or "journal.commit.flipped" not in name
        scene.assert_old_or_new(new=False, what=(at, name))
        return "refused"
    outcome = done.ending.outcome
    if outcome is Outcome.ROLLED_BACK:
        assert done.ending.restored.exactness is Exactness.EXACT, (at, name, done.ending)
    else:
        assert outcome in (Outcome.COMMITTED, Outcome.NOT_DURABLE), (at, name, done.ending)
    scene.site.status()
    scene.assert_old_or_new(new=outcome is not Outcome.ROLLED_BACK, what=(at, name))
    return outcome.value


@pytest.mark.parametrize("singly", [True, False])
def test_a_kill_at_every_checkpoint(netns, tmp_path, singly, record_property):
    def work(scene, share):
        trace, counts = scene.trace(singly=singly), Counter()
        for at in share_of(points_of(trace, singly=singly), share):
            counts[kill_at(scene, at, trace[at], singly)] += 1
        return counts

    told(record_property, sweep(tmp_path, work))


def kill_at(scene, at, name, singly):
    before = scene.site.generation()
    assert killed(lambda: scene.site.apply(scene.second, checkpoint=Strike(at, die), singly=singly))
    scene.site.status()
    new = scene.site.generation() != before
    scene.assert_old_or_new(new=new, what=(at, name))
    return "new" if new else "old"


def test_a_kill_at_every_point_of_the_recovery(netns, tmp_path, record_property):
    """Killed at some points, and then again at every fourth point of what recovers from that, in each place another."""

    def work(scene, share):
        trace, counts = scene.trace(singly=True), Counter()
        for at in share_of(range(0, len(trace), every(27)), share):
            for second in range(1000):
                assert killed(lambda: scene.site.apply(scene.second, checkpoint=Strike(at, die), singly=True))
                cut = killed(lambda: scene.site.status(checkpoint=Strike(second * 4 + at % 4, die)))
                assert_recovers(scene, (at, trace[at], second))
                counts["killed twice" if cut else "recovered"] += 1
                if not cut:
                    break
        return counts

    told(record_property, sweep(tmp_path, work))


def test_kills_one_after_the_other(netns, tmp_path, record_property):
    """Recovery killed at its first point, the next one at its second, and so on until one gets through."""

    def work(scene, share):
        trace, counts = scene.trace(singly=False), Counter()
        for at in share_of(range(0, len(trace), every(3)), share):
            assert killed(lambda: scene.site.apply(scene.second, checkpoint=Strike(at, die)))
            while killed(lambda: scene.site.status(checkpoint=Strike(counts["kills"] % 40, die))):
                counts["kills"] += 1
            counts["kills"] += 1
            assert_recovers(scene, (at, trace[at]))
            counts["chains"] += 1
        return counts

    told(record_property, sweep(tmp_path, work))


def assert_recovers(scene, what):
    before = scene.site.generation()
    scene.site.status()
    new = scene.site.changes(scene.second) == []
    assert scene.site.generation() >= before
    scene.assert_old_or_new(new=new, what=what)


def told(record_property, counts):
    record_property("counts", dict(counts))
    print(dict(counts))
