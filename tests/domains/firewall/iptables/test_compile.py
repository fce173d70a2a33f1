"""From documents to tables of iptables: goldens, where each line comes from, and that kernel and library take it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contract.cases import field_cases, load_yaml

from netconf.core.diagnostics import dotted
from netconf.domains.firewall import plan
from netconf.domains.firewall.iptables import names, requirements, sets
from netconf.domains.firewall.resolve import resolve
from netconf.domains.firewall.spec import Spec
from netconf.system import linux

CASES = sorted(Path(__file__).with_name("compiled").glob("*.yaml"))
FIELDS = field_cases("firewall")

NOT_HERE = ("flow_offload", "conntrack", "raw", "backend")
"""Fields that are refused with this backend, or aren't about what is written."""


def compiled(firewall):
    spec = Spec.model_validate({"firewall": {**firewall, "backend": "iptables"}})
    return plan.chains(resolve(spec.firewall))


def text(chains):
    tables = [f"# {'ip6' if part.family == 6 else 'ip'}tables\n{part.text}" for part in chains.source]
    return sets.script(chains.sets) + "".join(tables)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_text(case, request):
    golden = case.with_suffix(".rules")
    found = text(compiled(load_yaml(case)["firewall"]))
    if request.config.getoption("--update-goldens"):
        golden.write_text(found)
    assert found == golden.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_lines_come_from_the_rules_they_name(case):
    document = load_yaml(case)
    for part in compiled(document["firewall"]).source:
        for line, path in zip(part.text.splitlines(), part.paths, strict=True):
            found = re.search(r"--comment ([^ \":]+)", line)
            if found and found[1] != names.JUMP_COMMENT:
                value = document
                for step in path:
                    value = value[step]
                assert value["name"] == found[1], dotted(path)


@pytest.mark.needs("xtables:4", "xtables:6")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_kernel_and_library_keep_every_rule(case, netns):
    """Both are tried when it's made canonical; what's compared here is that nothing was lost on the way."""
    found = compiled(load_yaml(case)["firewall"])
    canonical = requirements.canonical(found, linux.system())
    assert len(canonical.tables) == len(found.source)
    for part, table in zip(found.source, canonical.tables, strict=True):
        lines = part.text.splitlines()
        assert sorted(table.chains) == sorted(line[1:].split()[0] for line in lines if line.startswith(":"))
        ours = [line.split(" ", 2)[1:] for line in lines if line.startswith("-A NC-")]
        ours.sort(key=lambda row: row[0])
        assert [chain for chain, _ in table.rules] == [chain for chain, _ in ours]
        assert [comment(rule) for _, rule in table.rules] == [comment(rule) for _, rule in ours]
        assert all(position == 1 for _, position in table.jumps)


def comment(rule):
    found = re.search(r'--comment ("[^"]*"|\S+)', rule)
    return found and found[1]


def test_same_text_whatever_the_order_of_sets():
    firewall = load_yaml(CASES[0].with_name("everything.yaml"))["firewall"]
    turned = {**firewall, "sets": dict(reversed(firewall["sets"].items()))}
    assert text(compiled(turned)) == text(compiled(firewall))


@pytest.mark.parametrize("case", FIELDS, ids=lambda case: case.id)
def test_every_field_is_written(case):
    """Two documents that differ in one value are two texts."""
    if case.at[1] in NOT_HERE:
        pytest.skip("told in test_refusals.py or not of this backend")
    first, second = (compiled(case.document(turn)["firewall"]) for turn in (0, 1))
    if case.at[-1] == "file":
        assert first.files != second.files
    else:
        assert text(first) != text(second) or case.at[-1] == "type"


@pytest.mark.needs("xtables:4", "xtables:6")
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kernel_and_library_take_every_field(netns):
    """Each text once: many cases share their first document."""
    system, taken = linux.system(), set()
    for case in FIELDS:
        if case.at[1] not in NOT_HERE and case.at[-1] != "file":
            for turn in (0, 1):
                found = compiled(case.document(turn)["firewall"])
                if text(found) not in taken:
                    assert found.unsaid or requirements.canonical(found, system), case.id
                    taken.add(text(found))


def test_chains_and_sets_have_short_names():
    for family, builtin in ((4, "POSTROUTING"), (6, "INPUT")):
        for rule in ("a", "r" * 60):
            assert len(names.rule_chain(rule, builtin)) <= names.LONGEST_CHAIN
            assert len(names.hashlimit_of(rule, "3/second")) <= names.LONGEST_HASHLIMIT
            assert len(names.networks_of(rule, "src", family)) <= 31
        assert len(names.set_of("s" * 24, family, dynamic=True)) <= 31


def test_limits_that_change_have_another_hash_table():
    """The kernel keeps the old limits of a table that's still named while rules are replaced."""
    rule = {"name": "a", "action": "accept"}
    found = {
        re.search(r"--hashlimit-name (\S+)", text(compiled({"rules": [{**rule, "rate": rate}]})))[1]
        for rate in (
            {"limit": "3/second", "per": "source"},
            {"limit": "4/second", "per": "source"},
            {"limit": "3/second", "burst": 6, "per": "source"},
        )
    }
    assert len(found) == 3
