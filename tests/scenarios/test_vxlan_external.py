"""Vxlans that are external: each packet has the VNI and the far end of the route it takes, and arrives where its VNI is
let in.
"""

from __future__ import annotations

import socket
import subprocess

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from lab.netns import inside

HOSTS = ("h1", "h2")


def host(number, vnis):
    """Without Ethernet headers nobody has to be asked for a MAC address."""
    vxlan = {"external": "on", "gpe": "on", "learning": "off", "port": 4790, "vnifilter": "on", "vnis": vnis}
    other = 3 - number
    routes = [
        {
            "to": f"10.{vni}.0.{other}/32",
            "dev": "vx0",
            "encap": {"ip": {"id": vni, "dst": f"192.0.2.{other}"}},
        }
        for vni in (10, 11)
    ]
    return {
        "interfaces": {
            "e0": {"addresses": [f"192.0.2.{number}/24"]},
            "vx0": {
                "kind": "vxlan",
                "mtu": 1400,
                "vxlan": vxlan,
                "addresses": [f"10.10.0.{number}/32", f"10.11.0.{number}/32"],
            },
        },
        "routes": routes,
    }


def document(vnis):
    """Two hosts on a wire; the second one lets in these VNIs."""
    ports = {
        f"p{n}": {"kind": "veth", "veth": {"peer": "e0", "peer_netns": name}, "master": "wire"}
        for n, name in enumerate(HOSTS, 1)
    }
    return {
        "netconf": 1,
        "interfaces": {"wire": {"kind": "bridge"}, **ports},
        "netns": {"h1": host(1, ["10-11"]), "h2": host(2, vnis)},
    }


def datagrams():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def arrives(vni):
    with inside("h2", datagrams) as there, inside("h1", datagrams) as here:
        there.bind((f"10.{vni}.0.2", 7000))
        there.settimeout(0.5)
        here.sendto(b"x", (f"10.{vni}.0.2", 7000))
        try:
            return there.recv(10) == b"x"
        except TimeoutError:
            return False


def test_packets_arrive_with_a_vni_that_is_let_in(named_namespaces, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document([10]))
    assert (arrives(10), arrives(11)) == (True, False)
    subject.apply(document(["10-11"]))
    assert (arrives(10), arrives(11)) == (True, True)
    subject.apply(document([11]))
    assert (arrives(10), arrives(11)) == (False, True)
    assert subject.plan(document([11])) == {}
    subject.rollback()
    assert (arrives(10), arrives(11)) == (True, True)


def bridged(number, fdb):
    """VLANs 10 and 20 of a bridge are VNIs 1010 and 1020 of one vxlan; the host itself is in VLAN 10."""
    vlans = [{"id": 10, "tunnel_id": 1010}, {"id": 20, "tunnel_id": 1020}]
    return {
        "interfaces": {
            "e0": {"mtu": 1600, "addresses": [f"192.0.2.{number}/24"]},
            "br0": {
                "kind": "bridge",
                "mtu": 1500,
                "bridge": {
                    "vlan_filtering": "on",
                    "vlan_default_pvid": 0,
                    "vlans": [{"id": 10, "pvid": "on", "untagged": "on"}],
                },
                "addresses": [f"10.10.0.{number}/24"],
            },
            "vx0": {
                "kind": "vxlan",
                "mtu": 1500,
                "master": "br0",
                "vxlan": {"external": "on", "port": 4789, "learning": "off"},
                "bridge_port": {"vlan_tunnel": "on", "vlans": vlans},
                "fdb": fdb,
            },
        },
    }


def flood(number, vni):
    return [{"lladdr": "00:00:00:00:00:00", "src_vni": vni, "dst": f"192.0.2.{number}"}]


@pytest.mark.needs("bridge:vlan_filtering")
def test_frames_of_a_vlan_take_the_entries_of_its_vni(named_namespaces, tmp_path):
    """Both ways, since the hosts ask each other for their MAC addresses."""
    quiet()
    subject = Subject(tmp_path)
    wanted = document([])
    wanted["interfaces"] = {name: {**port, "mtu": 1600} for name, port in wanted["interfaces"].items()}
    hosts = wanted["netns"]
    hosts["h1"], hosts["h2"] = bridged(1, flood(2, 1010)), bridged(2, flood(1, 1010))
    subject.apply(wanted)
    assert arrives(10)
    assert subject.plan(wanted) == {}
    hosts["h1"]["interfaces"]["vx0"]["fdb"] = flood(2, 1020)
    subject.apply(wanted)
    subprocess.run(["ip", "-n", "h1", "neigh", "flush", "all"], check=True)
    assert not arrives(10)
    subject.rollback()
    # The next question for a MAC address that had no answer comes within a second (ndisc and arp: retrans_time).
    assert any(arrives(10) for _ in range(6))
