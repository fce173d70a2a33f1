"""What the kernel drops nexthops with, and that one apply and one rollback bring all of it back."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject


def ip(words):
    subprocess.run(["ip", *words.split()], check=True)


def links(**fields):
    pair = {"kind": "veth", "veth": {"peer": "v1"}, "addresses": ["192.0.2.1/24", "2001:db8::1/64"]}
    other = {"kind": "veth", "veth": {"peer": "w1"}, "addresses": ["198.51.100.1/24"]}
    up = {"state": "up"}
    return {"v0": {**pair, **fields}, "v1": up, "w0": other, "w1": up, "lo": up}


NEXTHOPS = {
    "1": {"via": "192.0.2.9"},
    "2": {"via": "198.51.100.9"},
    "3": {"via": "2001:db8::9", "dev": "v0"},
    "4": {"blackhole": "on"},
    "10": {"group": {"1": 3, "2": 1}},
    "11": {"group": {"1": 1}},
    "20": {"group": {"1": 1, "2": 1}, "buckets": 16},
}
ROUTES = [
    {"to": "10.0.0.0/8", "nexthop": 10},
    {"to": "10.1.0.0/16", "nexthop": 11, "mtu": 1400},
    {"to": "10.2.0.0/16", "nexthop": 20},
    {"to": "10.4.0.0/16", "nexthop": 4},
    {"to": "2001:db8:8::/48", "nexthop": 3},
]


def document(**fields):
    return {"netconf": 1, "interfaces": links(**fields), "nexthops": NEXTHOPS, "routes": ROUTES}


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


def ours():
    nexthops = {row["id"] for row in ip_json("nexthop show") if row.get("protocol") == "110"}
    return nexthops, {row["dst"] for row in ip_json("route show") if "nhid" in row}


ALL = ({1, 2, 3, 4, 10, 11, 20}, {"10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.4.0.0/16"})


def made_again(subject):
    """A document that makes v0 again: as the lower link of nothing, of another kind."""
    changed = document(kind="ifb")
    del changed["interfaces"]["v0"]["veth"], changed["interfaces"]["v1"]
    changed["interfaces"]["v1"] = {"state": "absent"}
    return changed


def foreign():
    ip("nexthop add id 51 via 192.0.2.8 dev v0 protocol zebra")
    ip("nexthop add id 52 via 198.51.100.8 dev w0 protocol zebra")
    ip("nexthop add id 60 group 51/52,2 protocol zebra")
    ip("nexthop add id 61 group 51 type resilient buckets 8 protocol zebra")
    ip("route add 172.16.0.0/16 nhid 60 proto zebra")
    ip("route add 172.17.0.0/16 nhid 61 proto zebra metric 20 mtu 1300")
    ip("route add 172.18.0.0/16 nhid 51 proto zebra table 100")


def test_all_comes_back_with_a_link_made_again(subject):
    subject.apply(document())
    foreign()
    before = snapshot()
    changed = made_again(subject)
    subject.apply(changed)
    assert ours() == (ALL[0], ALL[1] | {"172.16.0.0/16", "172.17.0.0/16"})
    shown = {row["id"]: row for row in ip_json("nexthop show")}
    assert [(m["id"], m.get("weight", 1)) for m in shown[60]["group"]] == [(51, 1), (52, 2)]
    assert shown[61]["resilient_args"]["buckets"] == 8
    assert len(ip_json("route show table 100")) == 1
    assert subject.plan(changed) == {}
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_a_group_outlives_one_of_its_links(subject):
    """The kernel leaves what has a link; the plan says so, and the way back is exact."""
    subject.apply(document())
    foreign()
    before = snapshot()
    interfaces = links(state="down", addresses=[])
    left = {"2": NEXTHOPS["2"], "10": {"group": {"2": 1}}}
    changed = {"netconf": 1, "interfaces": interfaces, "nexthops": left, "routes": ROUTES[:1]}
    subject.apply(changed)
    assert subject.plan(changed) == {}
    shown = {row["id"]: row for row in ip_json("nexthop show")}
    assert sorted(shown) == [2, 10, 52, 60]
    assert {row["dst"] for row in ip_json("route show") if "nhid" in row} == {"10.0.0.0/8", "172.16.0.0/16"}
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_the_far_end_of_a_veth_takes_the_carrier(subject):
    subject.apply({"netconf": 1, "interfaces": links()})
    foreign()
    before = snapshot()
    interfaces = {**links(), "v1": {"state": "down"}}
    subject.apply({"netconf": 1, "interfaces": interfaces})
    assert [row["id"] for row in ip_json("nexthop show")] == [52, 60]
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_lost_with_a_carrier_they_are_drift(subject):
    subject.apply(document())
    before = snapshot()
    ip("link set v1 down")
    snapshot()
    ip("link set v1 up")
    assert ours() != ALL
    assert set(subject.plan(document()).values()) == {"create", "update"}
    subject.apply(document())
    assert differences(before, snapshot()) == []


KINDS = {
    "another family": {"1": {"via": "2001:db8::8", "dev": "v0"}},
    "a group of a group's kind": {"20": {"group": {"1": 1, "2": 1}}},
    "other buckets": {"20": {"group": {"1": 1, "2": 1}, "buckets": 32}},
    "a next hop of a group": {"10": {"via": "198.51.100.7"}},
    "a group of a next hop": {"4": {"group": {"2": 1}}},
    "a blackhole of a member": {
        "1": {"blackhole": "on"},
        "10": {"group": {"2": 1}},
        "20": {"group": {"2": 1}},
    },
    "a member of two and another kind": {
        "2": {"via": "2001:db8::7", "dev": "v0"},
        "20": {"group": {"1": 1, "2": 1}},
    },
    "another link": {"1": {"via": "198.51.100.8", "dev": "w0"}},
    "no members": {"10": {"group": {"11": 1}}, "11": {"dev": "w0"}, "1": {"dev": "v0"}, "2": {"dev": "v0"}},
}


@pytest.mark.parametrize("change", KINDS.values(), ids=KINDS)
def test_what_cannot_be_changed_is_made_again(subject, change):
    subject.apply(document())
    before = snapshot()
    changed = {**document(), "nexthops": {**NEXTHOPS, **change}}
    subject.apply(changed)
    assert ours()[1] == ALL[1]
    assert subject.plan(changed) == {}
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_groups_with_members_of_others_go_alone(subject):
    subject.apply({"netconf": 1, "interfaces": links()})
    foreign()
    before = snapshot()
    nexthops = {"1": {"via": "192.0.2.9"}, "10": {"group": {"1": 1, "52": 1}}}
    routes = [{"to": "10.0.0.0/8", "nexthop": 10}, {"to": "10.1.0.0/16", "nexthop": 60}]
    subject.apply({"netconf": 1, "interfaces": links(), "nexthops": nexthops, "routes": routes})
    subject.apply({"netconf": 1, "interfaces": links(), "nexthops": {}, "routes": []})
    assert differences(before, snapshot()) == []


def test_one_made_by_hand_is_taken_over(subject):
    subject.apply({"netconf": 1, "interfaces": links()})
    ip("nexthop add id 1 via 192.0.2.7 dev v0 protocol static")
    ip("route add 172.16.0.0/16 nhid 1 proto zebra")
    before = snapshot()
    changed = {"netconf": 1, "interfaces": links(), "nexthops": {"1": {"via": "192.0.2.9"}}}
    assert subject.plan(changed) == {"nexthop[1]": "update"}
    subject.apply(changed)
    (row,) = ip_json("nexthop show")
    assert (row["gateway"], row["protocol"]) == ("192.0.2.9", "static")
    assert len(ip_json("route show 172.16.0.0/16")) == 1
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_routes_move_between_own_hops_and_nexthops(subject):
    subject.apply(document())
    before = snapshot()
    routes = [
        {"to": "10.0.0.0/8", "nexthops": [{"via": "192.0.2.9"}, {"via": "198.51.100.9"}]},
        {"to": "10.1.0.0/16", "via": "192.0.2.9"},
        {"to": "10.4.0.0/16", "kind": "blackhole"},
        {"to": "2001:db8:8::/48", "via": "2001:db8::9"},
    ]
    changed = {"netconf": 1, "interfaces": links(), "nexthops": {}, "routes": routes}
    subject.apply(changed)
    assert subject.plan(changed) == {}
    assert ours() == (set(), set())
    subject.rollback()
    assert differences(before, snapshot()) == []


@pytest.mark.needs("link:vlan")
def test_the_lower_link_of_a_vlan_takes_the_carrier(subject):
    vlan = {"kind": "vlan", "vlan": {"parent": "v0", "id": 10}, "addresses": ["203.0.113.1/24"]}
    base = {**links(), "t0": vlan}
    nexthops = {**NEXTHOPS, "5": {"via": "203.0.113.9"}, "10": {"group": {"2": 1, "5": 1}}}
    subject.apply({"netconf": 1, "interfaces": base, "nexthops": nexthops, "routes": ROUTES})
    before = snapshot()
    changed = {**base, "t0": {**vlan, "vlan": {"parent": "w0", "id": 10}}}
    again = {"netconf": 1, "interfaces": changed, "nexthops": nexthops, "routes": ROUTES}
    subject.apply(again)
    assert ours() == (ALL[0] | {5}, ALL[1])
    assert subject.plan(again) == {}
    subject.rollback()
    assert differences(before, snapshot()) == []
    down = {
        **base,
        "v0": {"state": "down", "addresses": []},
        "t0": {**vlan, "state": "down", "addresses": []},
    }
    left = {"2": NEXTHOPS["2"], "4": NEXTHOPS["4"], "10": {"group": {"2": 1}}}
    subject.apply({"netconf": 1, "interfaces": down, "nexthops": left, "routes": [ROUTES[0], ROUTES[3]]})
    assert ours() == ({2, 4, 10}, {"10.0.0.0/8", "10.4.0.0/16"})
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_within_a_network_namespace(named_namespaces, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    inside = {"interfaces": links(), "nexthops": NEXTHOPS, "routes": ROUTES}
    changed = {**inside, "nexthops": {**NEXTHOPS, "10": {"via": "198.51.100.7"}, "20": {"group": {"2": 1}}}}
    subject.apply({"netconf": 1, "netns": {"nexthops": inside}})
    subject.apply({"netconf": 1, "netns": {"nexthops": changed}})
    shown = {row["id"]: row for row in ip_json("-n nexthops nexthop show")}
    assert shown[10]["gateway"] == "198.51.100.7"
    assert "resilient_args" not in shown[20]
    assert subject.plan({"netconf": 1, "netns": {"nexthops": changed}}) == {}
    subject.rollback()
    assert subject.plan({"netconf": 1, "netns": {"nexthops": inside}}) == {}
    subject.rollback(to=0)
    assert "nexthops" not in {row["name"] for row in ip_json("netns list")}
