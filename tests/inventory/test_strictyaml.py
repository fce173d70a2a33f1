"""What strict YAML makes of good text, where it says things are, and that nothing else gets out."""

from __future__ import annotations

import contextlib
import gc
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inventory.fake_parts import read, yaml_source

from netconf.core.errors import DocumentError
from netconf.inventory import events, source, strictyaml
from netconf.inventory.cap import MAX_FINDINGS

GOOD = Path(__file__).with_name("good.yaml").read_text(encoding="utf-8")


@pytest.fixture(params=["libyaml", "python"])
def either_parser(request, monkeypatch):
    """Run a test with both parsers: the slow one must know the same language."""
    if request.param == "python":
        monkeypatch.setattr(
            strictyaml, "parse_events", lambda content: events.PythonParser(content).get_event
        )


def load(raw):
    return yaml_source(raw).load()


def refused(raw):
    with pytest.raises(DocumentError) as caught:
        load(raw)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("52:54:00:12:34:56", "52:54:00:12:34:56"),
        ("12:34:56:00:00:01", "12:34:56:00:00:01"),
        ("22:22", "22:22"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("2001:db8::1/64", "2001:db8::1/64"),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("2024-13-45", "2024-13-45"),
        ("2024-01-02", "2024-01-02"),
        ("0x10", 16),
        ("0x00ff", 255),
        ("0x10/0xff", "0x10/0xff"),
        ("0o17", "0o17"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("65000.10", "65000.10"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("10.0.0.1", "10.0.0.1"),
        ("0", 0),
        ("-0", 0),
        ("+5", 5),
        ("-17", -17),
        ("4294967295", 4294967295),
        ("99999999999999999999", 99999999999999999999),
        ("'010'", "010"),
        ('"1500"', "1500"),
        ('"\\u200b"', "\u200b"),
        ("''", ""),
        ("a #b", "a"),
        ("a#b", "a#b"),
        ("5ms", "5ms"),
        ("[a, b]", ["a", "b"]),
        ("{}", {}),
        ("[]", []),
        ("'{{ mtu }}'", "{{ mtu }}"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("٣", "٣"),
        ("=", "="),
    ],
)
@pytest.mark.usefixtures("either_parser")
def test_good_values(written, value):
    loaded = load(f"k: {written}\n")
    assert loaded == {"k": value}
    assert type(loaded["k"]) is type(value)


@pytest.mark.parametrize("key", ["on", "no", "true", "10", "0755", "null", "~", "1.5", "2024-01-01"])
@pytest.mark.usefixtures("either_parser")
def test_keys_are_text(key):
    assert load(f"{key}: 1\n") == load(f"{{'{key}': 1}}") == {key: 1}


def test_quoted_keys_may_be_anything():
    assert load('{"<<": 1, "": 2}') == {"<<": 1, "": 2}


def test_a_byte_order_mark_is_allowed_at_the_start():
    assert load(b"\xef\xbb\xbfa: 1\n") == {"a": 1}
    assert yaml_source(b"\xef\xbb\xbfa: 1\n").locate(("a",)).column == 4


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
def test_line_breaks_of_all_systems(breaks):
    one = yaml_source(f"a: 1{breaks}b: x{breaks}")
    assert one.load() == {"a": 1, "b": "x"}
    assert (one.locate(("b",)).line, one.locate(("b",)).text) == (2, "b: x")


def test_empty_texts():
    assert load("") is load("# nothing\n") is load("---\n") is None


def test_limit_of_nodes(monkeypatch):
    monkeypatch.setattr(strictyaml, "MAX_NODES", 100)
    assert load("a: [" + "x, " * 98 + "]") == {"a": ["x"] * 98}
    (found,) = refused("a: [" + "x, " * 101 + "]")
    assert found.summary == "more than 100 nodes"


def test_limit_of_depth():
    assert load("[" * 60 + "]" * 60)
    (found,) = refused("[" * 61 + "]" * 61)
    assert (found.summary, found.where.column) == ("nested deeper than 60", 61)


def test_findings_are_capped():
    found = refused("a: 010\n" * 1000)
    assert len(found) == MAX_FINDINGS + 1
    assert "reading stopped" in found[-1].summary
    assert len(refused("[" + "\u200b" * 1000 + "]")) == MAX_FINDINGS + 1


def test_findings_of_several_kinds_come_together():
    found = refused("a: 010\na: &x 1\nb: !t 2\nc: [\n\t1]\nd: 'open\n")
    assert [f.where.line for f in found] == [1, 2, 2, 3, 5, 6]


def test_tabs_in_block_text_are_content():
    assert load("a: |\n  x\n  \ty\nb: 1\n") == {"a": "x\n\ty\n", "b": 1}
    assert load("a: |\n  x\n  \ty") == {"a": "x\n\ty"}
    assert [f.where.line for f in refused("a: |\n  x\n\tb: 1\n")] == [3]


def test_the_collector_is_left_as_it_was():
    assert gc.isenabled()
    load("a: 1")
    assert gc.isenabled()
    with contextlib.suppress(DocumentError):
        load("a: [")
    assert gc.isenabled()


@pytest.mark.usefixtures("either_parser")
def test_half_a_surrogate_pair_is_no_text():
    (found,) = refused('a: "\\ud83d"')
    assert found.code == "NC1020"
    (found,) = refused('a: "\\UFFFFFFFF"')
    assert found.where.line == 1


PLACES = """\
a: 1
b:
  - x
  - {c: d, e: [f,
      g]}
h: {}
i:
"j": 'k'
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("a",), (1, 4), (1, 1)),
        (("b",), (3, 3), (2, 1)),
        (("b", 0), (3, 5), (3, 5)),
        (("b", 1, "c"), (4, 9), (4, 6)),
        (("b", 1, "e", 1), (5, 7), (5, 7)),
        (("h",), (6, 4), (6, 1)),
        (("h", "missing", 3), (6, 1), (6, 1)),
        (("i",), (7, 1), (7, 1)),
        (("j",), (8, 6), (8, 1)),
        (("nowhere",), (1, 1), (1, 1)),
        (("b", 7), (2, 1), (2, 1)),
    ],
)
def test_places(path, value, key):
    one = yaml_source(PLACES)
    at_value, at_key = one.locate(path), one.locate(path, key=True)
    assert (at_value.line, at_value.column) == value
    assert (at_key.line, at_key.column) == key
    assert at_value.path == path
    assert at_value.text == PLACES.splitlines()[value[0] - 1]


def test_places_of_nothing():
    assert yaml_source("").locate(("a",)).line == 1


def test_no_position_is_looked_for_in_a_good_document(monkeypatch):
    monkeypatch.setattr(source, "index", None)
    assert read(GOOD)


texts = st.text(
    st.characters(
        min_codepoint=32,
        max_codepoint=0x2FF,
        exclude_characters="\x7f\xa0\xad",
        exclude_categories=["Cc", "Cf", "Cs"],
    ),
    max_size=20,
)
plain_data = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20) + 1, 10**20 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(plain_data, st.sampled_from([None, 2]), st.booleans())
def test_json_is_read_as_json(data, indent, ascii_only):
    assert load(json.dumps(data, indent=indent, ensure_ascii=ascii_only)) == data


SNIPPETS = [
    "a", "b", ": ", ":", "\n", "\n  ", "- ", "[", "]", "{", "}", ", ", '"', "'", "#", " #", "&a ", "*a", "!t ", "!",
    "|\n", ">\n", "%", "@", "`", "\t", "? ", "---\n", "...\n", "<<: ", "010", "0x1", "{{ x }}", "~", "\\", "\r", "é",
]  # fmt: skip


def only_document_errors(raw):
    try:
        read(raw)
    except DocumentError as e:
        assert e.diagnostics
        for found in e.diagnostics[:MAX_FINDINGS]:
            assert found.where.line >= 1
            assert found.where.column >= 1
            assert found.summary


@given(st.text() | st.lists(st.sampled_from(SNIPPETS)).map("".join))
@example("\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
def test_any_text_is_read_or_refused(text):
    only_document_errors(text.encode("utf-8", "replace"))


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw):
    only_document_errors(raw)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_document_is_read_or_refused(data):
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(start + 12, len(GOOD))))
    put = data.draw(st.lists(st.sampled_from(SNIPPETS), max_size=3).map("".join) | st.text(max_size=4))
    only_document_errors((GOOD[:start] + put + GOOD[end:]).encode("utf-8", "replace"))


@given(st.lists(st.sampled_from(SNIPPETS)).map("".join))
def test_both_parsers_agree(text):
    """Where both accept, they read the same; the slow one may refuse or accept more of YAML 1.1."""
    results = []
    for parser in (events.parse_events, lambda content: events.PythonParser(content).get_event):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(strictyaml, "parse_events", parser)
            with contextlib.suppress(DocumentError):
                results.append(load(text))
    assert len(results) < 2 or results[0] == results[1]
