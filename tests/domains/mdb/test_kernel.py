"""What the kernel does to groups by itself, and that one apply and one rollback bring all of them back."""

from __future__ import annotations

import itertools
import os
import subprocess

import pytest
from contract.snapshot import differences, ip_json, ip_text, quiet, snapshot
from contract.subject import Subject
from lab.emulated import IPROUTE2

from netconf.core.errors import DiagnosedError
from netconf.system import linux
from netconf.system.ports import MdbRequest, MdbRow

GROUP, OTHER = "239.1.1.1", "239.1.1.2"


def run(command):
    subprocess.run(command.split(), check=True)


def groups():
    """(group, port, bridge) of those that stay."""
    return {
        (row["grp"], row["port"], row["dev"])
        for table in ip_json("bridge mdb show")
        for row in table["mdb"]
        if row["state"] == "permanent"
    }


def joined():
    """All entries but those of the link-local groups that the kernel joins itself once a link is up."""
    return [
        row
        for table in ip_json("bridge mdb show")
        for row in table["mdb"]
        if not row["grp"].startswith("ff02::")
    ]


def document(mdb=None, bridge=None, master="b0", **more):
    port = {"kind": "veth", "veth": {"peer": "v1"}, "master": master}
    port |= {} if mdb is None else {"mdb": [{"group": group} for group in mdb]}
    bridges = {"b0": {"kind": "bridge", **(bridge or {})}, "b1": {"kind": "bridge"}}
    return {"netconf": 1, "interfaces": {**bridges, "v0": port, "v1": {"state": "up"}, **more}}


def codes(subject, wanted):
    with pytest.raises(DiagnosedError) as caught:
        subject.apply(wanted)
    return [finding.code for finding in caught.value.diagnostics]


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


def test_what_ports_have_joined_stays(subject):
    subject.apply(document([GROUP]))
    run("bridge mdb add dev b0 port v0 grp 239.1.1.3")
    run("bridge mdb add dev b0 port b0 grp 239.1.1.4")
    before = joined()
    assert subject.plan(document([GROUP])) == {}
    assert subject.plan(document([])) == {f"mdb[v0 {GROUP}]": "delete"}
    assert subject.capture()["interfaces"]["v0"]["mdb"] == [{"group": GROUP}]
    assert "mdb" not in subject.capture()["interfaces"]["b0"]
    assert joined() == before


def test_one_it_has_joined_by_itself_gives_way(subject):
    subject.apply(document([GROUP]))
    run(f"bridge mdb add dev b0 port v0 grp {OTHER}")
    subject.apply(document([GROUP, OTHER]))
    assert groups() == {(GROUP, "v0", "b0"), (OTHER, "v0", "b0")}


def test_one_made_by_hand_is_left_or_taken_over(subject):
    subject.apply(document())
    run(f"bridge mdb add dev b0 port v0 grp {GROUP} permanent")
    assert subject.plan(document()) == {}
    assert subject.plan(document([GROUP])) == {}
    subject.apply(document([GROUP, OTHER]))
    subject.apply(document())
    assert groups() == {(GROUP, "v0", "b0")}


def test_with_the_port(subject):
    subject.apply(document([GROUP]))
    run(f"bridge mdb add dev b0 port v0 grp {OTHER} permanent")
    first = snapshot()
    subject.apply(document([GROUP, OTHER], master="b1"))
    assert groups() == {(GROUP, "v0", "b1"), (OTHER, "v0", "b1")}
    subject.rollback()
    assert differences(first, snapshot()) == []
    again = document([GROUP])
    again["interfaces"]["v0"] = {"kind": "ifb", "master": "b0", "mdb": [{"group": GROUP}, {"group": OTHER}]}
    del again["interfaces"]["v1"]
    subject.apply(again)
    assert groups() == {(GROUP, "v0", "b0"), (OTHER, "v0", "b0")}
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_bridges_that_are_down(subject):
    """What is there stays, and nothing can be changed."""
    subject.apply(document([GROUP]))
    run(f"bridge mdb add dev b0 port v0 grp {OTHER} permanent")
    first = snapshot()
    down = {"state": "down"}
    assert codes(subject, document([GROUP], bridge=down)) == ["NC3222"]
    subject.apply(document(bridge=down))
    assert groups() == {(OTHER, "v0", "b0")}
    assert codes(subject, document([], bridge=down)) == ["NC3222"]
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_a_bridge_that_goes_up_for_its_groups(subject):
    subject.apply(document(bridge={"state": "down"}))
    first = snapshot()
    subject.apply(document([GROUP]))
    assert groups() == {(GROUP, "v0", "b0")}
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_what_the_kernel_would_refuse_or_ignore(subject):
    off = {"bridge": {"mcast_snooping": "off"}}
    group = {"mdb": [{"group": GROUP}]}
    tagged = document()
    tagged["interfaces"]["v0"]["mdb"] = [{"group": GROUP, "vlan": 10}]
    for wanted, expected in (
        (document([GROUP], bridge=off), "NC3223"),
        (document(bridge=group), "NC3221"),
        (document(i0={"kind": "ifb", **group}), "NC3221"),
        (tagged, "NC3225"),
    ):
        assert codes(subject, wanted) == [expected], wanted


THIRD = {"bridge": {"mcast_igmp_version": 3}}
ALL = {"group": GROUP}
FILTER = {"group": OTHER, "filter_mode": "include", "source_list": ["192.0.2.1", "192.0.2.2"], "protocol": 11}


def filtered(*entries, bridge=THIRD, **more):
    found = document(bridge=bridge, **more)
    found["interfaces"]["v0"]["mdb"] = list(entries)
    return found


def test_filters_come_back_with_their_port(subject):
    """Also those of others, which are captured as they'd be written."""
    subject.apply(filtered(ALL))
    rtnl = linux.system().rtnl
    row = MdbRow(rtnl.ifindex("b0"), rtnl.ifindex("v0"), OTHER, 0, "", True, ("192.0.2.1", "192.0.2.2"), 11)
    assert rtnl.send([MdbRequest("create", row)]) == [None]
    assert subject.plan(document(bridge=THIRD)) == {f"mdb[v0 {GROUP}]": "delete"}
    assert subject.plan(filtered(ALL, FILTER)) == {}
    assert subject.capture()["interfaces"]["v0"]["mdb"] == [ALL, FILTER]
    first = snapshot()
    again = filtered(ALL, FILTER)
    again["interfaces"]["v0"] = {**again["interfaces"]["v0"], "kind": "ifb"}
    del again["interfaces"]["v0"]["veth"], again["interfaces"]["v1"]
    subject.apply(again)
    assert subject.capture()["interfaces"]["v0"]["mdb"] == [ALL, FILTER]
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_a_sender_of_its_own_or_in_a_list(subject):
    """The kernel has one entry of it, so one goes before the other comes."""
    alone = [{"group": OTHER, "source": source} for source in FILTER["source_list"]]
    states = (filtered(ALL, *alone), filtered(ALL, FILTER), filtered(ALL, {"group": OTHER}, alone[1]))
    for wanted, following in itertools.permutations(states, 2):
        subject.apply(wanted)
        first = snapshot()
        subject.apply(following)
        assert subject.plan(following) == {}
        subject.rollback()
        assert differences(first, snapshot()) == []


def test_bridges_that_mind_no_filters(subject):
    """They keep them, and don't tell."""
    assert codes(subject, filtered(ALL, FILTER, bridge={})) == ["NC3227"]
    second = {"bridge": {"mcast_igmp_version": 3, "mcast_mld_version": 1}}
    ipv6 = {"group": "ff0e::1", "filter_mode": "exclude", "source_list": ["2001:db8::1"]}
    assert codes(subject, filtered(FILTER, ipv6, bridge=second)) == ["NC3227"]


def test_commands_of_filters(subject, tmp_path):
    """By an iproute2 that has the words, from 6.3 on."""
    path = {"PATH": f"{IPROUTE2 / 'bin'}:{IPROUTE2 / 'sbin'}:{os.environ['PATH']}"}
    changed = {**FILTER, "filter_mode": "exclude", "source_list": ["192.0.2.9"]}
    for wanted in (filtered(ALL, FILTER), filtered({**ALL, "protocol": 99}, changed)):
        lines = subject.commands(wanted)
        subprocess.run("\n".join(["set -e", *lines]), shell=True, check=True, env={**os.environ, **path})
        assert subject.plan(wanted) == {}
    assert any("bridge mdb replace" in line for line in lines)


@pytest.mark.needs("bridge:vlan_filtering")
def test_a_kernel_without_filters(subject):
    """Refused before anything is done; a kernel that has them does it. Which it is, another program says."""
    attempt = "bridge mdb add dev b0 port v0 grp 239.9.9.9 permanent proto zebra"
    subject.apply(document(bridge=THIRD))
    path = {"PATH": f"{IPROUTE2 / 'sbin'}:{os.environ['PATH']}"}
    subprocess.run(attempt.split(), check=False, env={**os.environ, **path})
    known = "proto zebra" in ip_text("bridge mdb show")
    before = snapshot()
    for entry in (FILTER, {"group": OTHER, "protocol": 99}):
        if known:
            subject.apply(filtered(entry))
        else:
            assert codes(subject, filtered(entry)) == ["NC6915"]
            assert differences(before, snapshot()) == []


@pytest.mark.needs("bridge:vlan_filtering")
def test_vlans(subject):
    def wanted(vlans, *tagged):
        found = document(bridge={"bridge": {"vlan_filtering": "on"}})
        found["interfaces"]["v0"] |= {
            "bridge_port": {"vlans": vlans},
            "mdb": [{"group": GROUP, "vlan": vlan} if vlan else {"group": GROUP} for vlan in tagged],
        }
        return found

    subject.apply(wanted([10, 20], 10, 20))
    first = snapshot()
    assert codes(subject, wanted([10, 20], None)) == ["NC3224"]
    assert codes(subject, wanted([10], 10, 20)) == ["NC3226"]
    subject.apply(wanted([10], 10))
    assert [row["vid"] for row in ip_json("bridge mdb show")[0]["mdb"] if row["grp"] == GROUP] == [10]
    subject.rollback()
    assert differences(first, snapshot()) == []
