from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from journal.host import BEFORE, CONTENT, Child, Site, Strike, die, fail, killed, make_begin

from netconf.core.errors import StaleError, StateDirError
from netconf.journal import Counts, Decision, Durable, Standing


def test_a_generation_reads_back(site):
    assert site.apply() is Durable.YES
    view = site.view()
    generation = view.generation(1)
    assert view.current() == generation.number == 1
    assert (generation.resolved, generation.ledger) == (CONTENT.resolved, CONTENT.ledger)
    assert generation.before == BEFORE
    assert view.ledger() == CONTENT.ledger
    assert view.generations() == [generation.meta]
    meta = generation.meta
    assert (meta.created, meta.tx, meta.parent) == (1700000000.5, "tx-0", 0)
    assert (meta.counts, meta.digest, meta.source, meta.comment) == (
        Counts(1, 2, 3, 4),
        "abc",
        "host.yml",
        "hi",
    )


@pytest.mark.parametrize("before", [CONTENT.ledger, [], BEFORE], ids=("same", "none", "others"))
def test_before_images_and_ledger_are_each_as_given(site, before):
    transaction = site.begin(before=before)
    transaction.decide(Decision.COMMIT)
    assert transaction.commit() is Durable.YES
    generation = site.view().generation(1)
    assert (generation.before, generation.ledger) == (before, CONTENT.ledger)


def test_begin_reads_back(site):
    site.begin()
    (leftover,) = site.open().leftovers()
    assert leftover.begin == make_begin("tx-0")
    assert leftover.generation == 1


def test_before_begin_returns_all_is_synced_and_named_for_good(site):
    site.begin()
    names = set(site.names())
    assert not [name for name in names if "tmp" in name]
    assert {"journal/tx-0/begin.json", "journal/tx-0/commit.slot", "journal/tx-0/ops.jsonl"} <= names
    assert (site.state / "journal/tx-0/commit.slot").stat().st_blocks * 512 >= 4096
    for path in site.state.rglob("*"):
        assert path.is_symlink() or path.stat().st_mode & 0o077 == 0, path


def test_every_fsync_is_in_its_place(site, monkeypatch):
    """A kill doesn't show a missing fsync, a power cut does: so here are all of them, in order."""
    done = []
    fsync, rename, link = os.fsync, os.rename, os.link

    def told(path):
        return str(path.relative_to(site.root))

    def note_fsync(fd):
        done.append(told(Path(f"/proc/self/fd/{fd}").readlink()))
        fsync(fd)

    def noting(word, call):
        def note(*args):
            done.append(f"{word} {told(Path(args[1]))}")
            call(*args)

        return note

    site.root.mkdir()
    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "rename", noting("rename", rename))
    monkeypatch.setattr(os, "link", noting("link", link))
    site.open()
    assert done == [".", ".", "state", "state", "state/journal"]
    done.clear()
    site.apply()
    assert done == [
        "state/generations/1/resolved.json",
        "state/generations/1/ledger.json",
        "state/generations/1/before.json",
        "state/generations/1/meta.json",
        "state/generations/1",
        "state/generations",
        "state/journal/tx-0/commit.slot",
        "state/journal/tx-0/word.commit",
        "state/journal/tx-0/word.rollback",
        "state/journal/tx-0/begin.json.tmp",
        "rename state/journal/tx-0/begin.json",
        "state/journal/tx-0",
        "state/journal",
        "link state/journal/tx-0/decision",
        "state/journal/tx-0",
        "rename state/current",
        "state",
        "state/journal/tx-0/commit.slot",
        "rename state/journal/archive/tx-0",
    ]


def test_notes_are_lines_and_end_with_the_transaction(site):
    transaction = site.begin()
    transaction.intent(1, ["ip link add br0", "ip link add br1"])
    transaction.done(1)
    transaction.decide(Decision.COMMIT)
    transaction.commit()
    transaction.intent(2, ["too late"])
    lines = (site.state / "journal/archive/tx-0/ops.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"wave": 1, "intent": ["ip link add br0", "ip link add br1"]},
        {"wave": 1, "done": True},
    ]


def test_a_late_note_goes_nowhere(site, tmp_path):
    """Not into the file that got the number of the closed descriptor."""
    transaction = site.begin()
    transaction.decide(Decision.ROLLBACK)
    transaction.rolled_back(complete=True)
    with (tmp_path / "other").open("w") as other:
        transaction.intent(9, ["late"])
        assert os.fstat(other.fileno()).st_size == 0


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_failed_begin_keeps_no_descriptor(site):
    site.open()
    before = open_descriptors()
    for _ in range(5):
        with pytest.raises(StateDirError):
            site.begin(Strike("journal.begin.renamed", fail))
    assert open_descriptors() == before


def test_a_removal_that_is_cut_off_leaves_nothing_that_looks_whole(site, monkeypatch):
    site.root.mkdir()
    for _ in range(10):
        site.apply()
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", refuse)
        with pytest.raises(StateDirError):
            site.begin(Strike("journal.begin.renamed", fail))
        assert {found.standing for found in site.view().unfinished()} == {Standing.NEVER_BEGAN}
    site.recover()
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", refuse)
        assert site.apply() is Durable.YES
    assert [meta.number for meta in site.view().generations()] == list(range(2, 12))
    assert (site.state / "generations/1").exists()
    site.recover()
    site.assert_clean()


def test_the_newest_ten_are_kept(site):
    for _ in range(14):
        site.apply()
    assert [meta.number for meta in site.view().generations()] == list(range(5, 15))
    assert len(list((site.state / "journal/archive").iterdir())) == 10
    site.kernel = 14
    site.assert_clean()


def test_the_history_has_no_generation_that_is_being_made(site):
    site.apply()
    site.begin()
    assert [meta.number for meta in site.view().generations()] == [1]


def test_a_rolled_back_transaction_leaves_its_record_only(site):
    site.apply()
    assert site.apply(word=Decision.ROLLBACK) is Durable.YES
    site.assert_clean()
    slot = (site.state / "journal/archive/tx-1/commit.slot").read_bytes().rstrip(b"\0")
    assert json.loads(slot) == {"state": "rolled-back", "complete": True}


@pytest.mark.parametrize("tx", ["", ".", "..", "a/b", "archive", "-x", "ä", "a" * 129, "a\n"])
def test_an_id_is_one_plain_name(site, tx):
    journal = site.open()
    with pytest.raises(ValueError, match="transaction id"):
        journal.begin(make_begin(tx), CONTENT)
    site.assert_clean()


def test_begin_refuses_while_one_is_open(site):
    site.begin()
    before = site.names()
    with pytest.raises(StateDirError, match="tx-0 is still open"):
        site.begin(tx="other")
    assert site.names() == before


def test_begin_refuses_debris_and_leaves_it_to_recovery(site):
    site.open()
    debris = site.state / "generations/1"
    debris.mkdir()
    with pytest.raises(StateDirError):
        site.begin()
    assert debris.exists()
    site.recover()
    assert site.apply() is Durable.YES


def test_begin_refuses_an_id_that_was_used(site):
    site.apply(tx="same")
    with pytest.raises(StateDirError, match="before"):
        site.begin(tx="same")


def test_begin_refuses_another_generation_than_the_plan_was_made_on(site):
    site.apply()
    with pytest.raises(StaleError):
        site.open().begin(make_begin("late", 0), CONTENT)
    site.assert_clean()


def test_what_is_not_json_fails_before_the_disk_is_touched(site):
    journal = site.open()
    with pytest.raises(TypeError):
        journal.begin(make_begin(), replace(CONTENT, resolved={1, 2}))
    site.assert_clean()


def test_commit_needs_the_decision(site):
    transaction = site.begin()
    with pytest.raises(RuntimeError):
        transaction.commit()
    transaction.decide(Decision.ROLLBACK)
    with pytest.raises(RuntimeError):
        transaction.commit()
    assert site.view().current() == 0


def test_never_rolled_back_once_decided_or_flipped(site):
    transaction = site.begin()
    transaction.decide(Decision.COMMIT)
    (decided,) = site.open().leftovers()
    assert decided.rolled_back(complete=True) is Durable.NO
    assert killed(site.open(Strike("journal.commit.flipped", die)).leftovers()[0].commit)
    (committed,) = site.open().leftovers()
    for claim in (lambda: committed.rolled_back(complete=True), lambda: committed.drop("no")):
        with pytest.raises(RuntimeError):
            claim()
    assert site.view().current() == 1
    assert site.view().generation(1).number == 1


def test_a_flip_that_fails_is_revoked(site):
    transaction = site.begin(Strike("journal.commit.start", fail))
    assert transaction.decide(Decision.COMMIT) is Decision.COMMIT
    with pytest.raises(StateDirError):
        transaction.commit()
    assert [found.standing for found in site.view().unfinished()] == [Standing.TO_ROLL_BACK]
    assert transaction.decide(Decision.COMMIT) is Decision.ROLLBACK
    assert transaction.rolled_back(complete=True) is Durable.YES
    site.assert_clean()


def test_a_revocation_is_synced(site, monkeypatch):
    transaction = site.begin(Strike("journal.commit.start", fail))
    transaction.decide(Decision.COMMIT)
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(Path(f"/proc/self/fd/{fd}").readlink()))
    with pytest.raises(StateDirError):
        transaction.commit()
    assert synced == [site.state / "journal/tx-0"]


@pytest.mark.parametrize("refused", ["rename", "rename and pwrite"])
def test_a_flip_on_a_dead_disk(site, monkeypatch, refused):
    """The slot is the second way to revoke; with none left there's no claim that it's recorded."""
    transaction = site.begin()
    transaction.decide(Decision.COMMIT)
    with monkeypatch.context() as patch:
        for call in refused.split(" and "):
            patch.setattr(f"os.{call}", refuse)
        with pytest.raises(StateDirError):
            transaction.commit()
        (begun,) = site.view().unfinished()
        durable = transaction.rolled_back(complete=True)
    assert begun.standing is (Standing.TO_ROLL_BACK if refused == "rename" else Standing.TO_FINISH_COMMIT)
    assert durable is (Durable.YES if refused == "rename" else Durable.NO)
    (found,) = site.view().unfinished()
    assert found.standing is (Standing.CLOSED if refused == "rename" else Standing.TO_FINISH_COMMIT)


def refuse(*_):
    fail()


def test_a_lost_answer_is_not_a_lost_decision(site, monkeypatch):
    real = os.link

    def link(*args):
        real(*args)
        fail()

    transaction = site.begin()
    monkeypatch.setattr(os, "link", link)
    assert transaction.decide(Decision.COMMIT) is Decision.COMMIT


def test_a_lost_answer_is_not_a_lost_flip(site, monkeypatch):
    real = os.rename

    def rename(*args):
        real(*args)
        if str(args[1]).endswith("current"):
            fail()

    transaction = site.begin()
    transaction.decide(Decision.COMMIT)
    monkeypatch.setattr(os, "rename", rename)
    assert transaction.commit() is Durable.YES
    assert site.view().current() == 1


def test_current_moved_by_someone_else_is_not_flipped(site):
    site.apply()
    site.apply()
    transaction = site.begin()
    transaction.decide(Decision.COMMIT)
    (site.state / "current").unlink()
    (site.state / "current").symlink_to("generations/1")
    with pytest.raises(StateDirError, match="generation 1 is current"):
        transaction.commit()


@pytest.mark.slow
def test_one_decision_between_processes(tmp_path):
    """Two processes decide differently at once: one wins and both know it."""
    site = Site(tmp_path / "host")
    winners = set()
    for number in range(200):
        site.begin(tx=f"race-{number}")
        (first, second) = (site.open().leftovers()[0] for _ in range(2))
        rivals = [
            Child(first.decide, Decision.COMMIT),
            Child(second.decide, Decision.ROLLBACK),
        ]
        told = {rival.result() for rival in rivals}
        assert len(told) == 1
        standing = site.view().unfinished()[0].standing
        assert standing is (Standing.TO_FINISH_COMMIT if told == {Decision.COMMIT} else Standing.TO_ROLL_BACK)
        winners |= told
        site.kernel = site.view().current() + (told == {Decision.COMMIT})
        site.recover()
        site.assert_clean()
    assert winners  # usually both words, but nothing promises that


def test_twenty_thousand_rows(site):
    rows = [
        [
            ["route", [f"10.{i >> 8}.{i & 255}.0/24", "main", "100", ""], ""],
            {"via": ["192.0.2.1"], "dev": "eth0"},
        ]
        for i in range(20_000)
    ]
    journal = site.open()
    record = make_begin(
        before=rows, operations=tuple(f"ip route add 10.{i >> 8}.{i & 255}.0/24" for i in range(20_000))
    )
    seconds = []
    for tx in "abcde":
        start = time.perf_counter()
        transaction = journal.begin(replace(record, tx=tx), replace(CONTENT, resolved=rows, ledger=rows[1:]))
        seconds.append(time.perf_counter() - start)
        transaction.decide(Decision.ROLLBACK)
        assert transaction.rolled_back(complete=True) is Durable.YES
    assert min(seconds) < 0.25
