"""Pairs of netkit: which end is the primary one, MAC addresses by mode, pairs across namespaces, what the policy does."""

from __future__ import annotations

import socket
import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError
from netconf.system.linux.kernel import LinuxKernel

pytestmark = pytest.mark.needs("link:netkit")


@pytest.fixture
def subject(named_namespaces, tmp_path):
    quiet()
    return Subject(tmp_path)


def document(section, **others):
    return {
        "netconf": 1,
        "interfaces": {"k0": {"kind": "netkit", "netkit": {"peer": "j0", **section}}, **others},
    }


def codes(subject, wanted):
    with pytest.raises(DiagnosedError) as caught:
        subject.plan(wanted)
    return [finding.code for finding in caught.value.diagnostics]


def data(name, netns=""):
    (found,) = (link for link in ip_json(f"{netns} link show dev {name}") if link)
    return found["linkinfo"]["info_data"]


def run(*lines):
    subprocess.run("\n".join(lines), shell=True, check=True)


def test_the_end_with_the_section_is_the_primary_one(subject):
    """Also if its name comes after the other's; captured as it was written, and one made by hand is taken over."""
    subject.apply(document({"policy": "blackhole"}, j0={"mtu": 1400}))
    assert [data(name)["type"] for name in ("k0", "j0")] == ["primary", "peer"]
    assert data("j0")["peer_policy"] == "blackhole"
    captured = subject.capture()
    assert captured["interfaces"]["k0"]["netkit"] == {
        "peer": "j0", "mode": "l3", "policy": "blackhole", "peer_policy": "forward", "scrub": "default",
        "peer_scrub": "default",
    }  # fmt: skip
    assert not captured["interfaces"]["j0"].keys() & {"kind", "netkit", "address"}
    assert subject.plan(captured) == {}

    turned = {"netconf": 1, "interfaces": {"j0": {"kind": "netkit", "netkit": {"peer": "k0"}}, "k0": {}}}
    assert subject.plan(turned)["link[k0]"] == subject.plan(turned)["link[j0]"] == "replace"
    before = snapshot()
    subject.apply(turned)
    assert [data(name)["type"] for name in ("j0", "k0")] == ["primary", "peer"]
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_mac_addresses(subject):
    """There are none in mode l3, and those of mode l2 go with it and come back by rollback."""
    ends = {"j0": {"address": "02:00:00:00:00:02"}}
    wanted = document({"mode": "l2"}, **ends)
    assert codes(subject, document({}, **ends)) == ["NC2149"]
    subject.apply(wanted)
    before = snapshot()
    subject.apply(document({"mode": "l3"}))
    assert {link["address"] for link in ip_json("link show type netkit")} == {"00:00:00:00:00:00"}
    subject.rollback()
    assert differences(before, snapshot()) == []
    assert codes(subject, document({}, j0={"kind": "netkit", "netkit": {"peer": "k0"}})) == ["NC2147"]


def test_across_namespaces(subject):
    """The primary end is where the pair is made from; one that's the other way round is somebody's."""
    there = {"other": {"interfaces": {"j0": {"mtu": 1400, "addresses": ["192.0.2.2/24"]}}}}
    wanted = {**document({"peer_netns": "other", "peer_policy": "blackhole"}), "netns": there}
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    assert (data("k0")["type"], data("j0", "-n other")["type"]) == ("primary", "peer")
    before = snapshot()
    subject.apply({**document({"peer_netns": "other", "mode": "l2"}), "netns": there})
    assert data("j0", "-n other")["mode"] == "l2"
    subject.rollback()
    assert differences(before, snapshot()) == []
    assert data("j0", "-n other") == {**data("j0", "-n other"), "mode": "l3", "policy": "blackhole"}
    subject.rollback(to=0)

    inside = {"k1": {"kind": "netkit", "netns": "other", "netkit": {"peer": "j1"}}}
    assert codes(subject, {"netconf": 1, "interfaces": inside, "netns": {"other": {}}}) == ["NC2148"]
    run("ip -n other link add k1 type netkit peer name j1 netns $$")
    assert "kind" not in subject.capture()["interfaces"]["j1"]
    gone = {"netconf": 1, "interfaces": {"j1": {"state": "absent"}}}
    assert codes(subject, gone) == ["NC5101"]


def test_policies_are_what_becomes_of_packets(subject):
    """The kernel tells of those that it takes through: packets that the other end receives."""
    ends = {"j0": {"addresses": ["192.0.2.2/24"]}}
    for policy, received in (("blackhole", 0), ("forward", 3)):
        wanted = document({"policy": policy}, **ends)
        wanted["interfaces"]["k0"]["addresses"] = ["192.0.2.1/24"]
        subject.apply(wanted)
        before = _received()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(3):
                sender.sendto(b"", ("192.0.2.9", 9))
        assert _received() - before == received


def _received():
    (found,) = (link for link in ip_json("-s link show dev j0") if link)
    return found["stats64"]["rx"]["packets"]


def test_what_the_kernel_knows():
    """The one of the machine has all of it; the host's refuses the kind, see test_linux_system."""
    assert LinuxKernel().refused_kind("netkit") == ""
    assert not LinuxKernel().ignores_netkit_scrub()
