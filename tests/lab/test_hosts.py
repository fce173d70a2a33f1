"""Machines connected to each other: netconf on three hosts, two of which reach each other through the third."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.machine import End, Machine
from lab.wire import Segment

SOURCES = Path(__file__).parents[2]

DOCUMENTS = {
    "left": """
netconf: 1
interfaces:
  uplink: {match: {permaddr: "LEFT"}, state: up, addresses: [192.0.2.1/24, {address: "2001:db8:1::1/64", flags: [nodad]}]}
routes:
  - {to: default, via: 192.0.2.254}
  - {to: "::/0", via: "2001:db8:1::fe"}
""",
    "router": """
netconf: 1
interfaces:
  lan0: {match: {path: platform/uml-vector.0}, state: up, addresses: [192.0.2.254/24, {address: "2001:db8:1::fe/64", flags: [nodad]}]}
  lan1: {match: {path: platform/uml-vector.1}, state: up, addresses: [198.51.100.254/24, {address: "2001:db8:2::fe/64", flags: [nodad]}]}
sysctl: {net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 1}
""",
    "right": """
netconf: 1
interfaces:
  nic: {match: {driver: uml-vector}, state: up, addresses: [198.51.100.1/24, {address: "2001:db8:2::1/64", flags: [nodad]}]}
routes:
  - {to: default, via: 198.51.100.254}
  - {to: "::/0", via: "2001:db8:2::fe"}
""",
}

APPLY = f"PYTHONPATH={SOURCES} {sys.executable} -m netconf apply ./host.yml --yes || exit 1; ip -br link > part; mv part links"
STAY = f"{APPLY}; sleep 1000"
ASK = f"""{APPLY}
for other in 198.51.100.1 2001:db8:2::1; do
  n=0; until busybox ping -c 1 -W 1 $other; do n=$((n+1)); [ $n -lt 200 ] || exit 2; done
done
touch reached
until [ -e cut ]; do sleep 0.1; done
n=0; while busybox ping -c 1 -W 1 198.51.100.1; do n=$((n+1)); [ $n -lt 60 ] || exit 3; done
"""


def until(there: Path, machine: Machine, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not there.exists():
        assert not machine.ended(), machine.stop()
        assert time.monotonic() < end, machine.stop()
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hosts_through_a_router(tmp_path: Path) -> None:
    with Segment() as one, Segment() as other, ExitStack() as stack:
        plugs = {"left": [one.plug()], "router": [one.plug(), other.plug()], "right": [other.plug()]}
        machines = {}
        for name, document in DOCUMENTS.items():
            job = tmp_path / name
            job.mkdir()
            (job / "host.yml").write_text(document.replace("LEFT", plugs["left"][0].mac))
            (job / "host.yml").chmod(0o644)
            command = ASK if name == "left" else STAY
            machines[name] = stack.enter_context(Machine(job, command, "160M", plugs[name]))
        left = machines["left"]
        for name, nic in {"left": "uplink", "router": "lan0", "right": "nic"}.items():
            until(tmp_path / name / "links", machines[name])
            assert nic in (tmp_path / name / "links").read_text()
        until(tmp_path / "left/reached", left)
        other.cut(plugs["right"][0])
        (tmp_path / "left/cut").touch()
        outcome = left.wait(240)
        assert (outcome.end, outcome.status) == (End.DONE, 0), outcome
