"""What holds among the fields of one route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netconf.core import ip
from netconf.domains.route import multipath, scopes
from netconf.grammar import reject

if TYPE_CHECKING:
    from netconf.domains.route.spec import Nexthop, Route

ON_LINK: Mapping[str, tuple[str | None, ...]] = {
    "multicast": (None, "global", "site", "link"),
    "broadcast": (None, "link"),
    "anycast": (None, "link"),
}
"""Kinds that lead to a link and no further, with the scopes they may have (fib_props of net/ipv4/fib_semantics.c)."""

_SIMPLE = {"to", "via", "dev", "table", "metric"}
"""Fields among which nothing can contradict: as most routes are, a dev and at most a gateway."""


def check(route: Route) -> None:
    """Refuse what contradicts itself, leads nowhere, or is what the kernel doesn't take."""
    if route.dev is not None and route.model_fields_set <= _SIMPLE and _gateway_fits(route):
        return
    _check_next_hops(route)
    _check_families(route)
    scopes.check(route)
    _check_inline(route)
    multipath.check(route.to, route.nexthops or (), v6=is_v6(route))
    for name in route.lock or ():
        if getattr(route, name) is None:
            reject(
                "NC2306",
                f"lock names {name}, which isn't given",
                "there is nothing to lock",
                f"give {name}, or remove it from lock",
            )


def check_onlink(hop: Nexthop | Route) -> None:
    missing = "via" if hop.via is None else "dev" if hop.dev is None else ""
    if hop.onlink == "on" and missing:
        reject(
            "NC2315",
            f"onlink: on without {missing}",
            "it says that the gateway is on that link, whatever the addresses say",
            f"add {missing}:, or remove onlink",
        )


def _gateway_fits(route: Route) -> bool:
    return route.via is None or ":" in route.via or ":" not in route.to


def _check_next_hops(route: Route) -> None:
    ways = [
        name
        for name in ("via", "dev", "nexthops", "nexthop", "onlink", "encap")
        if getattr(route, name) is not None
    ]
    if route.kind in ON_LINK:
        _check_on_link(route, ways)
    elif route.kind in ("blackhole", "unreachable", "prohibit", "throw"):
        if ways:
            reject(
                "NC2302",
                f"a {route.kind} route with {ways[0]}",
                "its packets go nowhere",
                f"remove {ways[0]}, or kind",
            )
    elif route.nexthops is not None and len(ways) > 1:
        other = next(name for name in ways if name != "nexthops")
        reject("NC2303", f"nexthops together with {other}", "each next hop has its own", "move it there")
    elif route.nexthop is not None and (len(ways) > 1 or route.kind == "local"):
        other = f"kind: {route.kind}" if len(ways) == 1 else next(name for name in ways if name != "nexthop")
        reject(
            "NC2329",
            f"nexthop together with {other}",
            "the nexthop says the whole way",
            f"remove {other}",
        )
    elif not {*ways} - {"onlink", "encap"}:
        reject(
            "NC2304",
            f"the route to {route.to} needs via, dev, nexthops or nexthop",
            "it leads nowhere",
            "add one, or kind: blackhole",
        )
    elif route.nexthops is None:
        check_onlink(route)


def _check_on_link(route: Route, ways: list[str]) -> None:
    other = next((name for name in ways if name != "dev"), "")
    if other or not ways:
        reject(
            "NC2345",
            f"a {route.kind} route with {other}" if other else f"a {route.kind} route without dev",
            "its packets go to all or some of the hosts of a link",
            f"remove {other}, and write dev: with the link" if other else "add dev: with the link",
        )
    if route.kind == "broadcast" and is_v6(route):
        reject(
            "NC2346",
            f"a broadcast route to {route.to}",
            "IPv6 has no broadcast (RFC 4291 section 2)",
            "write kind: multicast, or remove kind",
        )
    if route.scope not in ON_LINK[route.kind]:
        reject(
            "NC2347",
            f"scope: {route.scope} with kind: {route.kind}",
            "it leads to the link and no further",
            "leave scope out",
        )


def _check_families(route: Route) -> None:
    mine, other = ("IPv6", "IPv4") if is_v6(route) else ("IPv4", "IPv6")
    for hop in [route, *(route.nexthops or ())]:
        if hop.via and ":" not in hop.via and is_v6(route):
            reject(
                "NC2305",
                f"gateway {hop.via} is IPv4, the route to {route.to} is IPv6",
                "an IPv6 route needs IPv6 gateways",
                "correct one",
            )
        if hop.via and not hop.dev and ip.is_link_local(ip.parse(hop.via) or ip.Ip(ip.INET, 0)):
            reject(
                "NC2307",
                f"gateway {hop.via} is link-local",
                "on which link it is can't be known: all of them have that network",
                "add dev:",
            )
    if route.src is not None and (":" in route.src) != is_v6(route):
        reject(
            "NC2308",
            f"src {route.src} is {other}, the route to {route.to} is {mine}",
            "a route and its source are of one address family",
            "correct one",
        )
    for name in ("tos", "scope") if is_v6(route) else ("pref",):
        if getattr(route, name) not in (None, 0, "medium"):
            reject(
                "NC2309",
                f"{name} is for {other} only",
                f"the route to {route.to} is {mine}",
                f"remove {name}",
            )


def _check_inline(route: Route) -> None:
    encaps = [hop.encap for hop in [route, *(route.nexthops or ())] if hop.encap]
    if route.kind == "local" and encaps:
        reject("NC2343", "a local route with encap", "its packets go nowhere else", "remove encap, or kind")
    if not is_v6(route) and any(encap.seg6local for encap in encaps):
        reject(
            "NC2352",
            f"seg6local, and the route to {route.to} is IPv4",
            "the segments of others are IPv6 addresses",
            "write the IPv6 network that is this endpoint's, or encap: {seg6: …}",
        )
    if not is_v6(route) and any(encap.seg6 and encap.seg6.mode == "inline" for encap in encaps):
        reject(
            "NC2344",
            f"mode: inline, and the route to {route.to} is IPv4",
            "packets of IPv4 have no place for segments",
            "write mode: encap",
        )


def is_v6(route: Route) -> bool:
    """By the destination; a default route's family is that of its gateway or source."""
    if route.to != "default":
        return ":" in route.to
    vias = [route.via, route.src, *(hop.via for hop in route.nexthops or ())]
    return any(text and ":" in text for text in vias)
