"""The examples of network namespaces, with packets through them, and their commands."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from engine.site import Site
from lab.netns import inside

from netconf.app.capture import capture
from netconf.app.plan import operation_rows, plan
from netconf.core.errors import UsageError
from netconf.inventory.writer import to_yaml

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = str(EXAMPLES / "namespaces/host.yml")
LINKS = str(EXAMPLES / "namespace-links/host.yml")

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


def way(netns, to):
    shown = subprocess.run(
        ["ip", "-n", netns, "route", "get", to], capture_output=True, text=True, check=True
    ).stdout
    return shown.split(" dev ")[1].split()[0]


def answer(where, address):
    with (
        inside(where, lambda: socket.create_server((address, 7)))
        if where
        else socket.create_server((address, 7)) as server
    ):
        inside("app", lambda: socket.create_connection(server.getsockname(), timeout=10)).close()


def test_links_between_namespaces(named_namespaces, tmp_path):
    site = Site(tmp_path)
    assert site.apply(LINKS).ending.cause is None
    assert site.changes(LINKS) == []
    answer("", "192.0.2.1")
    answer("vpn", "10.0.0.2")
    assert (way("app", "203.0.113.1"), way("app", "198.51.100.9")) == ("eth0", "wire0")
    assert site.apply(site.document("")).ending.cause is None
    assert subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout == "other\n"


@pytest.mark.parametrize("path", [EXAMPLE, LINKS])
def test_their_commands(named_namespaces, tmp_path, path):
    """Run by a shell they come to the same."""
    site = Site(tmp_path)
    with site.host() as host:
        lines = [line for row in operation_rows(plan(host, path).found, host.drivers) for line in row[1:]]
    subprocess.run(["sh", "-e"], input="\n".join(lines), text=True, check=True)
    assert site.changes(path) == []


@pytest.mark.parametrize(("path", "spaces"), [(EXAMPLE, ["router"]), (LINKS, ["app", "vpn"])])
def test_what_is_captured_makes_the_same(named_namespaces, tmp_path, path, spaces):
    site, again = Site(tmp_path / "here"), Site(tmp_path / "again")
    assert site.apply(path).ending.cause is None
    with site.host() as host:
        captured, left_out = capture(host, spaces=spaces)
    assert left_out == []
    written = tmp_path / "captured.yml"
    written.write_text(to_yaml(captured))
    assert Site(tmp_path / "stranger").changes(str(written)) == []
    assert site.apply(site.document("")).ending.cause is None
    assert again.apply(str(written)).ending.cause is None
    with again.host() as host:
        assert capture(host, spaces=spaces) == (captured, [])
    assert again.apply(again.document("")).ending.cause is None


def test_no_such_namespace_is_captured(named_namespaces, tmp_path):
    with Site(tmp_path).host() as host, pytest.raises(UsageError, match='no network namespace "nowhere"'):
        capture(host, spaces=["nowhere"])
