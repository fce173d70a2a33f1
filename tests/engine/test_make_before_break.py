"""What stays needed is never away, not for a moment: watched on rtnetlink."""

from __future__ import annotations

import pytest
from engine.site import ip, sysctl
from engine.snapshot import assert_same, at_rest, objects
from engine.watch import watching

LINKS = "a0: {kind: veth, veth: {peer: b0}, addresses: [%s]}\n  b0: {state: up}\n  c0: {kind: veth, veth: {peer: d0}, addresses: [%s]}\n  d0: {state: up}"


def document(site, here, there="", routes=""):
    routes = f"routes:\n{routes}\n" if routes else ""
    return site.document(f"interfaces:\n  {LINKS % (here, there)}\n{routes}")


def lost(events, prefix):
    return [event for event in events if event.what.startswith("-") and event.prefix.split("/")[0] == prefix]


SECONDARIES = {
    "kept": ("192.0.2.9/24", "192.0.2.9/24"),
    "moved along": ("192.0.2.9/24", "192.0.2.9/25"),
    "on both": ("192.0.2.9/24", "192.0.2.9/24, 192.0.2.9/25"),
    "gone": ("192.0.2.9/24", ""),
    "new": ("", "192.0.2.9/25"),
    "two": ("192.0.2.9/24, 192.0.2.8/24", "192.0.2.8/24, 192.0.2.9/24"),
}


@pytest.mark.parametrize("promote", [pytest.param(0, marks=pytest.mark.slow), 1])
@pytest.mark.parametrize("secondary", SECONDARIES)
@pytest.mark.parametrize("src", ["", ", src: 192.0.2.1", ", src: 192.0.2.9"])
def test_a_primary_gets_another_prefix_length(site, promote, secondary, src):
    sysctl(ipv4__conf__default__promote_secondaries=promote)
    old, new = SECONDARIES[secondary]
    if src.endswith("9") and not (old and new):
        pytest.skip("a route can't have a source address that isn't there")
    route = f"  - {{to: default, via: 192.0.2.126, dev: a0, metric: 100{src}}}"
    assert site.apply(document(site, f"192.0.2.1/24, {old}", "", route)).ending.cause is None
    path = document(site, f"192.0.2.1/25, {new}", "", route)
    with watching() as events:
        assert site.apply(path).ending.cause is None
    assert site.changes(path) == []
    if secondary == "two" and src.endswith("9"):
        return  # their order changes, so one of them has to go for a moment, and the route with it
    assert lost(events, "default") == []
    if secondary == "kept":
        assert "-address" not in [event.what for event in lost(events, "192.0.2.9")], events
    for local in ("192.0.2.1", *(["192.0.2.9"] if old and new else [])):
        assert_never_without(events, local, count=1)
    primary = [row["local"] for row in addresses("a0") if not row.get("secondary")]
    assert "192.0.2.1" in primary


def addresses(link):
    return [row for row in objects(f"address show dev {link}")[0]["addr_info"] if row["family"] == "inet"]


def assert_never_without(events, local, count):
    """At no moment was there none of the addresses with this text."""
    for event in events:
        if event.what.endswith("address") and event.prefix.split("/")[0] == local:
            count += 1 if event.what.startswith("+") else -1
            assert count > 0, (local, events)


def test_an_address_moves_to_another_link(site):
    route = "  - {to: 203.0.113.0/24, via: 10.0.0.254, dev: c0, src: 192.0.2.1}\n  - {to: default, via: 10.0.0.254, src: 192.0.2.1}"
    first = document(site, "192.0.2.1/32", "10.0.0.1/24", route)
    assert site.apply(first).ending.cause is None
    old = at_rest()
    path = document(site, "", "10.0.0.1/24, 192.0.2.1/32", route)
    with watching() as events:
        assert site.apply(path).ending.cause is None
    assert site.changes(path) == []
    assert lost(events, "default") == [] == lost(events, "203.0.113.0")
    assert_never_without(events, "192.0.2.1", 1)
    with watching() as events:
        site.rollback()
    assert lost(events, "default") == []
    assert_same(old)


def test_a_route_moves_to_another_link(site):
    route = "  - {to: default, via: %s.254, dev: %s}\n  - {to: 10.9.0.0/16, via: %s.254, dev: %s, metric: 5}"
    here, there = ("192.0.2", "a0", "192.0.2", "a0"), ("10.0.0", "c0", "10.0.0", "c0")
    site.apply(document(site, "192.0.2.1/24", "10.0.0.1/24", route % here))
    path = document(site, "192.0.2.1/24", "10.0.0.1/24", route % there)
    with watching() as events:
        assert site.apply(path).ending.cause is None
    assert site.changes(path) == []
    assert lost(events, "default") == [] == lost(events, "10.9.0.0")
    assert objects("route show default")[0]["dev"] == "c0"


def test_an_address_gets_another_label(site):
    """It has to go and come back, as does what's behind it; the kernel drops a link's routes with its
    last address, so they're put back.
    """
    route = "  - {to: 203.0.113.0/24, via: 192.0.2.254, src: 192.0.2.1}\n  - {to: default, via: 192.0.2.254}"
    site.apply(document(site, '{address: 192.0.2.1/24, label: "a0:x"}, 192.0.2.2/24', "", route))
    path = document(site, '{address: 192.0.2.1/24, label: "a0:y"}, 192.0.2.2/24', "", route)
    with watching() as events:
        assert site.apply(path).ending.cause is None
    assert site.changes(path) == []
    assert [(row["local"], row["label"]) for row in addresses("a0")] == [
        ("192.0.2.1", "a0:y"),
        ("192.0.2.2", "a0"),
    ]
    assert len(objects("route show proto 110")) == 2
    assert_never_two_away(events)


def assert_never_two_away(events):
    away = set()
    for event in events:
        if event.what.endswith("address"):
            (away.add if event.what.startswith("-") else away.discard)(event.prefix)
            assert len(away) < 2, events


def test_others_routes_over_a_link_that_loses_its_addresses(site):
    """With the last IPv4 address the kernel drops all IPv4 routes of the link, whoever made them."""
    site.apply(document(site, "192.0.2.1/24"))
    ip(
        "route add 10.9.0.0/16 dev a0 proto zebra",
        "route add 10.8.0.0/16 via 192.0.2.254 proto zebra table 7",
    )
    old = at_rest()
    changed = document(site, "192.0.3.1/24")
    with watching() as events:
        assert site.apply(changed).ending.cause is None
    assert lost(events, "10.9.0.0") == [] == lost(events, "10.8.0.0")
    site.rollback()
    assert_same(old)
    none = site.document("interfaces: {a0: {addresses: []}, b0: {}}\nroutes: [{to: 10.7.0.0/16, dev: a0}]")
    assert "route[10.8.0.0/16 table 7]" in site.changes(none)
    assert site.apply(none).ending.cause is None
    assert site.changes(none) == []
    site.rollback()
    assert_same(old)


def test_ipv6_addresses_and_their_routes(site):
    sysctl(ipv6__conf__default__accept_dad=0)
    route = '  - {to: "2001:db8:9::/48", via: "2001:db8::fe", dev: a0, src: "2001:db8::1"}'
    first = '{address: "2001:db8::1/64", flags: [nodad]}'
    site.apply(document(site, first, "", route))
    path = document(site, '{address: "2001:db8::1/64", flags: [nodad], preferred_lifetime: 0s}', "", route)
    with watching() as events:
        assert site.apply(path).ending.cause is None
    assert site.changes(path) == []
    assert lost(events, "2001:db8:9::") == [] == lost(events, "2001:db8::1")
