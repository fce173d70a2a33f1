"""What packets come to under one document: a table that every backend must keep to.

An observation is a name, what is tried (with the three hosts and what listens on them), and what it comes to. They are
made in this order, on one firewall: bans and counters of earlier ones are there for later ones.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import NamedTuple

from domains.firewall.hosts import OPEN, RESET, TIMEOUT, Echo, accepted

HOST, HOST6 = "198.51.100.1", "2001:db8:1::1"
SERVER, SERVER6 = "192.168.1.100", "2001:db8:2::100"
CLIENT, OTHER, BLOCKED = "198.51.100.2", "198.51.100.20", "198.51.100.66"


def accept(name, port, **words):
    return {"name": name, "proto": "tcp", "port": port, "action": "accept", **words}


FIREWALL = {
    "management": [{"port": 22, "from": "198.51.100.2"}],
    "defaults": {"input": "drop", "forward": "drop"},
    "zones": {"lan": ["lan0"]},
    "sets": {
        "blocked": {"entries": ["198.51.100.64/30", "2001:db8:1::66"]},
        "banned": {"type": "address", "dynamic": True, "timeout": "10min"},
    },
    "rules": [
        {"name": "no-8080", "proto": "tcp", "port": 8080, "action": "drop"},
        {"name": "blocked", "hook": ["input", "forward"], "from": "@blocked", "action": "drop"},
        {"name": "banned", "from": "@banned", "action": "drop"},
        {"name": "ping", "icmp": "echo-request", "action": "accept"},
        accept("ssh", 22, rate={"limit": "3/second", "burst": 5}),
        accept("web", [443, "6000-6010"]),
        {"name": "telnet", "proto": ["tcp", "udp"], "port": 23, "action": "reject"},
        {
            "name": "private",
            "proto": "tcp",
            "port": 24,
            "action": "reject",
            "reject_with": "admin-prohibited",
        },
        {
            "name": "knock",
            "proto": "tcp",
            "port": 7000,
            "rate": {"limit": "3/minute", "burst": 3, "per": "source", "over": True},
            "ban": "banned",
            "action": "drop",
        },
        accept("knocked", 7000),
        {"name": "busy", "proto": "tcp", "port": 9000, "connections": {"over": 3}, "action": "reject"},
        accept("served", 9000),
        {"name": "dns", "in": "@lan", "proto": "udp", "port": 53, "action": "accept"},
        accept("pattern", 5000, **{"in": ["la*", "none0"]}),
        accept("not-other", 81, **{"from": "!198.51.100.20"}),
        accept("from-4000", 82, source_port=4000),
        accept("six", 83, family="ipv6"),
        accept("marked", 84, fwmark="0x7/0xff"),
        accept("new", 85, state=["new"]),
        {"name": "returned", "proto": "tcp", "port": 86, "action": "return"},
        accept("never", 86),
        {
            "name": "told",
            "proto": "tcp",
            "port": 87,
            "log": {"prefix": "seen", "rate": "1/minute"},
            "action": "continue",
        },
        accept("goes-on", 87),
        {"name": "ntp", "proto": "udp", "port": 123, "state": ["untracked"], "action": "accept"},
        {"name": "no-out", "hook": "output", "proto": "udp", "to": SERVER, "port": 5000, "action": "drop"},
        accept("syn", 8443),
        {"name": "out", "hook": "forward", "in": "@lan", "out": "up0", "action": "accept"},
        accept("map-in", 8082, hook="forward", to="192.168.1.0/24"),
        accept("in6", 8083, hook="forward", to="2001:db8:2::/64"),
    ],
    "nat": [
        {
            "name": "www",
            "type": "dnat",
            "proto": "tcp",
            "port": 80,
            "destination": HOST,
            "to": f"{SERVER}:8081",
            "allow_forward": True,
            "hairpin": "192.168.1.0/24",
        },
        {"name": "proxy", "type": "redirect", "proto": "tcp", "port": 8888, "to_port": 443},
        {"name": "map", "type": "netmap", "destination": "10.77.0.0/24", "to_network": "192.168.1.0/24"},
        {"name": "fifty", "type": "snat", "from": "192.168.1.50", "out": "up0", "to": "198.51.100.9"},
        {"name": "internet", "type": "masquerade", "from": "192.168.1.0/24", "out": "up0"},
    ],
    "notrack": [{"name": "ntp-raw", "proto": "udp", "port": 123, "direction": "in"}],
    "syn_protect": [{"name": "syn-8443", "port": 8443}],
    "mark": [{"name": "seven", "from": OTHER, "mark": "0x7/0xff"}],
    "clamp_mss": {"mss": 1000},
}

SYSCTL = {
    "net.netfilter.nf_conntrack_tcp_loose": 0,
    "net.ipv4.tcp_syncookies": 1,
    "net.ipv4.tcp_timestamps": 1,
    "net.ipv4.ip_forward": 1,
    "net.ipv6.conf.all.forwarding": 1,
}

TCP_PORTS = [22, 23, 24, 81, 82, 83, 84, 85, 86, 87, 443, 5000, 6005, 7000, 8080, 8443, 9000, 9999]


def document(backend, **changes):
    return {"netconf": 1, "sysctl": SYSCTL, "firewall": {"backend": backend, **FIREWALL, **changes}}


class Scene(NamedTuple):
    """Who is there, and what listens: by (host, port)."""

    client: object
    host: object
    server: object
    listeners: dict


@contextmanager
def scene(hosts):
    """Everything listens that something is tried at."""
    client, host, server = hosts
    listeners = {("host", port): host.listen(port, socket.AF_INET6) for port in TCP_PORTS}
    listeners |= {("server", port): server.listen(port, socket.AF_INET6) for port in (8081, 8082, 8083, 8084)}
    listeners |= {("client", port): client.listen(port) for port in (90, 91)}
    echoes = [Echo(host, port) for port in (23, 53, 123, 9999)] + [Echo(server, 5000), Echo(client, 5001)]
    host.ip("addr add 198.51.100.9/24 dev up0")
    try:
        yield Scene(client, host, server, listeners)
    finally:
        for echo in echoes:
            echo.end()


def _seen(s, who, port, connect):
    """Who the listener thinks is asking; how it went, if nobody came."""
    how, near = connect()
    if how != OPEN:
        return how
    far, sender = accepted(s.listeners[who, port])
    far.close()
    near.close()
    return sender.removeprefix("::ffff:")


def _talk(s, port):
    """Data both ways. The kernel's SYN proxy takes a second to reach a server on its own host."""
    how, near = s.client.connect(HOST, port)
    near.settimeout(5)
    s.listeners["host", port].settimeout(5)
    far, _ = accepted(s.listeners["host", port])
    with near, far:
        near.send(b"a")
        far.settimeout(5)
        heard = far.recv(1)
        far.send(b"b")
        return how, heard + near.recv(1)


def _knock(s):
    """The first three are heard; then the source is banned from everything but management."""
    heard = [s.client.tcp(HOST, 7000, source=OTHER) for _ in range(4)]
    return heard, s.client.tcp(HOST, 443, source=OTHER), s.client.tcp(HOST, 443)


def _busy(s):
    number, sockets = s.client.many(6, HOST, 9000)
    for found in sockets:
        found.close()
    return number


def _flood(s):
    number, sockets = s.client.many(10, HOST, 22, source=OTHER)
    for found in sockets:
        found.close()
    return number


def _mss(s):
    """What the client was told of the server's maximum segment size."""
    how, near = s.client.connect(HOST, 80)
    assert how == OPEN
    far, _ = accepted(s.listeners["server", 8081])
    with near, far:
        return near.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1000


OBSERVATIONS = [
    ("management from its network", lambda s: s.client.tcp(HOST, 22), OPEN),
    ("management isn't limited", lambda s: s.client.many(10, HOST, 22)[0], 10),
    ("ssh from elsewhere is limited", _flood, 5),
    ("drop", lambda s: s.client.tcp(HOST, 8080), TIMEOUT),
    ("default", lambda s: s.client.tcp(HOST, 9999), TIMEOUT),
    ("default for UDP", lambda s: s.client.udp(HOST, 9999), TIMEOUT),
    ("accept", lambda s: s.client.tcp(HOST, 443), OPEN),
    ("accept a range", lambda s: s.client.tcp(HOST, 6005), OPEN),
    ("accept for IPv6", lambda s: s.client.tcp(HOST6, 443), OPEN),
    ("a set of networks", lambda s: s.client.tcp(HOST, 443, source=BLOCKED), TIMEOUT),
    ("a set of networks for IPv6", lambda s: s.client.tcp(HOST6, 443, source="2001:db8:1::66"), TIMEOUT),
    ("ping", lambda s: s.client.ping(HOST), OPEN),
    ("ping for IPv6", lambda s: s.client.ping(HOST6), OPEN),
    ("reject TCP", lambda s: s.client.tcp(HOST, 23), RESET),
    ("reject UDP", lambda s: s.client.udp(HOST, 23), RESET),
    ("reject in another way", lambda s: s.client.tcp(HOST, 24), "host unreachable"),
    ("connections of one source", _busy, 3),
    ("a zone", lambda s: s.server.udp("192.168.1.1", 53), SERVER),
    ("outside the zone", lambda s: s.client.udp(HOST, 53), TIMEOUT),
    ("a pattern of interfaces", lambda s: s.server.tcp("192.168.1.1", 5000), OPEN),
    ("outside the pattern", lambda s: s.client.tcp(HOST, 5000), TIMEOUT),
    ("all but one source", lambda s: s.client.tcp(HOST, 81), OPEN),
    ("the one source", lambda s: s.client.tcp(HOST, 81, source=OTHER), TIMEOUT),
    ("all but one source for IPv6", lambda s: s.client.tcp(HOST6, 81), OPEN),
    ("a source port", lambda s: s.client.tcp(HOST, 82, source_port=4000), OPEN),
    ("another source port", lambda s: s.client.tcp(HOST, 82, source_port=4001), TIMEOUT),
    ("one family", lambda s: (s.client.tcp(HOST, 83), s.client.tcp(HOST6, 83)), (TIMEOUT, OPEN)),
    ("a mark", lambda s: s.client.tcp(HOST, 84, source=OTHER), OPEN),
    ("no mark", lambda s: s.client.tcp(HOST, 84), TIMEOUT),
    ("established goes on", lambda s: _talk(s, 85), (OPEN, b"ab")),
    ("return to the default", lambda s: s.client.tcp(HOST, 86), TIMEOUT),
    ("continue", lambda s: s.client.tcp(HOST, 87), OPEN),
    ("untracked", lambda s: s.client.udp(HOST, 123), CLIENT),
    ("output", lambda s: s.host.udp(SERVER, 5000), "not permitted"),
    ("a SYN proxy", lambda s: _talk(s, 8443), (OPEN, b"ab")),
    ("forward out", lambda s: _seen(s, "client", 90, lambda: s.server.connect(CLIENT, 90)), HOST),
    ("ping out", lambda s: s.server.ping(CLIENT), OPEN),
    (
        "snat",
        lambda s: _seen(s, "client", 91, lambda: s.server.connect(CLIENT, 91, source="192.168.1.50")),
        "198.51.100.9",
    ),
    ("forward in", lambda s: s.client.tcp(SERVER, 8084), TIMEOUT),
    ("forward in for IPv6", lambda s: (s.client.tcp(SERVER6, 8083), s.client.tcp(SERVER6, 8084)), (OPEN, TIMEOUT)),
    ("dnat", lambda s: _seen(s, "server", 8081, lambda: s.client.connect(HOST, 80)), CLIENT),
    ("dnat from inside", lambda s: _seen(s, "server", 8081, lambda: s.server.connect(HOST, 80)), "192.168.1.1"),
    ("netmap", lambda s: _seen(s, "server", 8082, lambda: s.client.connect("10.77.0.100", 8082)), CLIENT),
    ("redirect", lambda s: s.client.tcp(HOST, 8888), OPEN),
    ("clamp MSS", _mss, True),
    ("a ban", _knock, ([OPEN, OPEN, OPEN, TIMEOUT], TIMEOUT, OPEN)),
    ("management of the banned", lambda s: s.client.tcp(HOST, 22), OPEN),
]  # fmt: skip
