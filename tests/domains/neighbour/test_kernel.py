"""What the kernel forgets neighbours with, and that the way back is exact."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError

PERMANENT = "neigh show nud permanent"


def ip(words):
    subprocess.run(["ip", *words.split()], check=True)


def v0(**fields):
    pair = {"kind": "veth", "veth": {"peer": "v1"}, "addresses": ["192.0.2.1/24", "2001:db8::1/64"]}
    return {"v0": {**pair, "address": "02:00:00:00:00:01", **fields}, "v1": {"state": "up"}}


NEIGHBOURS = [
    {"dev": "v0", "address": "192.0.2.9", "lladdr": "02:00:00:00:00:09"},
    {"dev": "v0", "address": "2001:db8::9", "lladdr": "02:00:00:00:00:09", "router": "on"},
    {"dev": "v0", "address": "192.0.2.77", "proxy": "on"},
    {"dev": "v0", "address": "2001:db8::77", "proxy": "on"},
]


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


CHANGES = {
    "another MAC address": {"address": "02:00:00:00:00:02"},
    "other addresses": {"addresses": ["192.0.2.2/24", "2001:db8::2/64"]},
    "another MTU": {"mtu": 1400},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_neighbours_outlive_a_change_of_their_link(subject, change):
    subject.apply({"netconf": 1, "interfaces": v0(), "neighbours": NEIGHBOURS})
    before = snapshot()
    changed = {"netconf": 1, "interfaces": v0(**change), "neighbours": NEIGHBOURS}
    subject.apply(changed)
    assert {row["dst"] for row in ip_json(PERMANENT)} == {"192.0.2.9", "2001:db8::9"}
    assert {row["dst"] for row in ip_json("neigh show proxy")} == {"192.0.2.77", "2001:db8::77"}
    assert subject.plan(changed) == {}
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_neighbours_go_with_what_goes(subject):
    subject.apply({"netconf": 1, "interfaces": v0()})
    before = snapshot()
    subject.apply({"netconf": 1, "interfaces": v0(), "neighbours": NEIGHBOURS})
    subject.rollback()
    assert differences(before, snapshot()) == []


@pytest.mark.parametrize(
    "change",
    [{"address": "02:00:00:00:00:02"}, {"state": "down", "addresses": ["192.0.2.1/24"]}, {"addresses": []}],
)
def test_those_of_others_come_back_with_a_rollback(subject, change):
    subject.apply({"netconf": 1, "interfaces": v0()})
    ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0 protocol zebra")
    ip("neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev v0")
    ip("neigh add proxy 192.0.2.77 dev v0 protocol static")
    before = snapshot()
    subject.apply({"netconf": 1, "interfaces": v0(**change)})
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_takes_the_place_of_what_was_learnt(subject):
    subject.apply({"netconf": 1, "interfaces": v0()})
    ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:33 dev v0 nud reachable")
    subject.apply({"netconf": 1, "interfaces": v0(), "neighbours": NEIGHBOURS})
    (row,) = ip_json("neigh show 192.0.2.9")
    assert (row["lladdr"], row["state"]) == ("02:00:00:00:00:09", ["PERMANENT"])


def test_those_made_by_hand_keep_their_protocol(subject):
    subject.apply({"netconf": 1, "interfaces": v0()})
    ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:33 dev v0 protocol static")
    before = snapshot()
    subject.apply({"netconf": 1, "interfaces": v0(), "neighbours": NEIGHBOURS})
    (row,) = ip_json("neigh show 192.0.2.9")
    assert (row["lladdr"], row["protocol"]) == ("02:00:00:00:00:09", "static")
    subject.rollback()
    assert differences(before, snapshot()) == []


def test_neighbours_outlive_a_lost_carrier(subject):
    subject.apply({"netconf": 1, "interfaces": v0(), "neighbours": NEIGHBOURS})
    ip("link set v1 down")
    snapshot()
    ip("link set v1 up")
    assert len(ip_json(PERMANENT)) == len(ip_json("neigh show proxy")) == 2


def test_on_a_link_that_is_renamed(subject):
    ip("link add v0 address 02:00:00:00:00:01 up type veth peer name v1")
    ip("link set v1 up")
    ip("addr add 192.0.2.1/24 dev v0")
    subject.apply({"netconf": 1, "neighbours": NEIGHBOURS[:1]})
    before = snapshot()
    document = {
        "netconf": 1,
        "interfaces": {"uplink": {"match": {"mac": "02:00:00:00:00:01"}, "addresses": ["192.0.2.1/24"]}},
        "neighbours": [{**NEIGHBOURS[0], "dev": "uplink"}, {**NEIGHBOURS[2], "dev": "uplink"}],
        "rules": [{"priority": 1000, "family": "ipv4", "iif": "uplink", "lookup": 100}],
    }
    subject.apply(document)
    assert [row["dev"] for row in ip_json(PERMANENT)] == ["uplink"]
    assert [row["dev"] for row in ip_json("neigh show proxy")] == ["uplink"]
    (rule,) = ip_json("rule show priority 1000")
    assert "iif_detached" not in rule
    assert subject.plan(document) == {}
    subject.rollback()
    assert differences(before, snapshot()) == []


@pytest.mark.needs("link:nlmon")
def test_links_of_other_kinds_without_mac_addresses(subject):
    ip("link add n0 type nlmon")
    ip("link set n0 up")
    neighbour = {"dev": "n0", "address": "2001:db8::9", "lladdr": "02:00:00:00:00:09"}
    with pytest.raises(DiagnosedError) as caught:
        subject.apply({"netconf": 1, "neighbours": [neighbour]})
    assert [finding.code for finding in caught.value.diagnostics] == ["NC2606"]


def test_links_that_ask_nobody_have_neighbours(subject):
    """With arp off they are kept as they are."""
    subject.apply({"netconf": 1, "interfaces": v0()})
    ip("link set v0 arp off")
    subject.apply({"netconf": 1, "interfaces": v0(), "neighbours": NEIGHBOURS[:2]})
    assert subject.plan({"netconf": 1, "interfaces": v0(), "neighbours": NEIGHBOURS[:2]}) == {}
    assert {row["dst"] for row in ip_json(PERMANENT)} == {"192.0.2.9", "2001:db8::9"}
