"""Short flow collections that are taken out before the YAML parser reads: the text means the same, whatever is around them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netconf.core.errors import DocumentError
from netconf.inventory import flow, strictyaml
from netconf.inventory.flow import RUN, TAKEN, shortened
from netconf.inventory.text import Text

TEXTS = sorted(
    path
    for folder in (
        Path(__file__).parent,
        Path(__file__).parents[1] / "cli",
        Path(__file__).parents[2] / "examples",
    )
    for path in folder.rglob("*.y*ml")
)

PIECES = (
    [
        "{a: b}",
        "{a: b, c: 5}",
        "{a: b, a: c}",
        "{to: 10.0.0.0/8, via: 0x1f}",
        "{a: 010}",
        "{true: null}",
        "{a: b c}",
    ]
    + [
        "[a, b]",
        "[5]",
        "[1.5, -1]",
        "[00]",
        "[[a]]",
        "[a, {b: c}]",
        "{k: [a, b]}",
        "{{ x }}",
        "[a,b]",
        "[]",
        "{}",
    ]
    + [
        "- ",
        "k: ",
        "l: ",
        "? ",
        ": ",
        ", ",
        ",",
        "{",
        "}",
        "[",
        "]",
        "{m: ",
        "[n, ",
        " ",
        "  ",
        "\n",
        "\n  ",
        "\n    ",
    ]
    + [
        "\n- ",
        "\nk: ",
        "\n  l: ",
        "\n  - ",
        "\r\n",
        "#",
        " # ",
        "'",
        '"',
        "|\n",
        ">-\n",
        "&a ",
        "*a",
        "!t ",
        "--- ",
        "\n---\n",
    ]
    + ["...\n", "x", "5", "a-: ", "\\", "%YAML 1.1\n", "\t", TAKEN, RUN]
    + ["\n- {a: b}\n- [c]\n", "\n  - [a]\n  - [b]\n  - {c: d}\n", "- [a]\n", "  - {a: b}\n"]
)


@pytest.fixture(autouse=True)
def every_text_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "LEAST", 0)


def _outcome(content: str) -> object:
    try:
        found = strictyaml.load(Text("t.yml", content))
    except DocumentError as e:
        return [str(one) for one in e.diagnostics]
    return repr(found)


def _whole(content: str) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "LEAST", 1 << 40)
        return _outcome(content)


@settings(deadline=None, max_examples=1000)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("x: |\n  k: [a, b]\nl: [c, d]\n")
@example("# k: [a, b]\nl: [c, d]\n")
@example('"k: [a, b]\n"\n')
@example("k: [a, b]\n  c\n")
@example("k: [a, b]\n: c\n")
@example("a: b - [c, d]\n")
@example("--- {a: b}\n")
@example("--- {a: b}\n--- {a: b}\n")
@example("&a- [b, c]\n")
@example("k: {a: [b, c], d: {e: f}}\n")
@example("? [a, b]\n: [c, d]\n")
@example("k: [a, b]\nk: [c, d]\n")
@example("k:\n- [a]\n- [b]\n  c\n")
@example("k: |\n  - [a]\n  - [b]\nl:\n- [c]\n- [d]\n")
@example("k: x\n  - [a]\n  - [b]\nl:\n- [c]\n- [d]\n")
@example("k: '\n- [a]\n- [b]\n'\nl: [c]\n")
@example("- - [a]\n  - [b]\n  - {c: d}\n- [e]\n- [f]\n")
@example("- [a]\n- [b]\n - [c]\n - [d]\n")
@example("k: [a,\n  - [b]\n  - [c]\n  ]\n")
@example("k:\n- {a: b}\n- {a: b, a: c}\n- [d]\n")
@example("k:\n- [a]\n- [b]\n# - [c]\n- [d]\n- [e]\nl: [f]\n")
@example("k:\n- [a]\n- [b]\n-\n- [d]\n- [e]\n- 5\nl: [f]\n")
@example("k: {x:\n- [a]\n- [b]\n}\n")
@example("- [a]\n- [b]\n-- [a]\n")
def test_a_text_means_the_same(content: str) -> None:
    assert _outcome(content) == _whole(content)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_document_means_the_same(path: Path) -> None:
    content = path.read_bytes().decode(errors="replace")
    assert _outcome(content) == _whole(content)


@pytest.mark.parametrize("levels", range(57, 62))
def test_limit_of_depth(levels: int) -> None:
    inner = "\n".join("  " * level + "k:" for level in range(levels)) + " [a, b]\n"
    assert _outcome(inner) == _whole(inner)


@pytest.mark.parametrize("nodes", range(5, 20))
def test_limit_of_nodes(nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strictyaml, "MAX_NODES", nodes)
    content = "k: [a, b]\nl:\n- {c: d, e: f}\n- [g, h]\n- [i]\n"
    assert _outcome(content) == _whole(content)


def test_what_is_taken_out() -> None:
    found = shortened(
        "r:\n- {to: 10.0.0.0/8, metric: 5}\nx: {a: [b, 1.5], c: no}\n# {d: e}\n- [f]x\n- {g: 2001:db8::1}\n"
    )
    assert found is not None
    assert found.taken == [{"to": "10.0.0.0/8", "metric": 5}, ["b", "1.5"]]
    assert found.content.count(TAKEN) == 2


def test_runs_are_taken_out_together() -> None:
    found = shortened("k: [a]\nl:\n  - [b]\n  - [c]\n  - {d: e}\nm:\n- [f]\n- x\n- [g]\n- [h]\n")
    assert found is not None
    assert found.taken == [["a"], (["b"], ["c"], {"d": "e"}), ["f"], (["g"], ["h"])]
    assert found.content == f"k: {TAKEN}\nl:\n  - {RUN}\nm:\n- {TAKEN}\n- x\n- {RUN}\n"


def test_what_is_given_back_is_given_once() -> None:
    found = strictyaml.load(Text("t.yml", "a: [b, c]\nd: [b, c]\n"))
    assert found == {"a": ["b", "c"], "d": ["b", "c"]}
    assert found["a"] is not found["d"]


def test_short_texts_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert shortened("a: [b, c]\n") is None
