"""Every field of the spec: what it writes into the table, and that the kernel takes it. The cases are fields.yaml."""

from __future__ import annotations

import subprocess
from collections import Counter

import pytest
from contract.cases import field_cases

from netconf.domains.firewall.plan import offloads, table
from netconf.domains.firewall.resolve import resolve
from netconf.domains.firewall.spec import Spec
from netconf.domains.firewall.wire import parse
from netconf.system.linux.nft import LinuxNft

CASES = field_cases("firewall")
NEEDS_FLOWTABLES = "flow_offload"
"""Few kernels have them."""


def planned(case, turn):
    document = case.document(turn)
    spec = Spec.model_validate({"firewall": document["firewall"]}).firewall
    return resolve(spec), table(resolve(spec))


def lines(case, turn):
    model, found = planned(case, turn)
    told = [f"backend: {model.backend}", f"conntrack: {'purge-changed' if model.purge else 'keep'}"]
    told += [f"file of {part.name}: {part.file}" for part in found.files]
    told += [f"offload: {part.name}" for part in offloads(model)]
    told += [f"{part.language} {part.place}: {line}" for part in model.raw for line in part.lines]
    return Counter([*told, *_in_blocks(found.source)])


def _in_blocks(source):
    """Each line behind the head of the chain or set it's in."""
    head = ""
    for line in source.splitlines()[1:-1]:
        if line.endswith("{"):
            head = line.strip(" \t{")
        yield f"{head}: {line.strip()}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_it_writes(case):
    one, other = lines(case, 0), lines(case, 1)
    assert [list((one - other).elements()), list((other - one).elements())] == case.lines


@pytest.mark.needs("nft:inet")
def test_kernel_takes_all_of_it():
    """And keeps every rule, set and chain of it."""
    nft = LinuxNft()
    for case in CASES:
        if NEEDS_FLOWTABLES in case.at:
            continue
        for turn in (0, 1):
            source = planned(case, turn)[1].source
            assert_kept(source, nft.canonical(source, "inet", "netconf"), case)


@pytest.mark.needs("nft:inet", "nft:flowtable")
def test_kernel_takes_flowtables(netns):
    """Loaded for good: where texts are tried there are no links to hook them to."""
    nft = LinuxNft()
    subprocess.run(["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1"], check=True)
    for case in CASES:
        for turn in (0, 1) if NEEDS_FLOWTABLES in case.at else ():
            source = planned(case, turn)[1].source
            assert nft.load(source) is None, case.id
            assert_kept(source, nft.table("inet", "netconf"), case)
            assert nft.load("delete table inet netconf") is None


def assert_kept(source, listed, case):
    assert isinstance(listed, str), (case.id, listed)
    want, have = parse(source), parse(listed)
    assert [chain for chain, _ in have.rules] == [chain for chain, _ in want.rules], case.id
    assert len(have.objects) == len(want.objects), case.id
