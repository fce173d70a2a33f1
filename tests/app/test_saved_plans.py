"""A saved plan is carried out as it was reviewed, or not at all."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from engine.site import Site, forked, ip, sysctl
from engine.snapshot import assert_same, at_rest, snapshot
from lab import netns as namespaces

DOCUMENT = """
interfaces:
  nic0: {addresses: [198.51.100.2/24, 198.51.100.9/24], sysctl: {ipv4.rp_filter: 1}, mtu: 1400}
  br0: {kind: bridge, address: "02:00:00:00:00:01", addresses: [192.0.2.1/24]}
routes:
  - {to: 10.0.0.0/8, via: 192.0.2.254}
"""


@pytest.fixture
def planned(site):
    for name in ("default", "all"):
        sysctl(**{f"ipv6__conf__{name}__accept_dad": 0})
    ip("link add nic0 type veth peer name nic1", "link set nic1 up", "link set nic0 up")
    site.path = site.document(DOCUMENT)
    site.file = str(site.root / "saved.plan")
    assert site.cli("plan", site.path, "--out", site.file) == 0
    site.old = at_rest()
    return site


def stale(site):
    before = at_rest()
    assert site.cli("apply", site.file, "-y") == 6
    assert_same(before)
    assert site.generation() in (0, 1)


def test_applied_as_it_is(planned):
    Path(planned.path).unlink()
    assert planned.cli("apply", planned.file, "-y") == 0
    planned.path = planned.document(DOCUMENT)
    assert planned.changes(planned.path) == []
    assert Path(planned.file).stat().st_mode & 0o777 == 0o600
    stale(planned)


@pytest.mark.parametrize(
    "hand",
    ["link set nic0 mtu 1400", "address add 198.51.100.9/24 dev nic0", "link add name br0 type bridge"],
)
def test_drift_of_what_it_changes(planned, hand):
    ip(hand)
    stale(planned)


@pytest.mark.parametrize(
    "hand", ["link set nic1 mtu 1300", "link add name br7 type bridge", "address add 10.77.0.1/24 dev nic1"]
)
def test_drift_of_something_else(planned, hand):
    ip(hand)
    assert planned.cli("apply", planned.file, "-y") == 0


def test_another_generation(planned):
    assert planned.cli("apply", planned.document("sysctl: {net.core.somaxconn: 4096}"), "-y") == 0
    stale(planned)


def change(site, **values):
    saved = json.loads(Path(site.file).read_text())
    Path(site.file).write_text(json.dumps({**saved, **values}, separators=(",", ":")))


def test_another_host(planned):
    change(planned, machine_id="0" * 32)
    stale(planned)


@pytest.mark.parametrize("shift", [-3601, +7200])
def test_expired_or_from_the_future(planned, shift):
    now = time.time()
    change(planned, created=now + shift, expires=now + shift + 3600)
    stale(planned)


def test_another_namespace(planned, tmp_path):
    before = snapshot()

    def elsewhere():
        with namespaces.fresh():
            ip("link add nic0 type veth peer name nic1")
            there = Site(tmp_path)
            return there.cli("apply", planned.file, "-y")

    assert forked(elsewhere) == 6
    assert snapshot() == before


def test_another_version_and_torn_files(planned):
    change(planned, format="netconf.planfile/99")
    stale(planned)
    text = Path(planned.file).read_text()
    Path(planned.file).write_text(text[: len(text) // 2])
    assert planned.cli("apply", planned.file, "-y") == 66
    change_nothing = '{"format":"netconf.planfile/1"}'
    Path(planned.file).write_text(change_nothing)
    assert planned.cli("apply", planned.file, "-y") == 66
    assert_same(planned.old)


def test_planning_writes_nothing(planned):
    """Neither to the kernel nor to the state directory."""
    subprocess.run(["rm", "-rf", planned.root / "state"], check=True)
    assert planned.cli("plan", planned.path, "--commands") == 0
    assert planned.cli("plan", planned.path, "--detailed-exitcode") == 2
    assert planned.cli("status") == 0
    assert not (planned.root / "state").exists()
    assert_same(planned.old)
