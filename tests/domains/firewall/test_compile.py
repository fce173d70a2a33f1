"""From documents to nft text: goldens, where each line comes from, and that the kernel takes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contract.cases import load_yaml

from netconf.core.diagnostics import dotted
from netconf.domains.firewall.compile import compile_table
from netconf.domains.firewall.resolve import resolve
from netconf.domains.firewall.script import origin_of
from netconf.domains.firewall.spec import Spec
from netconf.domains.firewall.wire import parse
from netconf.system.linux.nft import LinuxNft

CASES = sorted(Path(__file__).with_name("compiled").glob("*.yaml"))
ON_KERNEL = [case for case in CASES if case.stem != "offload"]


def compiled(document):
    spec = Spec.model_validate({"firewall": document["firewall"]})
    return compile_table(resolve(spec.firewall), "inet", "netconf")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_text(case, request):
    golden = case.with_suffix(".nft")
    text = compiled(load_yaml(case)).text()
    if request.config.getoption("--update-goldens"):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_lines_come_from_the_rules_they_name(case):
    document = load_yaml(case)
    script = compiled(document)
    for number, line in enumerate(script.lines, 1):
        found = re.search(r'comment "([^":]+)"$', line)
        if found:
            path = origin_of(script.origins, number)
            value = document
            for part in path:
                value = value[part]
            assert value["name"] == found[1], dotted(path)


@pytest.mark.needs("nft:inet")
@pytest.mark.parametrize("case", ON_KERNEL, ids=lambda case: case.stem)
def test_kernel_takes_it_and_keeps_every_rule(case):
    text = compiled(load_yaml(case)).text()
    nft = LinuxNft()
    listed = nft.canonical(text, "inet", "netconf")
    assert isinstance(listed, str), listed
    want, have = parse(text), parse(listed)
    assert [chain for chain, _ in want.rules] == [chain for chain, _ in have.rules]
    assert [rule.partition("comment")[2] for _, rule in want.rules] == [
        rule.partition("comment")[2] for _, rule in have.rules
    ]
    assert [head for head, _ in sorted(want.blocks)] == [head for head, _ in sorted(have.blocks)]


@pytest.mark.needs("nft:inet")
@pytest.mark.parametrize("case", ON_KERNEL, ids=lambda case: case.stem)
def test_listing_is_a_fixpoint(case):
    nft = LinuxNft()
    first = nft.canonical(compiled(load_yaml(case)).text(), "inet", "netconf")
    loadable = re.sub(r" # handle \d+$", "", first, flags=re.MULTILINE)
    second = nft.canonical(loadable, "inet", "netconf")
    assert parse(second).rules == parse(first).rules
    assert parse(second).objects == parse(first).objects
    assert parse(second).elements == parse(first).elements


def test_same_text_whatever_the_order_of_sets():
    document = load_yaml(CASES[0].with_name("everything.yaml"))
    sets = document["firewall"]["sets"]
    turned = {**document["firewall"], "sets": dict(reversed(sets.items()))}
    assert compiled({"firewall": turned}).text() == compiled(document).text()


def test_a_limit_is_remembered_until_it_is_full_again():
    rule = {"name": "a", "rate": {"limit": "3/hour", "burst": 5, "per": "source"}, "action": "accept"}
    assert "timeout 6001s" in compiled({"firewall": {"rules": [rule]}}).text()
