"""netconf status --firewall: counters by the names of rules, members of sets, bans with the time they have left."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

pytestmark = pytest.mark.needs("nft:inet")

DOCUMENT = {
    "netconf": 1,
    "firewall": {
        "sets": {
            "bad": {"entries": ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"]},
            "banned": {"type": "address", "dynamic": True, "timeout": "10min"},
        },
        "rules": [
            {"name": "knock", "proto": "udp", "port": 7000, "ban": "banned", "action": "drop"},
            {"name": "never", "proto": "udp", "port": 7001, "action": "drop"},
        ],
    },
}


def status(folder, *options):
    words = [sys.executable, "-m", "netconf", "status", "--firewall", "--state-dir", folder, *options]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def knocked(netns, tmp_path):
    quiet()
    Subject(tmp_path).apply(DOCUMENT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocking:
        for _ in range(3):
            knocking.sendto(b"x" * 72, ("127.0.0.1", 7000))
    return tmp_path


def test_text(knocked):
    lines = status(knocked).splitlines()
    rows = [line.split() for line in lines]
    assert ["input", "knock", "3", "300"] in rows
    assert ["input", "never", "0", "0"] in rows
    assert ["bad", "3"] in rows
    assert ["banned", "1"] in rows
    assert any(line.startswith("banned: 127.0.0.1, 9m") and line.endswith("s left") for line in lines)


def test_json(knocked):
    found = json.loads(status(knocked, "--json"))["firewall"]
    assert {"hook": "input", "name": "knock", "packets": 3, "bytes": 300} in found["rules"]
    bad, banned = found["sets"]
    assert bad == {"name": "bad", "members": 3, "bans": []}
    assert banned["members"] == 1
    (ban,) = banned["bans"]
    assert ban["address"] == "127.0.0.1"
    assert ban["left"].startswith("9m")


def test_no_firewall(netns, tmp_path):
    assert "there is no table inet netconf" in status(tmp_path)
    assert json.loads(status(tmp_path, "--json"))["firewall"]["there"] is False


def test_a_changed_rule_keeps_the_counters_and_bans_of_others(knocked):
    rules = DOCUMENT["firewall"]["rules"]
    firewall = {**DOCUMENT["firewall"], "rules": [rules[0], {**rules[1], "port": 7002}]}
    Subject(knocked).apply({"netconf": 1, "firewall": firewall})
    rows = [line.split() for line in status(knocked).splitlines()]
    assert ["input", "knock", "3", "300"] in rows
    assert ["banned", "1"] in rows


def test_a_new_set_keeps_them_too_and_so_does_a_rollback(knocked):
    sets = {**DOCUMENT["firewall"]["sets"], "more": {"entries": ["203.0.113.0/24"]}}
    subject = Subject(knocked)
    subject.apply({"netconf": 1, "firewall": {**DOCUMENT["firewall"], "sets": sets}})
    rows = [line.split() for line in status(knocked).splitlines()]
    assert ["input", "knock", "3", "300"] in rows
    assert ["banned", "1"] in rows
    subject.rollback(to=1)
    rows = [line.split() for line in status(knocked).splitlines()]
    assert ["input", "knock", "3", "300"] in rows
    assert ["banned", "1"] in rows
    assert ["more", "1"] not in rows
