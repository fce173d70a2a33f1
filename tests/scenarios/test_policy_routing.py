"""The example of policy routing: the way the kernel takes, and the rules as iproute2 shows them."""

from __future__ import annotations

from pathlib import Path

from contract.cases import load_yaml
from contract.snapshot import ip_json, quiet
from contract.subject import Subject

EXAMPLE = Path(__file__).parents[2] / "examples/policy-routing/host.yml"


def way(words):
    (route,) = ip_json(f"route get 8.8.8.8 {words}")
    return route["dev"], route["gateway"]


def test_ways_out(netns, tmp_path):
    quiet()
    subject, document = Subject(tmp_path), load_yaml(EXAMPLE)
    before = ip_json("rule show")
    subject.apply(document)
    assert subject.plan(document) == {}
    assert way("") == ("wan0", "192.0.2.1")
    assert way("from 198.51.100.10") == ("wan1", "198.51.100.1")
    assert way("mark 0x12") == ("wan1", "198.51.100.1")
    assert way("mark 0x13") == ("wan0", "192.0.2.1")
    shown = [rule for rule in ip_json("rule show") if rule["protocol"] == "110"]
    assert shown == [
        {"priority": 100, "src": "all", "table": "main", "suppress_prefixlen": 0, "protocol": "110"},
        {"priority": 200, "src": "198.51.100.0", "srclen": 24, "table": "200", "protocol": "110"},
        {"priority": 201, "src": "all", "fwmark": "0x2", "fwmask": "0xf", "table": "200", "protocol": "110"},
    ]
    subject.rollback(to=0)
    assert ip_json("rule show") == before
