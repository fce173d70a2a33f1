"""Whatever step fails where links with nexthops are made again, the end is the old state, that of others included."""

from __future__ import annotations

import json

import pytest
from contract.snapshot import differences, quiet, snapshot
from engine.site import Site, Strike, Trace, ip

from netconf.core.errors import ApplyError
from netconf.core.outcome import Outcome
from netconf.engine.rollback import Exactness

pytestmark = pytest.mark.slow


def links(peer):
    up = {"state": "up"}
    pair = {"kind": "veth", "veth": {"peer": peer}, "addresses": ["192.0.2.1/24", "2001:db8::1/64"]}
    other = {"kind": "veth", "veth": {"peer": "w1"}, "addresses": ["198.51.100.1/24"]}
    return {"v0": pair, peer: up, "w0": other, "w1": up, "lo": up}


OLD = {
    "netconf": 1,
    "interfaces": links("v1"),
    "nexthops": {
        "1": {"via": "192.0.2.9"},
        "2": {"via": "198.51.100.9"},
        "3": {"via": "2001:db8::9", "dev": "v0"},
        "10": {"group": {"1": 3, "2": 1}},
        "20": {"group": {"1": 1, "2": 1}, "buckets": 16},
        "30": {"group": {"2": 1}},
    },
    "routes": [
        {"to": "10.0.0.0/8", "nexthop": 10},
        {"to": "10.2.0.0/16", "nexthop": 20, "metric": 7},
        {"to": "10.3.0.0/16", "nexthop": 30},
        {"to": "2001:db8:8::/48", "nexthop": 3},
    ],
}
NEW = {
    "netconf": 1,
    "interfaces": {**links("v2"), "v1": {"state": "absent"}},
    "nexthops": {
        "1": {"via": "192.0.2.8"},
        "2": {"via": "198.51.100.9"},
        "4": {"blackhole": "on"},
        "10": {"group": {"1": 1}},
        "20": {"group": {"1": 1, "2": 1}, "buckets": 32},
        "30": {"via": "192.0.2.7"},
    },
    "routes": [
        {"to": "10.0.0.0/8", "nexthop": 10},
        {"to": "10.2.0.0/16", "nexthop": 20, "metric": 7},
        {"to": "10.3.0.0/16", "nexthop": 30, "mtu": 1400},
        {"to": "10.4.0.0/16", "nexthop": 4},
    ],
}
FOREIGN = (
    "nexthop add id 51 via 192.0.2.8 dev v0 protocol zebra",
    "nexthop add id 52 via 198.51.100.8 dev w0 protocol zebra",
    "nexthop add id 60 group 51/52,2 protocol zebra",
    "nexthop add id 61 group 51 type resilient buckets 8 protocol zebra",
    "route add 172.16.0.0/16 nhid 60 proto zebra",
    "route add 172.17.0.0/16 nhid 61 proto zebra metric 20 mtu 1300",
    "route add 172.18.0.0/16 nhid 1 proto zebra table 100",
    "route add 2001:db8:9::/48 nhid 3 proto static",
)


def text(document):
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items())


def refuse():
    raise ApplyError("refused by the test")


@pytest.mark.slow
def test_a_failure_at_every_step(netns, tmp_path):
    quiet()
    site = Site(tmp_path)
    new = site.document(text(NEW))
    assert site.apply(site.document(text(OLD))).ending.cause is None
    ip(*FOREIGN)
    old = snapshot()
    trace = Trace()
    done = site.apply(new, checkpoint=trace, singly=True)
    assert done.ending.cause is None, done.ending
    assert site.plan(new).found.plan.changes == {}
    assert site.rollback().ending.cause is None
    assert differences(old, snapshot()) == []
    steps = [at for at, name in enumerate(trace) if name.startswith(("apply.", "verify."))]
    assert len(steps) > 20
    for at in steps:
        ending = site.apply(new, checkpoint=Strike(at, refuse), singly=True).ending
        assert ending.outcome is Outcome.ROLLED_BACK, (at, trace[at])
        assert ending.restored.exactness is Exactness.EXACT, (at, trace[at], ending.restored.differences)
        assert differences(old, snapshot()) == [], (at, trace[at])
