"""The short way: a plan for a firewall nobody has touched asks nothing but the generation of rules; any touch is seen."""

from __future__ import annotations

import socket
import subprocess

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

from netconf.system.linux.nft import LinuxNft

pytestmark = pytest.mark.needs("nft:inet")

FIREWALL = {
    "sets": {"seen": {"type": "address", "dynamic": True, "timeout": "10min"}},
    "rules": [{"name": "see", "proto": "udp", "port": 7000, "ban": "seen", "action": "drop"}],
}
DOCUMENT = {"netconf": 1, "firewall": FIREWALL}
LOOKED = ["canonical", "table", "table"]
"""A listing there, and one here."""


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    found = Subject(tmp_path)
    found.apply(DOCUMENT)
    return found


@pytest.fixture
def asked(monkeypatch):
    """The ways in which nft is asked from now on."""
    found = []
    for name in ("table", "canonical"):
        real = getattr(LinuxNft, name)

        def called(self, *words, name=name, real=real):
            found.append(name)
            return real(self, *words)

        monkeypatch.setattr(LinuxNft, name, called)
    return found


def test_nft_is_not_asked(subject, asked):
    assert subject.plan(DOCUMENT) == {}
    assert asked == []
    assert subject.plan({**DOCUMENT, "sysctl": {"net.ipv4.ip_forward": 1}}) == {
        "sysctl[net.ipv4.ip_forward]": "update"
    }
    assert asked == []


def test_packets_make_no_difference(subject, asked):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", 7000))
    assert subject.plan(DOCUMENT) == {}
    assert asked == []


@pytest.mark.parametrize(
    "touch",
    [
        "add rule inet netconf c_input counter",
        "flush ruleset",
        "delete table inet netconf",
        "flush chain inet netconf c_input",
    ],
)
def test_a_touch_is_seen(touch, subject, asked):
    subprocess.run(["nft", *touch.split()], check=True)
    assert list(subject.plan(DOCUMENT)) == ["firewall[inet netconf]"]
    assert "canonical" in asked
    subject.apply(DOCUMENT)
    assert subject.plan(DOCUMENT) == {}


def test_rules_of_others_make_no_difference(subject, asked):
    subprocess.run(["nft", "add", "table", "ip", "other"], check=True)
    assert subject.plan(DOCUMENT) == {}
    assert asked == []


def test_another_document_is_planned_from_what_is_there(subject, asked):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", 7000))
    rules = [*FIREWALL["rules"], {"name": "more", "action": "accept"}]
    changed = {"netconf": 1, "firewall": {**FIREWALL, "rules": rules}}
    assert subject.plan(changed) == {"firewall[inet netconf]": "update"}
    assert "table" in asked
    subject.apply(changed)
    assert "127.0.0.1" in LinuxNft().table("inet", "netconf")
    subject.rollback()
    assert subject.plan(DOCUMENT) == {}


@pytest.mark.parametrize("damage", [b"", b"x" * 500], ids=["empty", "noise"])
def test_what_is_not_whole_is_not_believed(damage, subject, asked, tmp_path):
    (file,) = tmp_path.rglob("firewall-inet-netconf")
    file.write_bytes(damage)
    assert subject.plan(DOCUMENT) == {}
    assert asked == LOOKED


def test_it_is_about_one_namespace(subject, asked, tmp_path):
    from netconf.system.linux.memory import FileMemory

    (file,) = tmp_path.rglob("firewall-inet-netconf")
    elsewhere = FileMemory(file.parent.parent, "another boot")
    assert elsewhere.recall(file.name) is None
