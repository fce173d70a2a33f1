"""Whatever step fails where links are made again that entries, groups, address labels and MPTCP endpoints hang on,
the end is the old state, that of others included.
"""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from contract.snapshot import differences, quiet, snapshot
from engine.site import Site, Strike, Trace

from netconf.core.errors import ApplyError
from netconf.core.outcome import Outcome
from netconf.engine.rollback import Exactness

pytestmark = [pytest.mark.slow, pytest.mark.needs("mptcp")]

NUMBER = re.compile(r"/info_slave_data/(designated_port|no|id): ")
A, B, C = (f"02:00:00:00:00:{number}" for number in ("0a", "0b", "0c"))
ALL = "00:00:00:00:00:00"


def to(address, dst, **more):
    return {"lladdr": address, "dst": dst, **more}


NEXTHOPS = {"1": {"via": "192.0.2.1", "fdb": "on"}, "10": {"group": {"1": 1}, "fdb": "on"}}
OLD = {
    "netconf": 1,
    "interfaces": {
        "b0": {"kind": "bridge", "address": "02:00:00:00:01:00", "fdb": [{"lladdr": A}]},
        "b1": {"kind": "bridge", "address": "02:00:00:00:01:01"},
        "v0": {"kind": "veth", "veth": {"peer": "v1"}, "master": "b0", "fdb": [{"lladdr": B}], "mdb": [{"group": "239.1.1.1"}]},
        "v1": {"state": "up", "addresses": ["198.51.100.1/24"]},
        "x0": {
            "kind": "vxlan",
            "vxlan": {"id": 5, "port": 4789},
            "master": "b0",
            "fdb": [to(ALL, "192.0.2.8"), to(ALL, "192.0.2.9"), to(A, "192.0.2.8"), {"lladdr": B, "nhid": 10}],
        },
    },
    "nexthops": NEXTHOPS,
    "address_labels": [{"prefix": "2001:db8::/32", "label": 20, "dev": "x0"}, {"prefix": "fc00::/7", "label": 9}],
    "mptcp": {"endpoints": [{"address": "198.51.100.1", "subflow": "on", "dev": "x0"}], "limits": {"subflows": 3}},
}  # fmt: skip
NEW = {
    "netconf": 1,
    "interfaces": {
        "b0": {"kind": "bridge", "address": "02:00:00:00:01:00", "fdb": []},
        "b1": {"kind": "bridge", "address": "02:00:00:00:01:01"},
        "v0": {"kind": "veth", "veth": {"peer": "v1"}, "master": "b1", "fdb": [{"lladdr": B, "sticky": "on"}], "mdb": [{"group": "239.1.1.1", "source": "192.0.2.1"}]},
        "v1": {"state": "up", "addresses": ["198.51.100.1/24"]},
        "x0": {
            "kind": "vxlan",
            "vxlan": {"id": 6, "port": 4789},
            "master": "b0",
            "fdb": [to(ALL, "192.0.2.9", port=4790), to(A, "192.0.2.7"), to(B, "192.0.2.8"), {"lladdr": C}],
        },
    },
    "nexthops": NEXTHOPS,
    "address_labels": [{"prefix": "2001:db8::/32", "label": 21}],
    "mptcp": {"endpoints": [{"address": "198.51.100.1", "signal": "on", "port": 8080, "id": 1}]},
}  # fmt: skip
FOREIGN = (
    f"bridge fdb add {C} dev v0 master static",
    "bridge mdb add dev b0 port v0 grp 239.1.1.9 permanent",
    "bridge mdb add dev b0 port x0 grp ff0e::9 permanent",
)


def text(document):
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items())


def refuse():
    raise ApplyError("refused by the test")


def lost(old):
    """What differs. Which number a port has in its bridge is a matter of who came first."""
    return [line for line in differences(old, snapshot()) if not NUMBER.search(line)]


@pytest.mark.slow
def test_a_failure_at_every_step(netns, tmp_path):
    quiet()
    site = Site(tmp_path)
    new = site.document(text(NEW))
    assert site.apply(site.document(text(OLD))).ending.cause is None
    for command in FOREIGN:
        subprocess.run(command.split(), check=True)
    old = snapshot()
    trace = Trace()
    done = site.apply(new, checkpoint=trace, singly=True)
    assert done.ending.cause is None, done.ending
    assert site.plan(new).found.plan.changes == {}
    assert site.rollback().ending.cause is None
    assert lost(old) == []
    steps = [at for at, name in enumerate(trace) if name.startswith(("apply.", "verify."))]
    assert len(steps) > 20
    for at in steps:
        ending = site.apply(new, checkpoint=Strike(at, refuse), singly=True).ending
        assert ending.outcome is Outcome.ROLLED_BACK, (at, trace[at])
        assert ending.restored.exactness is Exactness.EXACT, (at, trace[at], ending.restored.differences)
        assert lost(old) == [], (at, trace[at])
