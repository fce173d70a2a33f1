"""netconf status --firewall: counters by the names of rules, members of sets, bans with the time they have left."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

BACKENDS = [
    pytest.param("nftables", marks=pytest.mark.needs("nft:inet")),
    pytest.param("iptables", marks=pytest.mark.needs("xtables:4", "xtables:6")),
]


def document(backend, **more):
    return {"netconf": 1, "firewall": {**DOCUMENT["firewall"], "backend": backend, **more}}


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


@pytest.fixture(params=BACKENDS)
def backend(request):
    return request.param


@pytest.fixture
def knocked(backend, netns, tmp_path):
    quiet()
    Subject(tmp_path).apply(document(backend))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocking:
        for _ in range(3):
            knocking.sendto(b"x" * 72, ("127.0.0.1", 7000))
    return tmp_path


HEADS = {"nftables": "table inet netconf", "iptables": "chains NC-* of iptables and ip6tables"}


def test_text(backend, knocked):
    lines = status(knocked).splitlines()
    assert HEADS[backend] in lines
    rows = [line.split() for line in lines]
    assert ["input", "knock", "3", "300"] in rows
    assert ["input", "never", "0", "0"] in rows
    assert ["bad", "3"] in rows
    assert ["banned", "1"] in rows
    assert any(line.startswith("banned: 127.0.0.1, 9m") and line.endswith("s left") for line in lines)


def test_json(backend, knocked):
    found = json.loads(status(knocked, "--json"))["firewall"]
    assert found["backend"] == backend
    assert {"hook": "input", "name": "knock", "packets": 3, "bytes": 300} in found["rules"]
    bad, banned = found["sets"]
    assert bad == {"name": "bad", "members": 3, "bans": []}
    assert banned["members"] == 1
    (ban,) = banned["bans"]
    assert ban["address"] == "127.0.0.1"
    assert ban["left"].startswith("9m")


COUNTED = {
    "defaults": {"output": "drop", "log": {"rate": "1/minute"}},
    "zones": {"others": ["eth7", "eth8"]},
    "sets": {},
    "rules": [
        {
            "name": "often",
            "in": "!@others",
            "proto": "udp",
            "port": 7000,
            "rate": {"limit": "1/hour", "burst": 2},
            "action": "drop",
        },
        {"name": "both", "proto": ["tcp", "udp"], "port": [7001, 7003], "action": "return"},
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize(("port", "expected"), [(7000, ("often", 2)), (7001, ("both", 5))])
def test_what_counts(backend, netns, tmp_path, port, expected):
    """The same numbers with both: behind what a rule excludes and limits."""
    quiet()
    Subject(tmp_path).apply(document(backend, **COUNTED))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocking:
        for _ in range(5):
            knocking.sendto(b"x" * 72, ("127.0.0.1", port))
    found = json.loads(status(tmp_path, "--json"))["firewall"]["rules"]
    counted = {row["name"].removeprefix("netconf: "): row["packets"] for row in found}
    assert {name: counted[name] for name in ("often", "both", "output default")} == {
        "often": 0,
        "both": 0,
        "output default": 0,
        expected[0]: expected[1],
    }
    assert {row["hook"] for row in found} == {"input", "output"}


def test_no_firewall(netns, tmp_path):
    assert "there is no table inet netconf" in status(tmp_path)
    assert json.loads(status(tmp_path, "--json"))["firewall"]["there"] is False


@pytest.mark.slow
def test_a_changed_rule_keeps_the_counters_and_bans_of_others(backend, knocked):
    rules = DOCUMENT["firewall"]["rules"]
    firewall = {**DOCUMENT["firewall"], "rules": [rules[0], {**rules[1], "port": 7002}]}
    Subject(knocked).apply(document(backend, rules=firewall["rules"]))
    rows = [line.split() for line in status(knocked).splitlines()]
    assert ["input", "knock", "3", "300"] in rows
    assert ["banned", "1"] in rows


@pytest.mark.slow
def test_a_new_set_keeps_them_too_and_so_does_a_rollback(backend, knocked):
    sets = {**DOCUMENT["firewall"]["sets"], "more": {"entries": ["203.0.113.0/24"]}}
    subject = Subject(knocked)
    subject.apply(document(backend, sets=sets))
    rows = [line.split() for line in status(knocked).splitlines()]
    assert ["input", "knock", "3", "300"] in rows
    assert ["banned", "1"] in rows
    subject.rollback(to=1)
    rows = [line.split() for line in status(knocked).splitlines()]
    assert ["input", "knock", "3", "300"] in rows
    assert ["banned", "1"] in rows
    assert ["more", "1"] not in rows
