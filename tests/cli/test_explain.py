"""`netconf explain`: a page with a table of fields for every word a document has."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from cli import harness

from netconf import domains
from netconf.domains.link.spec import LinkKind

WORDS = sorted({
    *domains.REGISTRY,
    *(word for domain in domains.REGISTRY.values() for word in (*domain.kinds, *domain.sections)),
    *(word for domain in domains.REGISTRY.values() for word in domain.interface_fields if word != domains.REST),
    "interfaces",
})  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("word", WORDS)
def test_a_page_with_a_table(word):
    done = harness.netconf("explain", word)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("# ")
    assert "\n| field | type | meaning |\n| --- | --- | --- |\n| " in done.out


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(get_args(LinkKind)) - {"dummy", "ifb", "tun", "tap"}))
def test_a_kind_of_links(kind):
    done = harness.netconf("explain", kind)
    assert done.status == 0
    assert f"### {kind.capitalize()}\n" in done.out


def test_every_field_has_its_meaning():
    for name in domains.REGISTRY:
        for line in re.findall(r"^\| .*$", harness.netconf("explain", name).out, re.MULTILINE):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert len(cells) == 3
            assert all(cells), line


@pytest.mark.parametrize("section", [s for domain in domains.REGISTRY.values() for s in domain.sections])
def test_a_section_of_the_document_has_its_row(section):
    assert re.search(rf"^\| {section} \| ", harness.netconf("explain", section).out, re.MULTILINE)


def test_interfaces_have_the_fields_of_every_domain():
    said = harness.netconf("explain", "interfaces").out
    assert said.startswith("# Interfaces\n")
    for field in ("kind", "mtu", "addresses", "sysctl", "bridge"):
        assert f"\n| {field} | " in said


def test_alone_it_lists_what_there_is():
    done = harness.netconf("explain")
    assert (done.status, done.err) == (0, "")
    for word in ("interfaces", "routes", "sysctl"):
        assert f"\n| {word} | " in done.out
    for word in ("address", "addresses", "link", "bridge", "admin-up", "route"):
        assert re.search(rf"^- \w+: .*\b{word}\b", done.out, re.MULTILINE), word


def test_a_word_that_is_nearly_right():
    done = harness.netconf("explain", "brigde")
    assert (done.status, done.out) == (64, "")
    assert "did you mean bridge?" in done.err
