"""The example of nexthop objects, and the ways the kernel takes by them."""

from __future__ import annotations

from pathlib import Path

from contract.cases import load_yaml
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

EXAMPLE = Path(__file__).parents[2] / "examples/ecmp-nexthops/host.yml"


def test_ways_out(netns, tmp_path):
    quiet()
    subject, document = Subject(tmp_path), load_yaml(EXAMPLE)
    before = snapshot()
    subject.apply(document)
    assert subject.plan(document) == {}
    ways = {
        (route["dev"], route["gateway"])
        for last in range(1, 60)
        for route in ip_json(f"route get 10.1.0.{last}")
    }
    assert ways == {("wan0", "192.0.2.1"), ("wan1", "198.51.100.1")}
    assert {bucket["bucket"]["nhid"] for bucket in ip_json("nexthop bucket list id 20")} == {1, 2}
    shown = {row["id"]: row for row in ip_json("nexthop show")}
    assert [(member["id"], member.get("weight", 1)) for member in shown[10]["group"]] == [(1, 3), (2, 1)]
    assert shown[20]["resilient_args"] | {"unbalanced_time": 0} == {
        "buckets": 64, "idle_timer": 30, "unbalanced_timer": 300, "unbalanced_time": 0,
    }  # fmt: skip
    subject.rollback(to=0)
    assert differences(before, snapshot()) == []
