"""What the kernel does besides what it's told: undone with it, though nobody named it."""

from __future__ import annotations

import pytest
from engine.site import ip, sysctl
from engine.snapshot import assert_same, at_rest, objects
from engine.spaces import assert_same as settled_same
from engine.spaces import at_rest as settled

from netconf.engine.rollback import Exactness

FAIL = '\nsysctl: {net.core.somaxconn: "0x10"%s}'
"""Taken by the kernel and read back as 16: found by the verification, after everything else is done."""


@pytest.fixture
def host(site):
    """A link with everything on it, all of it other people's."""
    for name in ("default", "all"):
        sysctl(**{f"ipv6__conf__{name}__accept_dad": 0})
    ip("link add a0 type veth peer name b0", "link set b0 up", "link set a0 up")
    ip("address add 192.0.2.1/24 dev a0", "address add 192.0.2.2/24 dev a0", "address add 10.0.0.1/8 dev a0")
    ip("address add 2001:db8::1/64 dev a0 nodad", "address add 2001:db8::2/64 dev a0 nodad")
    ip("route add 198.51.100.0/24 via 192.0.2.254 proto zebra", "route add 203.0.113.0/24 dev a0 table 9")
    ip("route add 2001:db8:9::/48 via 2001:db8::fe proto zebra", "route add 2001:db8:8::/48 dev a0 table 9")
    ip(
        "link add name br0 type bridge",
        "link set br0 up",
        "link add name mv0 link a0 type macvlan",
        "link set mv0 up",
    )
    sysctl(ipv4__conf__mv0__forwarding=1, ipv4__conf__all__accept_redirects=1, ipv6__conf__b0__hop_limit=9)
    site.old = at_rest()
    return site


DOCUMENTS = {
    "ipv6 off on a link": "interfaces: {a0: {sysctl: {ipv6.disable_ipv6: 1}}}",
    "ipv6 off": "",
    "ipv6 off but on a link": "interfaces: {a0: {sysctl: {ipv6.disable_ipv6: 0}}}",
    "mtu too small for ipv6": "interfaces: {a0: {mtu: 1200}}",
    "link down": "interfaces: {a0: {state: down}}",
    "no addresses": "interfaces: {a0: {addresses: []}}",
    "other addresses": "interfaces: {a0: {addresses: [10.0.0.1/8, 192.0.2.2/24]}}",
    "addresses in another order": "interfaces: {a0: {addresses: [10.0.0.1/8, 192.0.2.2/24, 192.0.2.1/24]}}",
    "forwarding on": "",
    "a port": "interfaces: {b0: {master: br0, mtu: 1400}}",
    "another address": 'interfaces: {b0: {address: "02:00:00:00:00:07"}}',
    "defaults": "",
}
SYSCTLS = {
    "ipv6 off": ", net.ipv6.conf.all.disable_ipv6: 1",
    "ipv6 off but on a link": ", net.ipv6.conf.all.disable_ipv6: 1",
    "forwarding on": ", net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 1",
    "defaults": ", net.ipv4.conf.default.rp_filter: 1, net.ipv6.conf.default.hop_limit: 63",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", DOCUMENTS)
def test_undone_after_a_failure_and_by_a_rollback(host, what):
    failing = host.document(DOCUMENTS[what] + FAIL % SYSCTLS.get(what, ""))
    done = host.apply(failing)
    assert done.ending.restored is not None, done.ending
    assert done.ending.restored.exactness is not Exactness.INCOMPLETE, done.ending
    assert_as_it_was(host, what)
    good = host.document((DOCUMENTS[what] + FAIL % SYSCTLS.get(what, "")).replace('"0x10"', "16"))
    done = host.apply(good)
    assert done.ending.cause is None, done.ending
    assert host.changes(good) == []
    assert host.rollback().ending.cause is None
    assert_as_it_was(host, what)


def assert_as_it_was(host, what):
    if what == "a port":
        assert_same(without_bridge(host.old), what, without_bridge)
    else:
        assert_same(host.old, what)


def test_what_was_there_without_an_address_stays_when_the_first_one_goes(site):
    """The kernel drops a link's IPv4 routes and neighbours with its last address, which is ours."""
    sysctl(ipv6__conf__default__accept_dad=0)
    ip("link add a0 type veth peer name b0", "link set b0 up", "link set a0 up")
    ip("route add 198.51.100.0/24 dev a0 proto zebra", "route add 203.0.113.0/24 dev a0 table 9 proto zebra")
    ip("neigh add 192.0.2.99 lladdr 02:00:00:00:00:99 dev a0")
    old, had = at_rest(), neighbours()
    text = "interfaces: {a0: {addresses: [192.0.2.1/24]}}"
    failed = site.apply(site.document(text + FAIL % ""))
    assert failed.ending.restored.exactness is not Exactness.INCOMPLETE, failed.ending
    assert_same(old, "after a failure")
    assert neighbours() == had
    assert site.apply(site.document(text)).ending.cause is None
    assert site.rollback().ending.cause is None
    assert_same(old, "rolled back")
    assert neighbours() == had


@pytest.mark.parametrize(
    "first",
    ["[10.0.1.4/24, 10.0.2.3/24, 10.0.1.1/24]", "[10.0.2.3/24, 10.0.1.4/24]", "[10.0.1.4/24, 10.0.1.2/25]"],
)
def test_a_primary_comes_back_where_it_was(site, names, first):
    """Not as a secondary of the one it had made way for, which the kernel would promote behind all others."""
    sysctl(ipv6__conf__default__accept_dad=0)
    text = "netns: {%s: {interfaces: {i0: {kind: ifb, addresses: %s}}}}\ninterfaces: {i0: {kind: ifb, addresses: %s}}"
    site.apply(site.document(text % (names[0], first, first)))
    old = settled(names)
    second = "[10.0.1.2/24]"
    assert site.apply(site.document(text % (names[0], second, second))).ending.cause is None
    done = site.rollback()
    assert done.ending.cause is None, done.ending
    settled_same(names, old)


def neighbours():
    return objects("neigh show nud permanent")


def without_bridge(rows):
    """A bridge that has lost its last port has an address of zeros (or, where it's set, another id), and no
    carrier, which its routes may tell.
    """
    kept = (row for row in rows if '"ifname": "br0"' not in row or not row.startswith("ip "))
    return tuple(row.replace('["linkdown"]', "[]") if '"dev": "br0"' in row else row for row in kept)


def test_the_plan_names_what_goes_with_ipv6(host):
    path = host.document("sysctl: {net.ipv6.conf.all.disable_ipv6: 1}")
    changes = host.changes(path)
    for name in ("address[a0 2001:db8::1/64]", "route[2001:db8:9::/48]", "route[2001:db8:8::/48 table 9]"):
        assert name in changes
    host.apply(path)
    assert all(not row.get("addr_info") for row in objects("address show", "ip -6"))


def test_a_link_that_keeps_ipv6_keeps_what_it_has(host):
    had = on_a0()
    path = host.document(
        "interfaces: {a0: {sysctl: {ipv6.disable_ipv6: 0}}}\nsysctl: {net.ipv6.conf.all.disable_ipv6: 1}"
    )
    done = host.apply(path)
    assert done.ending.cause is None, done.ending
    assert on_a0() == had
    assert not any(row.get("addr_info") for row in objects("address show dev b0", "ip -6"))
    assert host.changes(path) == []


def on_a0():
    addresses = [
        info["local"] for row in objects("address show dev a0", "ip -6") for info in row["addr_info"]
    ]
    routes = [
        row["dst"] for table in ("main", "9") for row in objects(f"route show dev a0 table {table}", "ip -6")
    ]
    return addresses, routes
