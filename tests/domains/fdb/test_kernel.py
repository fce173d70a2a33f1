"""What the kernel does to entries by itself, and that one apply and one rollback bring all of them back."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError

A, B, C = (f"02:00:00:00:00:{number:02x}" for number in (10, 11, 12))
ZERO = "00:00:00:00:00:00"


def run(command):
    subprocess.run(command.split(), check=True)


def entries(command="bridge fdb show"):
    """(address, link, where) of those that stay, without those of links."""
    own = {link.get("address") for link in ip_json("link show")}
    return {
        (row["mac"], row["ifname"], row.get("dst") or row.get("nhid") or row.get("master"))
        for row in ip_json(command)
        if row.get("state") in ("static", "permanent")
        and not ("master" in row and row["mac"] in own)
        and row.keys() & {"dst", "nhid", "master"}
    }


def links(**fields):
    return {
        "b0": {"kind": "bridge"},
        "b1": {"kind": "bridge"},
        "v0": {"kind": "veth", "veth": {"peer": "v1"}, "master": "b0", **fields},
        "v1": {"state": "up"},
    }


def external(fdb, **fields):
    vnis = [7, {"vni": 8, "remote": "192.0.2.9"}]
    made = {"external": "on", "vnifilter": "on", "port": 4790, "vnis": vnis, **fields}
    return {"x1": {"kind": "vxlan", "vxlan": made, "fdb": fdb}}


def vxlan(fdb, **options):
    return {"x0": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4789, **options}, "fdb": fdb}}


def document(interfaces, **sections):
    return {"netconf": 1, "interfaces": interfaces, **sections}


def codes(subject, wanted):
    with pytest.raises(DiagnosedError) as caught:
        subject.apply(wanted)
    return [finding.code for finding in caught.value.diagnostics]


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


def test_what_is_not_ours_to_manage_stays(subject):
    """Learnt, dynamic and a program's entries, and the addresses of the bridge and its ports."""
    subject.apply(document(links(fdb=[{"lladdr": A}])))
    run(f"bridge fdb add {B} dev v0 master dynamic")
    run(f"bridge fdb add {C} dev v0 master static extern_learn")
    before = ip_json("bridge fdb show")
    assert subject.plan(document(links(fdb=[{"lladdr": A}]))) == {}
    assert subject.plan(document(links(fdb=[]))) == {f"fdb[v0 {A}]": "delete"}
    assert subject.capture()["interfaces"]["v0"]["fdb"] == [{"lladdr": A}]
    assert "fdb" not in subject.capture()["interfaces"]["b0"]
    assert ip_json("bridge fdb show") == before


def test_one_made_by_hand_is_left_or_taken_over(subject):
    subject.apply(document(links()))
    run(f"bridge fdb add {A} dev v0 master static")
    assert subject.plan(document(links())) == {}
    assert subject.plan(document(links(fdb=[{"lladdr": A}]))) == {}
    subject.apply(document(links(fdb=[{"lladdr": A}, {"lladdr": B}])))
    subject.apply(document(links()))
    assert entries() == {(A, "v0", "b0")}


def test_what_was_learnt_gives_way_and_the_list_of_another_port_takes_it(subject):
    both = {**links(fdb=[{"lladdr": A}]), "w0": {"kind": "ifb", "master": "b0"}}
    subject.apply(document(both))
    run(f"bridge fdb add {B} dev w0 master dynamic")
    moved = {**links(fdb=[{"lladdr": B}]), "w0": {"kind": "ifb", "master": "b0", "fdb": [{"lladdr": A}]}}
    subject.apply(document(moved))
    assert entries() == {(A, "w0", "b0"), (B, "v0", "b0")}
    subject.rollback()
    assert entries() == {(A, "v0", "b0")}


def test_taken_from_a_port_without_a_list(subject):
    """It's somebody's, and comes back with a rollback."""
    interfaces = {**links(), "w0": {"kind": "ifb", "master": "b0"}}
    subject.apply(document(interfaces))
    run(f"bridge fdb add {A} dev w0 master static")
    subject.apply(document({**interfaces, **links(fdb=[{"lladdr": A}])}))
    assert entries() == {(A, "v0", "b0")}
    subject.rollback()
    assert entries() == {(A, "w0", "b0")}
    interfaces["w0"]["fdb"] = [{"lladdr": A}]
    assert codes(subject, document({**interfaces, **links(fdb=[{"lladdr": A}])})) == ["NC3133"]


def test_with_the_port(subject):
    """Another bridge, a new link and a new bridge: those made by hand come along."""
    start = document(links(fdb=[{"lladdr": A, "sticky": "on"}]))
    subject.apply(start)
    run(f"bridge fdb add {B} dev b0 self permanent")
    run(f"bridge fdb add {C} dev v0 master static")
    first = snapshot()
    wanted = [{"lladdr": A, "sticky": "on"}, {"lladdr": C}]
    elsewhere = links(fdb=wanted)
    elsewhere["v0"]["master"] = "b1"
    subject.apply(document(elsewhere))
    assert entries() == {(A, "v0", "b1"), (C, "v0", "b1"), (B, "b0", "b0")}
    subject.rollback()
    assert differences(first, snapshot()) == []
    again = links(fdb=[{"lladdr": A}])
    again["v0"] = {"kind": "ifb", "master": "b0", "fdb": [{"lladdr": A}, {"lladdr": C}]}
    del again["v1"]
    subject.apply(document(again))
    assert entries() == {(A, "v0", "b0"), (C, "v0", "b0"), (B, "b0", "b0")}


def test_a_vxlan_made_again_has_its_entries(subject):
    fdb = [{"lladdr": ZERO, "dst": "192.0.2.8"}, {"lladdr": ZERO, "dst": "192.0.2.9"}]
    fdb += [{"lladdr": A, "nhid": 10}]
    nexthops = {"1": {"via": "192.0.2.1", "fdb": "on"}, "10": {"group": {"1": 1}, "fdb": "on"}}
    subject.apply(document(vxlan(fdb), nexthops=nexthops))
    first = snapshot()
    there = {(ZERO, "x0", "192.0.2.8"), (ZERO, "x0", "192.0.2.9"), (A, "x0", 10)}
    assert entries() == there
    subject.apply(document(vxlan(fdb, id=6), nexthops=nexthops))
    assert entries() == there
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_entries_by_hand_survive_their_vxlan(subject):
    made = {"x0": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4789}}}
    subject.apply(document(made))
    run("bridge fdb append 00:00:00:00:00:00 dev x0 dst 192.0.2.8")
    run("bridge fdb append 00:00:00:00:00:00 dev x0 dst 192.0.2.9 port 4790 vni 7")
    run(f"bridge fdb add {A} dev x0 dst 192.0.2.9 static router")
    before = snapshot()["fdb"]
    made["x0"]["vxlan"] = {"id": 6, "port": 4789}
    subject.apply(document(made))
    assert snapshot()["fdb"] == before


def test_a_remote_is_no_entry_of_ours(subject):
    fdb = [{"lladdr": ZERO, "dst": "192.0.2.8"}]
    wanted = document(vxlan(fdb, remote="192.0.2.9"))
    subject.apply(wanted)
    assert entries() == {(ZERO, "x0", "192.0.2.8"), (ZERO, "x0", "192.0.2.9")}
    assert subject.plan(wanted) == {}
    assert subject.capture()["interfaces"]["x0"]["fdb"] == fdb
    fdb.append({"lladdr": ZERO, "dst": "192.0.2.9"})
    assert codes(subject, wanted) == ["NC3130"]


def test_external_vxlans_have_entries_of_many_networks(subject):
    """Each by its src_vni."""
    run("ip link add x0 type vxlan external dstport 4789")
    first = [{"lladdr": A, "src_vni": 5, "dst": "192.0.2.9"}, {"lladdr": A, "src_vni": 6, "dst": "192.0.2.8"}]
    subject.apply(document({"x0": {"fdb": first}}))
    shown = {(row["mac"], row["src_vni"], row["dst"]) for row in ip_json("bridge fdb show dev x0")}
    assert shown == {(A, 5, "192.0.2.9"), (A, 6, "192.0.2.8")}
    assert subject.capture()["interfaces"]["x0"]["fdb"] == first
    subject.apply(document({"x0": {"fdb": [{"lladdr": A, "src_vni": 5, "dst": "192.0.2.7"}]}}))
    assert entries() == {(A, "x0", "192.0.2.7")}
    subject.rollback()
    assert entries() == {(A, "x0", "192.0.2.9"), (A, "x0", "192.0.2.8")}


def test_external_vxlans_are_made_with_their_entries(subject):
    """They come back with a link that is made again, those of the VNIs' own remotes apart."""
    entries_of = [
        {"lladdr": A, "src_vni": 5, "dst": "192.0.2.9", "vni": 7},
        {"lladdr": A, "src_vni": 6, "dst": "192.0.2.8"},
        {"lladdr": ZERO, "src_vni": 6, "vni": 6, "dst": "192.0.2.7"},
    ]
    made = {
        "external": "on",
        "vnifilter": "on",
        "port": 4789,
        "vnis": ["5-6", {"vni": 8, "remote": "2001:db8::8"}],
    }
    interfaces = {"x0": {"kind": "vxlan", "vxlan": made, "fdb": entries_of}}
    subject.apply(document(interfaces))
    assert subject.plan(document(interfaces)) == {}
    assert subject.capture()["interfaces"]["x0"]["fdb"] == sorted(entries_of, key=lambda one: one["lladdr"])
    first = snapshot()
    shown = {
        (row["mac"], row["src_vni"], row["dst"], row.get("vni")) for row in ip_json("bridge fdb show dev x0")
    }
    own = (ZERO, 8, "2001:db8::8", 8)
    assert shown == {
        own,
        *((one["lladdr"], one["src_vni"], one["dst"], one.get("vni")) for one in entries_of),
    }
    interfaces["x0"]["vxlan"] = {**made, "port": 4790}
    subject.apply(document(interfaces))
    assert [row["fdb"] for row in (first, snapshot())][1] == first["fdb"]
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_what_the_kernel_would_refuse_or_ignore(subject):
    subject.apply(document({**links(), "i0": {"kind": "ifb"}}))
    mac = ip_json("link show dev v0")[0]["address"]
    to = {"lladdr": A, "dst": "192.0.2.9"}
    for interfaces, expected in (
        ({"i0": {"fdb": [to]}}, "NC3125"),
        ({"i0": {"fdb": [{"lladdr": A}]}}, "NC3121"),
        (links(fdb=[{"lladdr": mac}]), "NC3122"),
        ({**links(), "b0": {"kind": "bridge", "fdb": [{"lladdr": A, "state": "static"}]}}, "NC3123"),
        (vxlan([{**to, "src_vni": 5}]), "NC3126"),
        (vxlan([{**to, "port": 4789}]), "NC3127"),
        (vxlan([{**to, "vni": 5}]), "NC3127"),
        (external([{**to, "src_vni": 8, "dst": "2001:db8::9"}]), "NC3129"),
        (external([{**to, "lladdr": ZERO, "src_vni": 8, "vni": 8}]), "NC3130"),
        (external([{**to, "lladdr": ZERO, "src_vni": 7, "vni": 7}], remote="192.0.2.9"), "NC3130"),
        (vxlan([{**to, "via": "i9"}]), "NC3128"),
        (vxlan([{**to, "dst": "2001:db8::9"}]), "NC3129"),
        (vxlan([to], local="2001:db8::1"), "NC3129"),
        (vxlan([{"lladdr": A, "nhid": 7}]), "NC3131"),
        ({**vxlan([{"lladdr": A, "nhid": 1}]), "lo": {"state": "up"}}, "NC3132"),
    ):
        wanted = document(interfaces, nexthops={"1": {"via": "192.0.2.1", "fdb": "on"}})
        assert codes(subject, wanted) == [expected], interfaces


@pytest.mark.needs("bridge:vlan_filtering")
def test_vlans_that_come_and_go(subject):
    """Without vlan an entry is in all the port has; in one that the port loses it's never deleted."""

    def wanted(vlans, fdb, **more):
        return document(links(bridge_port={"vlans": vlans}, fdb=fdb), **more)

    def shown(mac):
        return {row.get("vlan") for row in ip_json("bridge fdb show dev v0") if row["mac"] == mac}

    everywhere = [{"lladdr": A}, {"lladdr": B, "vlan": 10}]
    subject.apply(wanted([10, 20], everywhere))
    assert (shown(A), shown(B)) == ({None, 10, 20}, {10})
    assert subject.plan(wanted([10, 20], everywhere)) == {}
    assert subject.capture()["interfaces"]["v0"]["fdb"] == everywhere
    subject.apply(wanted([10, 30], everywhere))
    assert shown(A) == {None, 10, 30}
    assert subject.plan(wanted([10, 30], everywhere)) == {}
    subject.apply(wanted([30], [{"lladdr": A}]))
    assert subject.plan(wanted([30], [{"lladdr": A}])) == {}
    subject.rollback()
    assert (subject.plan(wanted([10, 30], everywhere)), shown(B)) == ({}, {10})
    assert codes(subject, wanted([30], [{"lladdr": A, "vlan": 10}])) == ["NC3124"]
    plain = document(links(fdb=[{"lladdr": A}]))
    subject.apply(plain)
    run("bridge vlan add vid 40 dev v0")
    assert subject.plan(plain) == {f"fdb[v0 {A}]": "update"}
    subject.apply(plain)
    assert shown(A) == {None, 10, 30, 40}


@pytest.mark.needs("bridge:vlan_filtering")
def test_an_entry_by_hand_loses_a_vlan(subject):
    both, one = (document(links(bridge_port={"vlans": vlans})) for vlans in ([10, 20], [10]))
    subject.apply(both)
    run(f"bridge fdb add {A} dev v0 master static")
    run(f"bridge fdb add {B} dev v0 master static vlan 20")
    first = snapshot()
    subject.apply(one)
    assert {row.get("vlan") for row in ip_json("bridge fdb show dev v0") if row["mac"] in (A, B)} == {
        None,
        10,
    }
    subject.rollback()
    assert differences(first, snapshot()) == []
