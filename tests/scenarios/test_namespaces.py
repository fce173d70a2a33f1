"""The example of network namespaces, with packets through it."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from engine.site import Site
from lab.netns import inside

EXAMPLE = str(Path(__file__).parents[2] / "examples/namespaces/host.yml")

NEIGHBOUR = """
netns add far
-n router link add far0 type veth peer name far1 netns far
-n router link set far0 master lan0 up
-n far link set far1 up
-n far address add 198.51.100.9/24 dev far1
-n far address add 203.0.113.9/32 dev far1
-n far route add default via 198.51.100.1
"""


def listener():
    return socket.create_server(("203.0.113.9", 7))


def test_packets_through_the_router(named_namespaces, tmp_path):
    """From the host through the namespace to a host behind it, and nothing is left in the end."""
    site = Site(tmp_path)
    assert site.apply(EXAMPLE).ending.cause is None
    assert site.changes(EXAMPLE) == []
    for line in NEIGHBOUR.strip().splitlines():
        subprocess.run(["ip", *line.split()], check=True)
    with inside("far", listener) as server:
        server.settimeout(10)
        with socket.create_connection(("203.0.113.9", 7), timeout=10) as client:
            connection, (source, _) = server.accept()
            connection.close()
            assert client.recv(1) == b""
    assert source == "192.0.2.1"
    subprocess.run(["ip", "netns", "del", "far"], check=True)
    assert site.apply(site.document("")).ending.cause is None
    assert (
        subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        == "other\n"
    )
