"""`netconf plan --commands`: run by a shell, its lines come to the same ruleset as apply, from nothing and by changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from contract.cases import load_yaml
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.test_transaction import CHANGES, FIRST, document
from lab import netns as namespaces

pytestmark = pytest.mark.needs("nft:inet")

EVERYTHING = load_yaml(Path(__file__).with_name("compiled") / "everything.yaml")["firewall"]
TRACKED = {key: value for key, value in EVERYTHING.items() if key != "syn_protect"}
STAGES = [
    document(one) for one in (FIRST, CHANGES["rules"], CHANGES["members"], CHANGES["chains"], TRACKED, FIRST)
]


def ruleset():
    return subprocess.run(["nft", "-s", "list", "ruleset"], capture_output=True, text=True, check=True).stdout


def test_commands_do_what_apply_does(netns, tmp_path):
    with namespaces.fresh():
        quiet()
        subject, applied = Subject(tmp_path / "applied"), []
        for stage in STAGES:
            subject.apply(stage)
            applied.append(ruleset())
    with namespaces.fresh():
        quiet()
        subject, typed = Subject(tmp_path / "typed"), []
        for stage in STAGES:
            lines = subject.commands(stage)
            subprocess.run(["sh", "-e"], input="\n".join(lines), text=True, check=True)
            typed.append(ruleset())
            assert subject.plan(stage) == {}
    assert typed == applied
