"""Hosts that know each other by forwarding entries alone: what the entries say is where frames go."""

from __future__ import annotations

import socket
import subprocess

from contract.snapshot import quiet
from contract.subject import Subject
from lab.netns import inside

HOSTS = ("h1", "h2", "h3")
ALL = "00:00:00:00:00:00"


def mac(number):
    return f"02:00:00:00:10:0{number}"


def host(number, fdb):
    vxlan = {"id": 10, "port": 4789, "local": f"192.0.2.{number}", "learning": "off"}
    return {
        "interfaces": {
            "e0": {"mtu": 1600, "addresses": [f"192.0.2.{number}/24"]},
            "vx0": {
                "kind": "vxlan",
                "address": mac(number),
                "mtu": 1500,
                "vxlan": vxlan,
                "addresses": [f"10.10.0.{number}/24"],
                "fdb": fdb,
            },
        },
    }


def document(fdbs):
    ports = {
        f"p{number}": {
            "kind": "veth",
            "veth": {"peer": "e0", "peer_netns": name},
            "mtu": 1600,
            "master": "wire",
        }
        for number, name in enumerate(HOSTS, 1)
    }
    hosts = {name: host(number, fdbs[name]) for number, name in enumerate(HOSTS, 1)}
    return {"netconf": 1, "interfaces": {"wire": {"kind": "bridge", "mtu": 1600}, **ports}, "netns": hosts}


def everyone(name):
    """Frames to all go to the other two, frames to each of them to it."""
    others = [number for number, other in enumerate(HOSTS, 1) if other != name]
    flood = [{"lladdr": ALL, "dst": f"192.0.2.{number}"} for number in others]
    return flood + [{"lladdr": mac(number), "dst": f"192.0.2.{number}"} for number in others]


def datagrams():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def forget(name):
    """What the host has learnt of its neighbours."""
    subprocess.run(["ip", "-n", name, "neigh", "flush", "all"], check=True)


def reaches(sender, receiver):
    """Whether a datagram from one host arrives at another, which it has to ask for its address."""
    number = HOSTS.index(receiver) + 1
    with inside(receiver, datagrams) as there, inside(sender, datagrams) as here:
        there.bind((f"10.10.0.{number}", 7000))
        there.settimeout(2)
        here.sendto(b"x", (f"10.10.0.{number}", 7000))
        try:
            return there.recv(10) == b"x"
        except TimeoutError:
            return False


def test_frames_go_where_the_entries_say(named_namespaces, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    whole = {name: everyone(name) for name in HOSTS}
    subject.apply(document(whole))
    assert subject.plan(document(whole)) == {}
    assert reaches("h1", "h2")
    assert reaches("h1", "h3")
    assert reaches("h2", "h3")

    # h1 asks h2 alone who has an address: h3 doesn't hear of it.
    alone = {**whole, "h1": [{"lladdr": ALL, "dst": "192.0.2.2"}, {"lladdr": mac(2), "dst": "192.0.2.2"}]}
    subject.apply(document(alone))
    forget("h1")
    assert reaches("h1", "h2")
    assert not reaches("h1", "h3")
    subject.rollback()
    forget("h1")
    assert reaches("h1", "h3")
