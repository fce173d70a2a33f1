"""Fixtures of the scenarios that run in a guest."""

from __future__ import annotations

import subprocess

import pytest
from birds import Daemon, Namespace, until
from scenarios.rack import ROUTER, SOCKET, ip


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
