"""status --watch on a real kernel: drift is told when it comes, and when it's gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from contract.subject import Subject

from netconf.app import watch as watching

DOCUMENT = {
    "netconf": 1,
    "interfaces": {
        "v0": {
            "kind": "veth",
            "veth": {"peer": "v1"},
            "addresses": ["192.0.2.1/24"],
            "sysctl": {"ipv4.rp_filter": 2},
        }
    },
    "firewall": {"rules": [{"name": "web", "proto": "tcp", "port": 80, "action": "accept"}]},
}


def run(line):
    subprocess.run(line.split(), check=True)


def test_drift_is_told_when_it_comes_and_goes(netns, tmp_path, monkeypatch):
    subject = Subject(tmp_path)
    subject.apply(DOCUMENT)
    monkeypatch.setattr(watching, "LOOK_SECONDS", 5.0)
    told = watching.watch(subject.host)

    def differing():
        return sorted(str(key) for key in next(told).drift.changes)

    assert differing() == []
    run("ip address add 192.0.2.2/24 dev v0")
    assert differing() == ["address[v0 192.0.2.2/24]"]
    run("nft add rule inet netconf c_input tcp dport 81 accept")
    assert differing() == ["address[v0 192.0.2.2/24]", "firewall[inet netconf]"]
    subject.apply(DOCUMENT)
    assert differing() == []
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.05)
    run("sysctl -qw net.ipv4.conf.v0.rp_filter=0")
    run("ip link set lo mtu 65000")  # ends the wait that has begun with the longer time
    assert differing() == ["sysctl[net.ipv4.conf.v0.rp_filter]"]
    run("sysctl -qw net.ipv4.conf.v0.rp_filter=2")
    assert differing() == [], "without any event"


def test_nothing_is_told_of_what_makes_no_difference(netns, tmp_path, monkeypatch):
    subject = Subject(tmp_path)
    subject.apply(DOCUMENT)
    told = watching.watch(subject.host)
    assert not next(told).drift
    run("ip route add 198.51.100.0/24 via 192.0.2.9")
    run("ip address add 192.0.2.2/24 dev v0")
    assert [str(key) for key in next(told).drift.changes] == ["address[v0 192.0.2.2/24]"]


@pytest.mark.slow
def test_as_a_command_until_it_is_interrupted(netns, tmp_path):
    Subject(tmp_path).apply(DOCUMENT)
    words = [sys.executable, "-m", "netconf", "status", "--watch", "--json", "--state-dir", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert json.loads(process.stdout.readline())["drift"] == []
        run("ip link set v0 down")
        assert json.loads(process.stdout.readline())["drift"]
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(10) == 0
