"""VLANs of bridges and their ports, as `bridge vlan` shows them: `vlans` with id, pvid, untagged and tunnel_id."""

from __future__ import annotations

import json
import subprocess

import pytest
from contract.snapshot import differences, quiet
from contract.subject import Subject
from contract.ways import both_ways
from lab import netns as namespaces

from netconf.core.errors import DiagnosedError
from netconf.system.linux.kernel import LinuxKernel

needs_vlans = pytest.mark.needs("bridge:vlan_filtering")


def document(port=None, own=None, **fields):
    """A bridge with a port, and another bridge."""
    bridge = {"vlan_filtering": "on", **fields} | ({} if own is None else {"vlans": own})
    return {
        "netconf": 1,
        "interfaces": {
            "br0": {"kind": "bridge", "address": "02:00:00:00:00:01", "bridge": bridge},
            "br1": {"kind": "bridge", "address": "02:00:00:00:00:02"},
            "v0": {"kind": "veth", "veth": {"peer": "v1"}, "master": "br0", "bridge_port": port or {}},
            "v1": {"state": "up"},
        },
    }


def moved(wanted, bridge):
    wanted["interfaces"]["v0"]["master"] = bridge
    return wanted


PVID = {"id": 1, "pvid": "on", "untagged": "on"}
TUNNELS = {"vlan_tunnel": "on"}

CASES = {
    "a range comes": (document({"vlans": [PVID, 10]}), document({"vlans": [PVID, 10, "20-30"]})),
    "a range is cut": (document({"vlans": [PVID, "20-30"]}), document({"vlans": [PVID, "20-24", "26-30"]})),
    "another pvid": (
        document({"vlans": [PVID, 10]}),
        document({"vlans": [{"id": 1, "untagged": "on"}, {"id": 10, "pvid": "on", "untagged": "on"}]}),
    ),
    "no pvid": (document({"vlans": [PVID]}), document({"vlans": [1]})),
    "pvid that leaves with a tag": (document({"vlans": [5]}), document({"vlans": [{"id": 5, "pvid": "on"}]})),
    "none": (document({"vlans": [PVID, 7]}), document({"vlans": []})),
    "all": (document({"vlans": []}), document({"vlans": ["1-4094"]})),
    "no longer said": (document(), document({"vlans": [7]})),
    "of the bridge": (document(own=[PVID]), document(own=["10-11"])),
    "tunnel ids": (
        document({**TUNNELS, "vlans": [{"id": 10, "tunnel_id": 100}, {"id": "20-22", "tunnel_id": 200}]}),
        document({**TUNNELS, "vlans": [{"id": 10, "tunnel_id": 101}, {"id": "20-21", "tunnel_id": 200}]}),
    ),
    "on another bridge": (document({"vlans": [5]}), moved(document({"vlans": [5]}), "br1")),
    "another default": (document({"vlans": [PVID, 5]}), document({"vlans": [PVID, 5]}, vlan_default_pvid=9)),
    "the default goes": (document({"vlans": [PVID, 5]}), document({"vlans": [5]}, vlan_default_pvid=0)),
    "the bridge is made again": (
        document({"vlans": [5]}, own=[6], vlan_stats_per_port="off"),
        document({"vlans": [5]}, own=[6], vlan_stats_per_port="on"),
    ),
}


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


@needs_vlans
@pytest.mark.parametrize("case", CASES)
def test_vlans(case, subject):
    first, second = CASES[case]
    subject.apply(first)
    assert subject.plan(first) == {}
    before = shown()
    check(first)
    subject.apply(second)
    assert subject.plan(second) == {}
    check(second)
    subject.rollback()
    assert differences(before, shown()) == []
    subject.rollback(to=0)
    assert shown() == {}


@needs_vlans
@pytest.mark.parametrize("case", CASES)
def test_commands(case, netns, tmp_path):
    def seen(subject):
        return shown(), subject.capture()["interfaces"]["v0"].get("bridge_port")

    applied, typed = both_ways(CASES[case], tmp_path, seen)
    assert applied == typed


@needs_vlans
def test_of_others(subject):
    """What isn't mentioned stays, also where its bridge is made again."""
    wanted = document(vlan_stats_per_port="off")
    subject.apply(wanted)
    run("bridge vlan add dev v0 vid 7 pvid\nbridge vlan add dev br0 vid 8-9 self")
    before = shown()
    assert subject.plan(wanted) == {}
    subject.apply(document(vlan_stats_per_port="on"))
    assert differences(before, shown()) == []


@needs_vlans
def test_captured(netns, tmp_path):
    ports = {**TUNNELS, "vlans": [PVID, {"id": "20-22", "tunnel_id": 200}, {"id": 30, "untagged": "on"}]}
    with namespaces.fresh():
        quiet()
        here = Subject(tmp_path / "here")
        here.apply(document(ports, own=["10-20"]))
        captured = here.capture()
        assert here.plan(captured) == {}
        there = shown()
    with namespaces.fresh():
        quiet()
        Subject(tmp_path / "there").apply(captured)
        assert differences(there, shown()) == []


def test_a_kernel_that_knows_none(subject):
    if LinuxKernel().refuses_bridge_vlans():
        with pytest.raises(DiagnosedError) as refused:
            subject.apply({"netconf": 1, "interfaces": {"b0": {"kind": "bridge", "bridge": {"vlans": [5]}}}})
        assert [finding.code for finding in refused.value.diagnostics] == ["NC6911"]
    else:
        subject.apply({"netconf": 1, "interfaces": {"b0": {"kind": "bridge", "bridge": {"vlans": [5]}}}})
        assert shown()["b0"] == {5: []}


def check(wanted):
    for name, link in wanted["interfaces"].items():
        for section in ("bridge", "bridge_port"):
            entries = link.get(section, {}).get("vlans")
            if entries is not None:
                assert shown().get(name, {}) == expected(entries)


def expected(entries):
    found = {}
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {"id": entry}
        first, _, last = str(entry["id"]).partition("-")
        for place, vid in enumerate(range(int(first), int(last or first) + 1)):
            words = [
                word for word, said in (("PVID", "pvid"), ("Egress Untagged", "untagged")) if said in entry
            ]
            tunnel = [f"tunnel {entry['tunnel_id'] + place}"] if "tunnel_id" in entry else []
            found[vid] = words + tunnel
    return found


def shown():
    """{link: {VLAN: its flags}} of links that have some."""
    found = {}
    for link in bridge("vlan show"):
        for vlan in link.get("vlans", []):
            for vid in range(vlan["vlan"], vlan.get("vlanEnd", vlan["vlan"]) + 1):
                found.setdefault(link["ifname"], {})[vid] = list(vlan.get("flags", []))
    for link in bridge("vlan tunnelshow"):
        for vlan in link.get("tunnels", []):
            for place, vid in enumerate(range(vlan["vlan"], vlan.get("vlanEnd", vlan["vlan"]) + 1)):
                found[link["ifname"]][vid].append(f"tunnel {vlan['tunid'] + place}")
    return found


def bridge(words):
    done = subprocess.run(["bridge", "-j", *words.split()], check=True, text=True, capture_output=True)
    return json.loads(done.stdout or "[]")


def run(lines):
    subprocess.run(["sh", "-e"], input=lines, text=True, check=True)
