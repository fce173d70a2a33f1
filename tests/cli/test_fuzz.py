"""Mutated documents end in a finding or a plan: never in a bug, never in anything changed."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
from cli import harness
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lab import netns as namespaces

ENDS = {0, 5, 64, 65, 66, 69}
SECONDS = 30
DOCUMENTS: list[Any] = [
    {
        "netconf": 1,
        "interfaces": {
            "br0": {
                "kind": "bridge", "bridge": {"stp": "off", "forward_delay": "2s"}, "mtu": 1500,
                "addresses": ["192.0.2.1/24", {"address": "2001:db8::1/64", "flags": ["nodad"]}],
                "sysctl": {"ipv4.rp_filter": 1, "ipv6.accept_ra": 0},
            },
            "a": {"kind": "veth", "veth": {"peer": "b"}, "master": "br0", "altnames": ["x"], "alias": "up"},
            "b": {"state": "up", "addresses": [{"address": "198.51.100.1/30", "peer": "198.51.100.2"}]},
            "m": {"kind": "macvlan", "macvlan": {"parent": "b", "mode": "bridge"}, "address": "02:00:00:00:00:01"},
            "vx": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4789, "local": "192.0.2.1", "ageing": "300s"}},
            "old": {"state": "absent"},
            "there": {"mtu": 1400, "group": 7, "txqueuelen": 10},
        },
        "routes": [
            {"to": "default", "via": "192.0.2.9", "metric": 100, "initcwnd": 30},
            {"to": "2001:db8:9::/48", "via": "fe80::1", "dev": "br0", "pref": "high"},
            {"to": "203.0.113.0/24", "nexthops": [{"via": "192.0.2.7", "weight": 2}, {"dev": "b"}], "mtu": 1400},
            {"to": "10.0.0.0/8", "kind": "blackhole", "table": 200, "src": "192.0.2.1"},
        ],
        "sysctl": {"net.ipv4.ip_forward": 1, "net.core.somaxconn": "4096"},
    },
]  # fmt: skip

WORDS = [
    "", " ", "a", "b", "m", "vx", "br0", "lo", "there", "old", "none", "all", "default", "on", "off", "up", "down",
    "absent", "forever", "0s", "1ms", "99999999999999s", "10h", "kernel", "bridge", "veth", "vlan", "tun", "macvlan",
    "192.0.2.1", "192.0.2.1/24", "0.0.0.0/0", "::/0", "::1/128", "fe80::1", "255.255.255.255", "10.0.0.0/8", "::",
    "224.0.0.1", "main", "local", "net.ipv4.ip_forward", "ipv4.rp_filter", "net.ipv4.conf.a.rp_filter", "../..",
    "\x00", "\x1b[31m", "\u202e", "x" * 300, "9" * 5000, "1e400", "192.0.2.1/" + "9" * 5000, "{{ x }}", "%d", "é",
]  # fmt: skip
SCALARS = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=20),
    st.integers(-5, 5),
    st.sampled_from(
        [-(1 << 63), (1 << 31) - 1, (1 << 32) - 1, 1 << 32, 1 << 63, 10**19, 68, 1280, 65535, 65536]
    ),
    st.booleans(),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=4,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything below the root."""
    found: list[tuple[Any, ...]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += [(*path, key), *_places(inner, (*path, key))]
    return found


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A document with one to four mutations."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 4))):
        places = _places(document)
        if places:
            _mutate(document, draw(st.sampled_from(places)), draw)
    return document


def _mutate(document: Any, place: tuple[Any, ...], draw: st.DrawFn) -> None:
    holder = document
    for step in place[:-1]:
        holder = holder[step]
    last = place[-1]
    match draw(st.sampled_from(["replace", "replace", "delete", "copy", "rename"])):
        case "replace":
            holder[last] = draw(VALUES)
        case "delete":
            del holder[last]
        case "copy":
            source = draw(st.sampled_from(_places(document)))
            value = document
            for step in source:
                value = value[step]
            if isinstance(holder, list):
                holder.insert(last, copy.deepcopy(value))
            else:
                holder[draw(st.sampled_from(WORDS))] = copy.deepcopy(value)
        case "rename" if isinstance(holder, dict):
            holder[draw(st.sampled_from(WORDS) | st.text(max_size=10))] = holder.pop(last)


@pytest.mark.slow
def test_mutated_documents(tmp_path, netns, write):
    """`netns` says what this test needs; each document gets a namespace of its own."""
    end = time.monotonic() + SECONDS
    seen: set[int] = set()

    @settings(
        max_examples=100,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents())
    def run(document: Any) -> None:
        if time.monotonic() < end:
            seen.add(_look(write(json.dumps(document)), str(tmp_path / "state")))

    while time.monotonic() < end:
        run()
    assert seen >= {0, 65}, "the mutations are neither too tame nor too wild"


def _look(path: str, state: str) -> int:
    """Validate and plan, where there are a few links; the exit status of the plan."""
    with namespaces.fresh():
        harness.quieten()
        harness.shell("ip link add name old type veth peer name far\nip link add name there type bridge")
        valid = harness.netconf("validate", path)
        planned = harness.netconf("plan", "--state-dir", state, path)
    for done in (valid, planned):
        assert done.status in ENDS, (done.status, done.err)
        assert "Traceback" not in done.err
        assert not (done.status and done.out)
        assert not set(done.out + done.err) & set("\x00\x1b\u202e")
    if valid.status:
        assert planned.status == valid.status
    return planned.status
