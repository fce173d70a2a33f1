"""The examples of bonds, VRFs and tunnels: what they're for, as iproute2 shows it, and that the way back is whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.cases import load_yaml
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject
from lab import netns as namespaces

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def applied(request, netns, tmp_path):
    """The example in force; afterwards taken back."""
    quiet()
    document = load_yaml(EXAMPLES / request.param / "host.yml")
    subject, before = Subject(tmp_path), snapshot()
    subject.apply(document)
    assert subject.plan(document) == {}
    yield
    subject.rollback(to=0)
    assert differences(before, snapshot()) == []


def way(words):
    (route,) = ip_json(f"route get {words}")
    return route["dev"], route.get("gateway")


@pytest.mark.needs("link:bond", "link:vlan", "link:dummy")
@pytest.mark.parametrize("applied", ["bonded-vlan-bridge"], indirect=True)
def test_bonded_vlan_bridge(applied):
    (bond,) = ip_json("link show bond0")
    assert bond["linkinfo"]["info_data"]["primary"] == "nic0"
    assert {link["ifname"] for link in ip_json("link show master bond0")} == {"nic0", "nic1"}
    assert {link["ifname"] for link in ip_json("link show master br20")} == {"vlan20", "guest0", "guest1"}
    assert way("203.0.113.1") == ("vlan10", "192.0.2.1")
    assert way("198.51.100.9") == ("br20", None)


@pytest.mark.needs("link:vrf", "link:vlan", "link:dummy")
@pytest.mark.parametrize("applied", ["vrf-lite"], indirect=True)
def test_vrf_lite(applied):
    assert way("10.0.0.9 vrf red") == ("red-lan", None)
    assert way("10.0.0.9 vrf blue") == ("blue-lan", None)
    assert way("203.0.113.1 vrf red") == ("red-wan", "192.0.2.2")
    assert way("203.0.113.1 vrf blue") == ("blue-wan", "192.0.2.6")


@pytest.mark.needs("link:gre", "link:dummy")
@pytest.mark.parametrize("applied", ["gre-tunnel"], indirect=True)
def test_gre_tunnel(applied):
    assert way("10.9.9.9") == ("hq", None)
    assert way("10.2.9.9") == ("lan0", None)
    assert way("198.51.100.7") == ("wan0", "192.0.2.254")


@pytest.mark.needs("bridge:vlan_filtering")
@pytest.mark.parametrize("applied", ["vxlan-evpn-underlay"], indirect=True)
def test_vxlan_evpn_underlay(applied):
    (route,) = ip_json("route show 10.0.0.0/24")
    assert [hop["gateway"] for hop in route["nexthops"]] == ["10.1.1.0", "10.1.2.0"]
    assert route["prefsrc"] == "10.0.0.11"
    vlans = {port["ifname"]: [vlan["vlan"] for vlan in port["vlans"]] for port in ip_json("bridge vlan show")}
    assert {name: vlans[name] for name in ("vni1010", "vni1020", "server1", "server2")} == {
        "vni1010": [10],
        "vni1020": [20],
        "server1": [10],
        "server2": [10, 20],
    }
    for name, number in (("vni1010", 1010), ("vni1020", 1020)):
        (link,) = ip_json(f"link show {name}")
        assert link["linkinfo"]["info_data"]["id"] == number
        assert link["linkinfo"]["info_data"]["learning"] is False
        port = link["linkinfo"]["info_slave_data"]
        assert (port["neigh_suppress"], port["learning"]) == (True, False)
        flooded = [entry["dst"] for entry in ip_json(f"bridge fdb show dev {name}") if "dst" in entry]
        assert flooded == ["10.0.0.12"]


@pytest.mark.needs("bridge:vlan_filtering")
def test_what_is_captured_of_a_leaf_makes_the_same_leaf(netns, tmp_path):
    with namespaces.fresh():
        quiet()
        here = Subject(tmp_path / "here")
        here.apply(load_yaml(EXAMPLES / "vxlan-evpn-underlay/host.yml"))
        captured = here.capture()
        assert Subject(tmp_path / "stranger").plan(captured) == {}
    with namespaces.fresh():
        quiet()
        elsewhere = Subject(tmp_path / "elsewhere")
        elsewhere.apply(captured)
        assert differences(captured, elsewhere.capture()) == []
