"""Nothing a rule says is swallowed: without any one of its words the kernel's rules are others."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from contract.cases import load_yaml
from domains.firewall.test_compile import compiled
from pydantic import ValidationError

from netconf.domains.firewall.wire import parse
from netconf.system.linux.nft import LinuxNft

EVERYTHING = load_yaml(Path(__file__).with_name("compiled") / "everything.yaml")["firewall"]
LISTS = ("management", "rules", "nat", "notrack", "helpers", "syn_protect", "mark")
AS_USUAL = {("rules", "hook"): "input", ("management", "proto"): "tcp"}


def without_one(firewall):
    """(what's left out, the firewall without it): each word of each rule, each rule, each section."""
    for section, value in firewall.items():
        if section in ("raw", "backend"):
            continue
        if section not in LISTS:
            if isinstance(value, dict):
                for name in value:
                    mutant = copy.deepcopy(firewall)
                    del mutant[section][name]
                    yield f"{section}.{name}", mutant
            continue
        for number, part in enumerate(value):
            mutant = copy.deepcopy(firewall)
            del mutant[section][number]
            yield f"{section}[{number}]", mutant
            for name in part:
                if AS_USUAL.get((section, name)) != part[name]:
                    mutant = copy.deepcopy(firewall)
                    del mutant[section][number][name]
                    yield f"{section}[{number}].{name}", mutant


def live(firewall):
    """As the kernel has it; None if the spec doesn't take it."""
    try:
        text = compiled({"firewall": firewall}).text()
    except ValidationError:
        return None
    listed = LinuxNft().canonical(text, "inet", "netconf")
    assert isinstance(listed, str), listed
    found = parse(listed)
    return found.objects, found.elements, found.rules


@pytest.mark.slow
@pytest.mark.needs("nft:inet")
def test_every_word_makes_a_difference():
    original = live(EVERYTHING)
    found = {what: live(mutant) for what, mutant in without_one(EVERYTHING)}
    assert [what for what, mutant in found.items() if mutant == original] == []
    assert sum(mutant is not None for mutant in found.values()) > 70
