"""examples/anycast-rip: a host with dummies and Debian's BIRD as it comes, and a router that learns by RIP."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from birds import Daemon, Namespace, until

from netconf.cli import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "anycast-rip" / "host.yml"
CONFIG, SOCKET = Path("/etc/bird/bird.conf"), Path("/run/bird/bird.ctl")
ROUTER = """router id 192.0.2.1;
log stderr all;
protocol device { }
protocol kernel { ipv4 { import none; export all; }; }
protocol rip uplink { ipv4 { import all; export none; }; interface "wire" { version 2; timeout time 20; }; }
"""
SERVICES = {"192.168.14.88", "192.168.14.89", "192.168.14.90"}


def ip(*lines):
    for line in lines:
        subprocess.run(["ip", *line.split()], check=True)


@pytest.fixture
def router(tmp_path):
    """The far end of eth0, in a namespace of its own, with a BIRD of its own."""
    inside = Namespace()
    ip(
        f"link add eth0 type veth peer name wire netns {inside.pid}",
        "link set eth0 up",
        "addr add 192.0.2.10/24 dev eth0",
    )
    inside.ip("link set wire up", "addr add 192.0.2.1/24 dev wire")
    daemon = Daemon(tmp_path / "router", ROUTER, inside.inside).start()
    yield inside
    daemon.stop()
    ip("link del eth0")
    inside.close()


@pytest.fixture
def debian_bird():
    """The daemon as the package starts it, on the file as it comes: without privileges, as its own user."""
    SOCKET.parent.mkdir(exist_ok=True)
    subprocess.run(["chown", "bird:bird", str(SOCKET.parent)], check=True)
    subprocess.run(["bird", "-u", "bird", "-g", "bird"], check=True)
    until(SOCKET.exists, 10)
    yield
    subprocess.run(["birdc", "down"], check=False, capture_output=True)


def learnt(router):
    return {row["dst"] for row in json.loads(router.run("ip", "-j", "route", "show", "proto", "bird"))}


@pytest.mark.needs("link:dummy", "guest", "bin:bird")
def test_only_services_are_announced_and_a_later_one_too(router, debian_bird, tmp_path, capfd):
    options = ["--state-dir", str(tmp_path / "state")]
    by_hand = CONFIG.read_text()
    assert main(["apply", "--yes", str(EXAMPLE), *options]) == 0, capfd.readouterr().err
    until(lambda: learnt(router) == SERVICES, 15, lambda: learnt(router))
    assert main(["plan", "--detailed-exitcode", str(EXAMPLE), *options]) == 0
    # The daemon's user can read the file, and not write it.
    assert CONFIG.stat().st_mode & 0o777 == 0o640

    ip("link add service_9 type dummy", "link set service_9 up", "addr add 192.168.14.97/32 dev service_9")
    ip("link add other0 type dummy", "link set other0 up", "addr add 192.168.77.2/32 dev other0")
    until(lambda: learnt(router) == {*SERVICES, "192.168.14.97"}, 15, lambda: learnt(router))

    # Its check fails: no carrier, no announcement, while it still answers here.
    Path("/sys/class/net/service_0/carrier").write_text("0")
    until(lambda: "192.168.14.88" not in learnt(router), 15, lambda: learnt(router))
    Path("/sys/class/net/service_0/carrier").write_text("1")
    until(lambda: "192.168.14.88" in learnt(router), 15, lambda: learnt(router))
    ip("link del service_9", "link del other0")
    until(lambda: learnt(router) == SERVICES, 15, lambda: learnt(router))

    assert main(["rollback", "--to", "0", "--yes", *options]) == 0, capfd.readouterr().err
    assert CONFIG.read_text() == by_hand
    until(lambda: not learnt(router), 40, lambda: learnt(router))
