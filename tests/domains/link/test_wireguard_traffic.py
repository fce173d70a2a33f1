"""WireGuard links that speak with others: peers that nobody disturbs, endpoints that are learnt, ICMP redirects."""

from __future__ import annotations

import copy
import socket
import subprocess
import time
from pathlib import Path

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.link.wg import ANOTHER, OURS, PEER, TWO, document, in_kernel, public, wg
from lab.netns import inside


@pytest.fixture
def tunnel(named_namespaces, tmp_path, files):
    """wg0 here and in the namespace `other`, over a veth pair, which have spoken with each other."""
    quiet()
    lines = [
        "link add v0 type veth peer name v1 netns other",
        "address add 192.0.2.1/24 dev v0",
        "link set v0 up",
    ]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)
    far = [
        "address add 192.0.2.2/24 dev v1",
        "link set v1 up",
        "link add wg0 type wireguard",
        "address add 10.9.0.2/24 dev wg0",
    ]
    subprocess.run(["ip", "-n", "other", "-batch", "-"], input="\n".join(far), text=True, check=True)
    words = ["listen-port", "5002", "private-key", str(files / "another"), "peer", public(OURS)]
    words += ["allowed-ips", "10.9.0.1/32"]
    subprocess.run(["ip", "netns", "exec", "other", "wg", "set", "wg0", *words], check=True)
    subprocess.run(["ip", "-n", "other", "link", "set", "wg0", "up"], check=True)
    return Subject(tmp_path / "state")


def ours(files, *others, **more):
    peer = {"public_key": public(ANOTHER), "allowed_ips": ["10.9.0.2/32"], **more}
    wanted = document(files, peer, *others, listen_port=5001)
    wanted["interfaces"]["wg0"]["addresses"] = ["10.9.0.1/24"]
    return wanted


def handshake():
    """When it was, in seconds; 0 = never."""
    found = dict(line.split("\t") for line in wg("show", "wg0", "latest-handshakes").splitlines())
    return int(found[public(ANOTHER)])


def speak(seconds=20.0):
    """A packet there, and one back."""
    end = time.monotonic() + seconds

    def answering():
        found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        found.bind(("10.9.0.2", 7))
        return found

    with inside("other", answering) as there, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        there.settimeout(0.5)
        here.settimeout(0.5)
        while True:
            here.sendto(b"?", ("10.9.0.2", 7))
            try:
                _, whose = there.recvfrom(10)
                there.sendto(b"!", whose)
                here.recv(10)
                return
            except TimeoutError:
                assert time.monotonic() < end, "no answer through the tunnel"


@in_kernel
def test_peers_come_and_go_and_the_others_speak_on(tunnel, files):
    tunnel.apply(ours(files, endpoint="192.0.2.2:5002"))
    speak()
    began = handshake()
    assert began
    tunnel.apply(ours(files, PEER, endpoint="192.0.2.2:5002", persistent_keepalive="25s"))
    tunnel.apply(ours(files, {"public_key": TWO}, endpoint="192.0.2.2:5002"))
    tunnel.rollback()
    speak()
    assert handshake() == began


@in_kernel
def test_an_endpoint_that_was_learnt_is_no_drift_unless_one_is_said(tunnel, files):
    tunnel.apply(ours(files, endpoint="192.0.2.2:5002"))
    speak()
    change = ["wg", "set", "wg0", "listen-port", "5003"]
    subprocess.run(["ip", "netns", "exec", "other", *change], check=True)
    words = ["peer", public(OURS), "endpoint", "192.0.2.1:5001", "persistent-keepalive", "1"]
    subprocess.run(["ip", "netns", "exec", "other", "wg", "set", "wg0", *words], check=True)
    end = time.monotonic() + 20
    while "192.0.2.2:5003" not in wg("show", "wg0", "endpoints"):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert tunnel.plan(ours(files)) == {}
    assert tunnel.plan(ours(files, endpoint="192.0.2.2:5002")) == {"wireguard[wg0]": "update"}


@in_kernel
def test_redirects_that_are_wanted(subject, files):
    """A link of WireGuard that goes up switches them off, its own and those of all: they're switched on behind it."""
    wanted = document(files)
    wanted["interfaces"]["wg0"]["sysctl"] = {"ipv4.send_redirects": 1}
    wanted["sysctl"] = {"net.ipv4.conf.all.send_redirects": 1}
    subject.apply(wanted)
    assert redirects() == ["1", "1"]
    assert subject.plan(wanted) == {}
    wanted["interfaces"]["wg0"]["state"] = "down"
    subject.apply(wanted)
    wanted["interfaces"]["wg0"]["state"] = "up"
    subject.apply(wanted)
    assert redirects() == ["1", "1"]
    assert subject.plan(wanted) == {}
    subject.rollback(to=0)


@in_kernel
@pytest.mark.parametrize("before", ["dummy", "held"])
def test_redirects_behind_a_link_that_goes_up_again(before, subject, files):
    """Also where it was up before: as a link of another kind, or outside of a VRF."""
    wanted = document(files)
    wanted["interfaces"]["red"] = {"kind": "vrf", "vrf": {"table": 1001}}
    wanted["sysctl"] = {"net.ipv4.conf.all.send_redirects": 1}
    first = copy.deepcopy(wanted)
    if before == "dummy":
        first["interfaces"]["wg0"] = {"kind": "dummy"}
    else:
        wanted["interfaces"]["wg0"]["master"] = "red"
    subject.apply(first)
    assert redirects()[0] == "1"
    subject.apply(wanted)
    assert redirects()[0] == "1"
    assert subject.plan(wanted) == {}
    subject.rollback()
    assert redirects()[0] == "1"
    subject.rollback(to=0)


def redirects():
    return [
        Path(f"/proc/sys/net/ipv4/conf/{name}/send_redirects").read_text().strip() for name in ("all", "wg0")
    ]


# -- without a kernel that has WireGuard -------------------------------------------------------------------------
