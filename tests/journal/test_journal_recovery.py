"""What is found is what is there: classification, and records that aren't whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal.host import Strike, die, killed, make_begin

from netconf.core.errors import StateDirError
from netconf.journal import Begin, Decision, Durable, Standing
from netconf.journal.durable import dump
from netconf.journal.envelope import FORMAT, CorruptError, NewerFormatError, seal, unseal

UNREADABLE = {Standing.CORRUPT, Standing.NEWER_FORMAT}


def begin_json(site):
    return site.state / "journal/tx-1/begin.json"


@pytest.fixture
def begun(site):
    """One generation, and a transaction that was killed while applying."""
    site.apply()
    assert killed(lambda: (site.begin(), die()))
    return site


def standings(site):
    return [found.standing for found in site.view().unfinished()]


def test_truncated_anywhere_is_corrupt(begun):
    data = begin_json(begun).read_bytes()
    for size in range(0, len(data), 50):
        begin_json(begun).write_bytes(data[:size])
        assert standings(begun) == [Standing.CORRUPT], size


def test_one_byte_flipped_anywhere_is_corrupt(begun):
    data = bytearray(begin_json(begun).read_bytes())
    for at in range(len(data)):
        damaged = data.copy()
        damaged[at] ^= 1 << (at % 8)
        begin_json(begun).write_bytes(damaged)
        assert standings(begun) == [Standing.CORRUPT], at


def test_a_newer_format_is_left_alone(begun):
    begin_json(begun).write_bytes(seal(make_begin("tx-1", 1), b"[]", FORMAT + 1))
    (leftover,) = begun.open().leftovers()
    assert leftover.standing is Standing.NEWER_FORMAT
    assert str(FORMAT + 1) in leftover.detail
    with pytest.raises(RuntimeError):
        leftover.rolled_back(complete=True)


def test_a_record_that_lacks_a_field_is_corrupt(begun, monkeypatch):
    monkeypatch.setattr("netconf.journal.envelope.Begin", type("Short", (), {"__slots__": ("tx", "before")}))
    short = seal(make_begin("tx-1", 1), b"[]")
    monkeypatch.undo()
    begin_json(begun).write_bytes(short)
    assert standings(begun) == [Standing.CORRUPT]


def test_the_record_of_another_transaction_is_corrupt(begun):
    begin_json(begun).write_bytes(seal(make_begin("other", 1), b"[]"))
    assert standings(begun) == [Standing.CORRUPT]


def test_a_decision_without_begin_is_corrupt(begun):
    assert begun.open().leftovers()[0].decide(Decision.COMMIT) is Decision.COMMIT
    begin_json(begun).unlink()
    assert standings(begun) == [Standing.CORRUPT]


@pytest.mark.parametrize("text", ["", "comm", "commit\n", "\udcff"])
def test_a_damaged_decision_is_corrupt_and_decides_nothing(begun, text):
    (leftover,) = begun.open().leftovers()
    (begun.state / "journal/tx-1/decision").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert standings(begun) == [Standing.CORRUPT]
    with pytest.raises(StateDirError):
        leftover.commit()
    with pytest.raises(StateDirError):
        leftover.decide(Decision.COMMIT)


def test_current_elsewhere_is_corrupt(begun):
    (begun.state / "current").unlink()
    (begun.state / "current").symlink_to("generations/7")
    (found,) = [found for found in begun.view().unfinished() if found.tx]
    assert found.standing is Standing.CORRUPT
    assert "generation 7" in found.detail


def test_the_flip_outweighs_a_decision_to_roll_back(begun):
    (leftover,) = begun.open().leftovers()
    leftover.decide(Decision.ROLLBACK)
    (begun.state / "current").unlink()
    (begun.state / "current").symlink_to("generations/2")
    (found,) = begun.open().leftovers()
    assert found.standing is Standing.COMMITTED
    assert found.commit() is Durable.YES


@pytest.mark.parametrize(
    "damage", [lambda data: data[:70], lambda data: seal(make_begin("tx-1", 1), b"[]", 2)]
)
def test_an_unreadable_journal_can_only_be_dropped(begun, damage):
    path = begin_json(begun)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StateDirError, match="still open"):
        begun.begin(tx="next")
    (leftover,) = begun.open().leftovers()
    for claim in (leftover.commit, lambda: leftover.decide(Decision.COMMIT)):
        with pytest.raises(RuntimeError):
            claim()
    leftover.drop("ordered by the operator")
    begun.kernel = 1
    begun.assert_clean()
    assert b"ordered by" in (begun.state / "journal/archive/tx-1/commit.slot").read_bytes()


def test_dropping_an_unreadable_journal_killed_anywhere(begun):
    path = begin_json(begun)
    path.write_bytes(b"{")
    begun.kernel = 1
    for name in (
        "journal.drop.start",
        "journal.record.written",
        "journal.record.synced",
        "journal.tidy.archived",
    ):
        assert killed(begun.boot, Strike(name, die))
    begun.boot()
    begun.assert_clean()


def test_an_unreadable_journal_keeps_the_generation_it_may_be_making(begun):
    begin_json(begun).write_bytes(b"{")
    orphan = begun.state / "journal/tx-2"
    orphan.mkdir()
    assert standings(begun) == [Standing.CORRUPT, Standing.NEVER_BEGAN]
    begun.open().leftovers()[1].drop("debris")
    assert (begun.state / "generations/2").exists()


def test_debris(site):
    site.apply()
    (site.state / "generations/2").mkdir()
    (site.state / "journal/half").mkdir()
    (site.state / "journal/half/begin.json.tmp").write_text("{")
    found = [(item.tx, item.standing) for item in site.view().unfinished()]
    assert found == [("half", Standing.NEVER_BEGAN), ("", Standing.NEVER_BEGAN)]
    site.recover()
    site.kernel = 1
    site.assert_clean()


def test_strangers_are_not_touched(site):
    site.apply()
    for name in ("generations/lost+found", "journal/lost+found", "generations/02"):
        (site.state / name).mkdir()
    assert site.view().unfinished() == []
    assert [meta.number for meta in site.view().generations()] == [1]
    assert site.apply() is Durable.YES


def test_tidying_keeps_what_was_recorded(site):
    assert killed(site.apply, Strike("journal.record.synced", die), Decision.ROLLBACK)
    site.boot()
    site.assert_clean()
    assert b'"rolled-back"' in (site.state / "journal/archive/tx-0/commit.slot").read_bytes()


def test_a_long_reason_fits_the_slot(begun):
    begun.open().leftovers()[0].drop("\U0001f4a5" * 5000)
    assert (begun.state / "journal/archive/tx-1/commit.slot").stat().st_size == 4096


@pytest.mark.parametrize("target", ["generations/0", "generations/x", "elsewhere/1", "/generations/1"])
def test_a_damaged_current_is_told(site, target):
    site.open()
    (site.state / "current").symlink_to(target)
    for ask in (site.view().current, site.view().generations, site.open().leftovers, site.begin):
        with pytest.raises(StateDirError):
            ask()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b"\xff", b'{"number":1,"counts":{"x":1}}'])
def test_a_damaged_generation_is_told(site, text):
    site.apply()
    (site.state / "generations/1/meta.json").write_bytes(text)
    for ask in (lambda: site.view().generation(1), site.view().generations):
        with pytest.raises(StateDirError):
            ask()


def test_a_half_removed_generation_is_no_history(site):
    site.apply()
    site.apply()
    (site.state / "generations/1/meta.json").unlink()
    assert [meta.number for meta in site.view().generations()] == [2]
    with pytest.raises(StateDirError, match="no generation 1"):
        site.view().generation(1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
BEGINS = st.builds(
    Begin,
    tx=st.text(), created=st.floats(allow_nan=False), tool_version=st.text(), machine_id=st.text(),
    boot_id=st.text(), namespace_key=st.text(), namespace_cookie=st.integers(0, 2**64 - 1),
    caller=st.text(), argv=st.lists(st.text()).map(tuple), generation_from=st.integers(0),
    before=st.lists(st.lists(JSON, min_size=2, max_size=2), max_size=4),
    operations=st.lists(st.text()).map(tuple),
)  # fmt: skip


@given(BEGINS)
def test_what_is_sealed_is_unsealed(begin):
    assert unseal(seal(begin, dump(begin.before))) == begin


@given(BEGINS, st.data())
def test_what_is_damaged_is_never_unsealed(begin, data):
    whole = seal(begin, dump(begin.before))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    damaged = whole[:start] + data.draw(st.binary(max_size=40)) + whole[end:]
    if damaged != whole:
        with pytest.raises(CorruptError):
            unseal(damaged)


@given(BEGINS, st.integers(FORMAT + 1, 999_999_999))
def test_a_newer_format_is_known_by_its_envelope(begin, form):
    with pytest.raises(NewerFormatError):
        unseal(seal(begin, dump(begin.before), form))
