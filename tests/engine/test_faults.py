"""The kernel refuses, breaks off, or keeps another value: the old state comes back, and it's said so."""

from __future__ import annotations

from collections import Counter

import pytest
from engine.faults import (
    BreakingRtnl,
    Count,
    DyingRtnl,
    DyingTree,
    ForgetfulTree,
    RefusingRtnl,
    RefusingTree,
    with_rtnl,
    with_tree,
)
from engine.site import die, killed, sysctl
from engine.sweep import sweep

from netconf.core.errors import ApplyError, VerifyError
from netconf.core.outcome import Outcome
from netconf.engine.rollback import Exactness

FAULTS = {
    "refused request": (with_rtnl, RefusingRtnl, ApplyError),
    "broken batch": (with_rtnl, BreakingRtnl, OSError),
    "refused sysctl": (with_tree, RefusingTree, ApplyError),
    "forgotten sysctl": (with_tree, ForgetfulTree, VerifyError),
}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_every_write(netns, tmp_path, fault):
    put, port, cause = FAULTS[fault]

    def work(scene, share):
        number, of = share
        count, counts = Count(), Counter()
        scene.site.apply(scene.second, wrap=put(port, count))
        scene.back()
        for at in range(number, count.done, of):
            counts[fault_at(scene, put, port, cause, at)] += 1
        return counts

    counts = sweep(tmp_path, work)
    print(fault, dict(counts))
    assert counts["rolled-back"] > 5


def fault_at(scene, put, port, cause, at):
    count = Count(at)
    done = scene.site.apply(scene.second, wrap=put(port, count))
    assert count.hit is not None
    if cause is VerifyError and done.ending.outcome is Outcome.COMMITTED:
        # Set for a moment to delete an address: no part of what is verified.
        assert count.hit[-1] == "promote_secondaries", count.hit
        sysctl(**{"__".join(count.hit[1:]): 0})
        scene.assert_old_or_new(new=True, what=(at, count.hit))
        return "not verified"
    assert isinstance(done.ending.cause, cause), (at, count.hit, done.ending)
    assert done.ending.outcome is Outcome.ROLLED_BACK, (at, count.hit, done.ending)
    assert done.ending.restored.exactness is Exactness.EXACT, (at, count.hit, done.ending)
    scene.assert_old_or_new(new=False, what=(at, count.hit))
    return done.ending.outcome.value


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("put", "port"), [(with_rtnl, DyingRtnl), (with_tree, DyingTree)])
def test_a_kill_at_every_write_and_in_the_recovery(netns, tmp_path, put, port):
    """Killed within a batch and within what surrounds it; and then so again while recovering."""

    def work(scene, share):
        number, of = share
        count, counts = Count(), Counter()
        scene.site.apply(scene.second, wrap=put(port, count))
        scene.back()
        for at in range(number, count.done, of):
            assert killed(lambda: scene.site.apply(scene.second, wrap=put(port, Count(at, die))))
            counts["kills"] += 1
            for second in (at % 7, 3):
                counts["kills"] += killed(lambda: scene.site.status(wrap=put(port, Count(second, die))))
            scene.site.status()
            scene.assert_old_or_new(new=False, what=(at, "after a kill"))
            counts["recovered"] += 1
        return counts

    print(port.__name__, dict(sweep(tmp_path, work)))


def test_a_value_the_kernel_reads_another_way(site):
    """Nothing is faked here: 0x10 is 16 to the kernel, so it isn't what was asked for."""
    from engine.snapshot import assert_same, at_rest

    old = at_rest()
    path = site.document("sysctl: {net.core.somaxconn: '0x10', net.ipv4.ip_forward: 1}")
    assert site.cli("apply", path) == 3
    assert_same(old)
    done = site.apply(path)
    assert isinstance(done.ending.cause, VerifyError)
    assert "net.core.somaxconn" in str(done.ending.cause)
