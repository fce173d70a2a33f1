"""Law 4 of the journal: cut at any point, recovery ends in the old or the new generation."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal.host import Site, Strike, Trace, die, fail, killed

from netconf.core.errors import StateDirError
from netconf.journal import CHECKPOINTS, Decision, Durable, Standing, Trial

WORDS = [Decision.COMMIT, Decision.ROLLBACK]
AGES = [0, 1, 12]  # generations before: none, one, more than are kept


@pytest.fixture(params=AGES)
def aged(request, tmp_path):
    """Copies of a host that has that many generations."""
    template = Site(tmp_path / "template").fill(request.param)

    def copy():
        shutil.rmtree(tmp_path / "host", ignore_errors=True)
        shutil.copytree(template.root, tmp_path / "host", symlinks=True)
        return Site(tmp_path / "host")

    return copy


TRIAL = Trial(1000.5, 60.0)


def traced(site, word, trial=None):
    trace = Trace()
    site.apply(trace, word, trial=trial)
    return trace


def expected_standing(reached, word):
    """What has to be found after a kill at the last of these checkpoints."""
    passed = set(reached)
    if "journal.tidy.archived" in passed:
        return None
    if "journal.commit.flipped" in passed:
        return Standing.COMMITTED
    if "journal.record.written" in passed:
        return Standing.CLOSED
    if "journal.decision.linked" in passed and word is Decision.COMMIT:
        return Standing.TO_FINISH_COMMIT
    if "journal.begin.renamed" in passed:
        waits = "journal.trial.written" in passed and "journal.decision.linked" not in passed
        return Standing.ON_TRIAL if waits else Standing.TO_ROLL_BACK
    return Standing.NEVER_BEGAN if "journal.generation.made" in passed else None


@pytest.mark.slow
@pytest.mark.parametrize("trial", [None, TRIAL])
@pytest.mark.parametrize("word", WORDS)
def test_kill_anywhere(aged, word, trial):
    trace = traced(aged(), word, trial)
    for at in range(len(trace)):
        site = aged()
        old = site.view().current()
        assert killed(site.apply, Strike(at, die), word, None, trial)
        found = site.view().unfinished()
        on_trial = site.view().on_trial()
        assert (on_trial is not None) == (expected_standing(trace[: at + 1], word) is Standing.ON_TRIAL)
        assert on_trial is None or on_trial.trial == TRIAL
        expected = expected_standing(trace[: at + 1], word)
        assert {item.standing for item in found} == ({expected} if expected else set()), trace[at]
        site.recover()
        site.assert_clean()
        committed = expected in (Standing.TO_FINISH_COMMIT, Standing.COMMITTED)
        done = expected is None and at > trace.index("journal.begin.renamed")
        assert site.view().current() == old + (word is Decision.COMMIT and (committed or done)), trace[at]


def test_kill_while_the_state_directory_is_made(tmp_path):
    for at in range(5):
        site = Site(tmp_path / str(at))
        site.root.mkdir()
        assert killed(site.apply, Strike(at, die))
        site.recover()
        site.assert_clean()


@pytest.mark.slow
@pytest.mark.parametrize("recovery", [Site.recover, Site.boot])
@pytest.mark.parametrize("word", WORDS)
def test_kill_recovery_anywhere_too(tmp_path, word, recovery):
    template = Site(tmp_path / "template").fill(10)
    for archived in (template.state / "journal/archive").iterdir():
        shutil.rmtree(archived)
        archived.mkdir()
    copy = tmp_path / "copy"
    shutil.copytree(template.root, copy, symlinks=True)
    for first in range(len(traced(Site(copy), word))):
        begun = tmp_path / f"begun-{first}"
        shutil.copytree(template.root, begun, symlinks=True)
        assert killed(Site(begun).apply, Strike(first, die), word)
        for second in range(100):
            site = Site(tmp_path / "host")
            shutil.copytree(begun, site.root, symlinks=True)
            cut = killed(recovery, site, Strike(second, die))
            recovery(site)
            site.assert_clean()
            shutil.rmtree(site.root)
            if not cut:
                break
        shutil.rmtree(begun)


@pytest.mark.parametrize("word", WORDS)
def test_failure_anywhere(aged, word):
    trace = traced(aged(), word)
    for at, name in enumerate(trace):
        site = aged()
        old = site.view().current()
        assert name in CHECKPOINTS
        check_failure(site, old, trace[: at + 1], Strike(at, fail), word)
        site.recover()
        site.assert_clean()


def check_failure(site, old, reached, checkpoint, word):
    before = site.names()
    if "journal.begin.synced" not in reached or reached[-1] == "journal.begin.synced":
        with pytest.raises(StateDirError):
            site.begin(checkpoint)
        assert site.names() == before
    elif reached[-1] in ("journal.decision.start", "journal.commit.start"):
        with pytest.raises(StateDirError):
            site.apply(checkpoint, word)
        assert site.view().current() == old
        assert [item.standing for item in site.view().unfinished()] == [Standing.TO_ROLL_BACK]
        site.kernel = old
    else:
        durable = site.apply(checkpoint, word)
        assert site.view().current() == old + (word is Decision.COMMIT)
        recorded = "journal.record.synced" in reached and reached[-1] != "journal.record.synced"
        tidying = recorded or reached[-1].startswith("journal.decision")
        assert durable is (Durable.YES if tidying else Durable.NO), reached[-1]


@pytest.mark.parametrize("call", ["fsync", "rename", "mkdir", "link", "symlink", "posix_fallocate", "pwrite"])
@pytest.mark.parametrize("error", [5, 28])
def test_failing_system_calls(tmp_path, monkeypatch, call, error):
    """Each call in turn, and all after it as on a disk that died, fails: never a wrong claim."""
    for dead in (False, True):
        for at in range(100):
            site = Site(tmp_path / f"{dead}-{at}").fill(1)
            with monkeypatch.context() as patch:
                count = failing(patch, call, error, at, dead)
                outcome = attempt(site)
            if outcome is Durable.NO or outcome is Durable.YES:
                assert site.view().current() == 2
            else:
                assert site.view().current() == 1
                assert Standing.TO_FINISH_COMMIT not in {item.standing for item in site.view().unfinished()}
                site.kernel = 1
            site.recover()
            site.assert_clean()
            if count() <= at:
                break
        assert at > 0


def failing(patch, call, error, at, dead):
    real, calls = getattr(os, call), []

    def fake(*args, **more):
        calls.append(args)
        if len(calls) == at + 1 or (dead and len(calls) > at):
            raise OSError(error, os.strerror(error))
        return real(*args, **more)

    patch.setattr(os, call, fake)
    return lambda: len(calls)


def attempt(site):
    try:
        return site.apply()
    except StateDirError as failure:
        return failure


def test_every_checkpoint_is_swept(tmp_path):
    """A step that nothing cuts would be a step that nothing tests."""
    seen = Trace()
    site = Site(tmp_path / "host").fill(12)
    Site(tmp_path / "new").open(seen)
    for word in WORDS:
        site.apply(seen, word, tx=word.value)
    site.apply(seen, Decision.ROLLBACK, tx="tried", trial=TRIAL)
    for name in ("journal.entry.made", "journal.begin.renamed"):
        assert killed(site.apply, Strike(name, die))
        site.boot(seen)
    assert sorted(set(seen)) == sorted(CHECKPOINTS)
    assert len(set(CHECKPOINTS)) == len(CHECKPOINTS)


CUT = st.tuples(st.sampled_from(WORDS), st.sampled_from(["kill", "fail", "none"]), st.integers(0, 30))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CUT, st.lists(st.integers(0, 12), max_size=3)), max_size=5))
def test_any_history_of_cuts(tmp_path, history):
    root = tmp_path / "host"
    shutil.rmtree(root, ignore_errors=True)
    site = Site(root).fill(0)
    for index, ((word, how, at), recoveries) in enumerate(history):
        old = site.view().current()
        action = {"kill": die, "fail": fail, "none": lambda: None}[how]
        killed(attempt_any, site, Strike(at, action), word, f"run-{index}")
        for second in recoveries:
            killed(site.recover, Strike(second, die))
        site.recover()
        site.assert_clean()
        assert site.view().current() in (old, old + (word is Decision.COMMIT))


def attempt_any(site, checkpoint, word, tx):
    try:
        site.apply(checkpoint, word, tx)
    except StateDirError:
        return  # the process ends here; recovery goes on
