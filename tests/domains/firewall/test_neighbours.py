"""Tables of others are the same, byte for byte, whatever netconf does with its own; those that drop are told of."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

from netconf.app import documents
from netconf.app.plan import plan_wish

pytestmark = pytest.mark.needs("nft:inet", "bin:iptables-nft-restore")

DOCKER = """\
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-USER -m comment --comment "somebody's" -j RETURN
COMMIT
"""
LIBVIRT = """\
table inet libvirt {
	set guests { type ipv4_addr; flags timeout; }
	chain forward { type filter hook forward priority 10; policy accept;
		ip saddr @guests counter accept comment "guests"
	}
}
"""
FIREWALL = {
    "management": [{"port": 22}],
    "defaults": {"input": "drop", "forward": "drop"},
    "rules": [{"name": "web", "proto": "tcp", "port": 80, "action": "accept"}],
    "nat": [{"name": "out", "type": "masquerade", "out": "eth0"}],
}


@pytest.fixture
def others(netns):
    quiet()
    subprocess.run(["iptables-nft-restore"], input=DOCKER, text=True, check=True)
    subprocess.run(["nft", "-f", "-"], input=LIBVIRT, text=True, check=True)


def theirs():
    """Every table but ours, handles included, and what iptables says."""
    tables = [words for words in _said("nft", "list", "tables").splitlines() if words != "table inet netconf"]
    said = [_said("nft", "-a", "list", *words.split()) for words in tables]
    return "\n".join([*said, _said("iptables-nft-save"), _said("iptables-nft-save", "-t", "nat")])


def _said(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("#"))


def test_nothing_of_theirs_changes(others, tmp_path):
    subject = Subject(tmp_path)
    before = theirs()
    assert "docker0" in before
    assert "libvirt" in before
    first = {"netconf": 1, "firewall": FIREWALL}
    second = {"netconf": 1, "firewall": {**FIREWALL, "sets": {"bad": {"entries": ["10.0.0.0/8"]}}}}
    for done in (
        lambda: subject.apply(first),
        lambda: subject.apply(second),
        lambda: subject.rollback(to=1),
        lambda: subject.apply({"netconf": 1}),
        lambda: subject.apply(second),
        lambda: subject.rollback(to=0),
    ):
        done()
        assert theirs() == before
    assert _said("nft", "list", "tables").count("netconf") == 0


def test_who_drops_what_is_accepted_here_is_named(others, tmp_path):
    host = Subject(tmp_path).host
    wish = documents.from_plain({"netconf": 1, "firewall": FIREWALL}, "document")
    found = plan_wish(host, wish, host.peek_state()).found.warnings
    told = {warning.code: warning.summary for warning in found}
    assert told["NC2980"] == "chain FORWARD of table ip filter drops by default"


def test_a_hook_without_rules_of_ours_is_no_matter(others, tmp_path):
    host = Subject(tmp_path).host
    document = {"netconf": 1, "firewall": {"rules": FIREWALL["rules"]}}
    found = plan_wish(host, documents.from_plain(document, "document"), host.peek_state()).found.warnings
    assert [warning.code for warning in found] == []


def test_capture_leaves_them_out(others, tmp_path):
    assert "firewall" not in Subject(tmp_path).capture()


def test_rules_somebody_put_into_our_table_are_drift(others, tmp_path):
    subject = Subject(tmp_path)
    document = {"netconf": 1, "firewall": FIREWALL}
    subject.apply(document)
    subprocess.run(
        ["nft", "insert", "rule", "inet", "netconf", "c_input", "tcp", "dport", "23", "accept"], check=True
    )
    assert subject.plan(document) == {"firewall[inet netconf]": "update"}
    subject.apply(document)
    assert "dport 23" not in _said("nft", "list", "ruleset")
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    assert subject.plan(document) == {"firewall[inet netconf]": "create"}
