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


@pytest.mark.parametrize("word", WORDS)
def test_a_page_with_a_table(word):
    done = harness.netconf("explain", word)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("# ")
    assert "\n| field | type | meaning |\n| --- | --- | --- |\n| " in done.out


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


def test_a_word_that_is_nearly_right():
    done = harness.netconf("explain", "brigde")
    assert (done.status, done.out) == (64, "")
    assert "did you mean bridge?" in done.err
