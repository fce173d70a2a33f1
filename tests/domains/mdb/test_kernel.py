"""What the kernel does to groups by itself, and that one apply and one rollback bring all of them back."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

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


def test_filters_of_others_come_back_with_their_port(subject):
    """iproute2 6.1 has no words for them, a kernel before 6.3 has none at all. Only with IGMPv3 are they told."""
    third = {"bridge": {"mcast_igmp_version": 3}}
    subject.apply(document([GROUP], bridge=third))
    rtnl = linux.system().rtnl
    row = MdbRow(
        rtnl.ifindex("b0"), rtnl.ifindex("v0"), OTHER, include=True, sources=("192.0.2.1", "192.0.2.2")
    )
    if rtnl.send([MdbRequest("create", row)]) != [None]:
        return
    assert subject.plan(document([GROUP], bridge=third)) == {}
    assert subject.capture()["interfaces"]["v0"]["mdb"] == [{"group": GROUP}]
    first = snapshot()
    subject.apply(document([GROUP], bridge=third, v0={"kind": "ifb", "master": "b0"}, v1={"kind": "ifb"}))
    (found,) = (one for one in rtnl.mdb() if one.group == OTHER and not one.source)
    assert (found.include, found.sources) == (row.include, row.sources)
    subject.rollback()
    assert differences(first, snapshot()) == []


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
