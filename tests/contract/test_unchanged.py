"""The short look: it sees whatever a whole one would see, and nothing that doesn't matter."""

from __future__ import annotations

import subprocess
import time

import pytest
from contract.subject import Subject

DOCUMENT = {
    "netconf": 1,
    "interfaces": {
        "v0": {
            "kind": "veth",
            "veth": {"peer": "v1"},
            "addresses": ["192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64"],
            "sysctl": {"ipv4.rp_filter": 2},
        },
        "v1": {"addresses": ["198.51.100.1/24"]},
    },
    "routes": [
        {"to": "203.0.113.0/24", "via": "192.0.2.9"},
        {"to": "2001:db8:9::/48", "via": "2001:db8::9"},
    ],
    "sysctl": {"net.ipv4.ip_forward": 1},
    "firewall": {"rules": [{"name": "web", "proto": "tcp", "port": 80, "action": "accept"}]},
}


def run(line):
    for command in line.split(";"):
        subprocess.run(command.split(), check=True)


@pytest.fixture
def applied(netns, tmp_path):
    """A subject with DOCUMENT applied, in a namespace without duplicate address detection."""
    run("sysctl -qw net.ipv6.conf.default.accept_dad=0")
    subject = Subject(tmp_path)
    subject.apply(DOCUMENT)
    return subject


def test_nothing_happened(applied):
    assert applied.looks(applied.look(DOCUMENT))


@pytest.mark.parametrize(
    "line",
    [
        "ip address del 192.0.2.2/24 dev v0",
        "ip address add 192.0.2.3/24 dev v0",
        "ip address change 2001:db8::1/64 dev v0 nodad",
        "ip address change 192.0.2.1/24 dev v0 preferred_lft 60 valid_lft 90",
        "ip route del 203.0.113.0/24",
        "ip route replace 203.0.113.0/24 via 192.0.2.8 proto 110",
        "ip route add 203.0.112.0/24 via 192.0.2.8 proto 110",
        "ip -6 route del 2001:db8:9::/48",
        "ip link set v0 mtu 1400",
        "ip link set v1 down",
        "ip link set v0 alias other",
        "ip link set v0 name v2",
        "ip link set v0 name v2; ip link set v1 name v0; ip link set v2 name v1",
        "ip link add v3 type veth peer name v4",
        "ip link del v0",
        "sysctl -qw net.ipv4.ip_forward=0",
        "sysctl -qw net.ipv4.conf.v0.rp_filter=0",
        "nft flush table inet netconf",
        "nft add table ip foreign",
    ],
)
def test_something_happened(applied, line):
    look = applied.look(DOCUMENT)
    run(line)
    assert look is not None
    assert not applied.looks(look)


@pytest.mark.parametrize(
    "line",
    [
        "ip route add 203.0.112.0/24 via 192.0.2.8 table 99",
        "ip address add fe80::9/64 dev v1",
        "ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0",
        "ip rule add to 192.0.2.77 table 99",
        "sysctl -qw net.ipv4.conf.v1.rp_filter=1",
    ],
)
def test_something_happened_that_the_document_has_nothing_of(applied, line):
    look = applied.look(DOCUMENT)
    run(line)
    assert applied.looks(look)


def test_a_lease_runs_out_slowly(netns, tmp_path):
    subject = Subject(tmp_path)
    run("ip link add v0 type veth peer name v1")
    run("ip address add 192.0.2.7/24 dev v0 valid_lft 90 preferred_lft 60")
    subject.apply({"netconf": 1, "sysctl": {"net.ipv4.ip_forward": 1}})
    look = subject.look({"netconf": 1, "sysctl": {"net.ipv4.ip_forward": 1}})
    before = shown = subprocess.check_output(["ip", "address"])
    while shown == before:
        time.sleep(0.05)
        shown = subprocess.check_output(["ip", "address"])
    assert subject.looks(look)


@pytest.mark.parametrize(
    "more",
    [
        {"netns": {"other": {"interfaces": {"lo": {"state": "up"}}}}},
        {"interfaces": {"lo": {"addresses": [{"address": "192.0.2.1/32", "valid_lifetime": "60s"}]}}},
        {"interfaces": {"up0": {"match": {"mac": "02:00:00:00:00:01"}, "state": "up"}}},
    ],
    ids=["another namespace", "a lifetime", "a match"],
)
def test_what_a_short_look_cant_vouch_for(named_namespaces, tmp_path, more):
    document = {"netconf": 1, **more}
    run("ip link add v0 address 02:00:00:00:00:01 type veth peer name v1")
    subject = Subject(tmp_path)
    subject.apply(document)
    assert subject.look(document) is None


def test_a_file_of_a_set(netns, tmp_path):
    listed = tmp_path / "listed"
    listed.write_text("192.0.2.0/24\n")
    document = {
        "netconf": 1,
        "firewall": {
            "sets": {"bad": {"file": str(listed)}},
            "rules": [{"name": "bad", "from": "@bad", "action": "drop"}],
        },
    }
    subject = Subject(tmp_path / "state")
    subject.apply(document)
    look = subject.look(document)
    assert subject.looks(look)
    listed.write_text("198.51.100.0/24\n")
    assert not subject.looks(look)


def test_another_look_after_an_apply_that_found_nothing_to_do(applied):
    """Somebody else's table is no matter of ours: the next look is short again."""
    run("nft add table ip foreign")
    assert not applied.looks(applied.look(DOCUMENT))
    for _ in range(2):
        applied.apply(DOCUMENT)
        assert applied.looks(applied.look(DOCUMENT))


def test_another_generation(applied):
    assert applied.look(DOCUMENT) is not None
    other = {**DOCUMENT, "sysctl": {"net.ipv4.ip_forward": 0}}
    applied.apply(other)
    assert applied.look(DOCUMENT) is None
    assert applied.looks(applied.look(other))


def test_another_document_that_asks_for_the_same(applied):
    other = {**DOCUMENT, "tables": {"red": 1001}}
    applied.apply(other)
    assert applied.looks(applied.look(other))
