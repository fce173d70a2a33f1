"""How a document is split, validated and kept, and how its errors find their places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory.fake_parts import PARTS, Hop, Links, read, rendered, yaml_source
from pydantic import BeforeValidator, Field, model_validator

from netconf.core.diagnostics import Severity, dotted
from netconf.core.errors import DocumentError
from netconf.grammar import Strict
from netconf.inventory.document import Part, from_data, read_document
from netconf.inventory.suggest import foreign_letter, nearest

GOOD = Path(__file__).with_name("good.yaml").read_text(encoding="utf-8")


def refused(raw, parts=PARTS):
    with pytest.raises(DocumentError) as caught:
        read(raw, parts=parts)
    return caught.value.diagnostics


def recorded(part, seen):
    """A part that notes when its spec is loaded."""

    def load_spec():
        seen.append(part.name)
        return part.load_spec()

    return Part(part.name, part.sections, part.interface_fields, load_spec)


def test_a_good_document():
    document = read(GOOD)
    links, addresses = document.parts["link"], document.parts["address"]
    assert set(document.parts) == {"link", "address", "route", "sysctl"}
    assert set(links.interfaces) == {"eth0", "bond0", "dummy0"}
    assert links.interfaces["eth0"].mtu == 9000
    assert set(addresses.interfaces) == {"eth0"}
    assert document.parts["route"].routes[1].hops == ["10.0.0.1", Hop(via="10.0.0.2", weight=2)]
    assert document.data["netconf"] == 1
    assert document.where(("interfaces", "eth0", "mtu")).line == 7
    assert document.where(("interfaces", "eth0", "mtu", "anything")).line == 7


def test_only_what_is_mentioned_is_loaded():
    seen: list[str] = []
    parts = tuple(recorded(part, seen) for part in PARTS)
    read("netconf: 1\n", parts=parts)
    assert seen == []
    read("netconf: 1\nroutes: []\n", parts=parts)
    assert seen == ["route"]
    read("netconf: 1\ninterfaces: {eth0: {addresses: []}}\n", parts=parts)
    assert seen == ["route", "link", "address"]


def test_every_interface_reaches_the_part_with_the_rest():
    document = read("netconf: 1\ninterfaces: {eth0: {}, eth1: {addresses: []}}\n")
    assert set(document.parts["link"].interfaces) == {"eth0", "eth1"}
    assert set(document.parts["address"].interfaces) == {"eth1"}


def test_a_section_that_is_there_is_empty_not_missing():
    assert read("netconf: 1\ninterfaces: {}\n").parts == {"link": Links()}
    assert read("netconf: 1\nroutes: []\n").parts["route"].model_fields_set == {"routes"}


def test_a_saved_document_is_the_same_document():
    document = read(GOOD)
    again = from_data(json.loads(json.dumps(document.data)), "generation 7", PARTS)
    assert again.parts == document.parts
    assert again.data == document.data
    assert str(again.where(("interfaces",))) == "generation 7"
    assert again.source.digest == from_data(document.data, "other", PARTS).source.digest


def test_errors_of_a_saved_document_have_no_lines():
    with pytest.raises(DocumentError) as caught:
        from_data({"netconf": 1, "routes": [{}], "zzz": None}, "generation 7", PARTS)
    assert [str(found.where) for found in caught.value.diagnostics] == ["generation 7"] * 2


@pytest.mark.parametrize("data", [None, [], 5, {"netconf": True}, {"netconf": 1, "interfaces": {"a": 1}}])
def test_saved_data_of_any_shape(data):
    with pytest.raises(DocumentError):
        from_data(data, "generation 7", PARTS)


def test_a_section_is_supported_as_soon_as_a_part_lists_it():
    class Checks(Strict):
        checks: list[int]

    parts = (*PARTS, Part("check", ("checks",), (), lambda: Checks))
    assert read("netconf: 1\nchecks: [1]\n", parts=parts).parts["check"] == Checks(checks=[1])
    assert refused("netconf: 1\nchecks: [1]\n")[0].code == "NC1034"


def test_without_a_part_for_the_rest():
    found = refused("netconf: 1\ninterfaces: {eth0: {mtu: 1, adresses: [], qdisc: {}}}\n", PARTS[1:])
    assert [f.code for f in found] == ["NC1033", "NC1033", "NC1034"]
    assert found[1].hint == 'did you mean "addresses"?'


def test_a_missing_format_does_not_hide_other_findings():
    found = refused("routes: [{to: 5}]\nzzz: 1\n")
    assert [f.code for f in found] == ["NC1032", "NC1040", "NC1033"]


def test_all_parts_are_told_at_once_in_the_order_of_the_file():
    found = refused(
        "netconf: 1\nroutes: [{to: 5}]\ninterfaces: {e: {mtu: 1, addresses: [1.1.1.1]}}\nroute: 1\n"
    )
    assert [(f.where.line, f.where.column) for f in found] == sorted(
        (f.where.line, f.where.column) for f in found
    )
    assert [f.code for f in found] == ["NC1040", "NC1043", "NC9001", "NC1033"]


def test_findings_are_capped():
    found = refused("netconf: 1\nroutes:\n" + "- {}\n" * 1234)
    assert len(found) == 51
    assert (found[-1].severity, found[-1].summary) == (Severity.NOTE, "... and 1184 more")


def test_the_line_is_shown_unless_it_is_huge():
    (found,) = refused("netconf: 1\nroutes: [{to: 5}]\n")
    assert found.where.text == "routes: [{to: 5}]"
    (found,) = refused("netconf: 1\nroutes: [{to: 5}]" + " " * 1000)
    assert (found.where.text, found.where.column) == ("", 15)


def test_null_is_refused_where_a_model_would_take_it():
    (found,) = refused("netconf: 1\nroutes: [{to: default, via: ~}]\n")
    assert found.summary == "null is not text"
    assert dotted(found.where.path) == "routes[0].via"


class Inner(Strict):
    bond: int = 0


class Bond(Strict):
    kind: Literal["bond"]
    bond: Inner = Inner()

    @model_validator(mode="after")
    def _never_one(self) -> Bond:
        if self.bond.bond == 1:
            raise ValueError("one is not enough")
        return self


def _doubled(value: Any) -> Any:
    if value == "bad":
        raise ValueError("bad indeed")
    return value


def model_of(annotation, **field):
    """A spec with the one section `x` of a type."""
    return type("Spec", (Strict,), {"__annotations__": {"x": annotation}, "x": Field(None, **field)})


def said(annotation, written):
    parts = (Part("x", ("x",), (), lambda: model_of(annotation)),)
    return [f"{dotted(f.where.path)}: {f.summary}" for f in refused(f"netconf: 1\nx: {written}\n", parts)]


class Other(Strict):
    kind: Literal["other"]
    size: int = Field(3, multiple_of=3)


@pytest.mark.parametrize(
    ("annotation", "written", "expected"),
    [
        # the tag of a branch and a key of the same name are told apart
        (Bond | Other, "{kind: bond, bond: {bond: x}}", ['x.bond.bond: bond needs an integer, got "x"']),
        (Annotated[Bond | Other, Field(discriminator="kind")], "{kind: bond, bond: {bond: x}}",
         ['x.bond.bond: bond needs an integer, got "x"']),
        (Annotated[Bond | Other, Field(discriminator="kind")], "{kind: bond, bond: {bond: 1}}",
         ["x: x can't be a mapping"]),
        (list[Annotated[Bond | Other, Field(discriminator="kind")]], "[{kind: other, size: 4}]",
         ["x[0].size: size can't be 4"]),
        # validators around a branch leave no trace in the path
        (int | Annotated[list[int], BeforeValidator(_doubled)], "[1, z]", ['x[1]: x[1] needs an integer, got "z"']),
        (int | Annotated[list[int], BeforeValidator(_doubled)], "bad", ["x: x can't be \"bad\""]),
        (dict[str, int | list[int]], "{a: {}, b: [c]}",
         ["x.a: a needs an integer or a list, got a mapping", 'x.b[0]: b[0] needs an integer, got "c"']),
        (tuple[int, str], "5", ["x: x needs a list, got 5"]),
        (Annotated[str, Field(min_length=2, max_length=4)], "abcde", ["x: x has 5 characters"]),
        (Annotated[int, Field(gt=3)], "3", ["x: x 3 is out of range"]),
        (Annotated[list[int], Field(max_length=1)], "[1, 2]", ["x: x has 2 items"]),
        (Literal["a", 5], '"5"', ["x: x can't be \"5\""]),
        (Literal["5"], "5", ["x: x can't be 5"]),
        (float, "[1]", ["x: x needs a number, got a list"]),
        (bytes, "5", ["x: x can't be 5"]),
        (Any, "~", ["x: null is not a value here"]),
    ],
)  # fmt: skip
def test_what_models_refuse(annotation, written, expected):
    assert said(annotation, written) == expected


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 100_000)
    | st.sampled_from(["a", "bond", "10.0.0.1", "", "max"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "to",
                    "via",
                    "hops",
                    "next",
                    "kind",
                    "bond",
                    "ports",
                    "master",
                    "peers",
                    "mtu",
                    "address",
                    "addresses",
                    "sysctl",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(
    st.dictionaries(
        st.sampled_from(["interfaces", "routes", "sysctl", "zzz"]),
        json_values
        | st.dictionaries(st.sampled_from(["eth0", "eth1"]), json_values)
        | st.lists(json_values, max_size=3),
    )
)
def test_any_data_is_valid_or_refused_at_its_places(data):
    raw = json.dumps({"netconf": 1, **data}, indent=1)
    try:
        document = read_document(yaml_source(raw), PARTS)
    except DocumentError as e:
        for found in e.diagnostics:
            assert found.where.line >= 1
            assert rendered(found)
            above = {"netconf": 1, **data}
            for step in found.where.path[:-1]:
                above = above[step]  # every path leads through the data
    else:
        assert document.data == {"netconf": 1, **data}


@pytest.mark.slow
def test_ten_thousand_mistakes_are_told_in_time():
    found = refused("netconf: 1\nroutes:\n" + "- {to: 5, hops: [{wieght: x}], metirc: 1}\n" * 10_000)
    assert len(found) == 51


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("adresses", "addresses"),
        ("ADDRESSES", "addresses"),
        ("rx_usecs", "rx-usecs"),
        ("xyz", ""),
        ("мt\u03c5", "mtu"),
        ("", ""),
    ],
)
def test_nearest(word, meant):
    assert nearest(word, ["addresses", "rx-usecs", "mtu"]) == meant


def test_foreign_letters():
    assert foreign_letter("\u0430b") == "U+0430 (Cyrillic)"
    assert foreign_letter("a-1") == ""


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("mac", ""),
        ("ports", ""),
        ("name", ""),
        ("up", ""),
        ("vai", "via"),
        ("vi", "via"),
        ("viaa", "via"),
        ("vix", "via"),
        ("prioritty", "priority"),
        ("macvaln", "macvlan"),
    ],
)
def test_near_is_near(word, meant):
    """A word with some letters in common isn't the one that was meant."""
    assert nearest(word, ["macvlan", "priority", "altnames", "via", "group"]) == meant
