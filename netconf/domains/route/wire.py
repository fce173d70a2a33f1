"""Routes to netlink rows and back. Pure. Numbers are those of linux/rtnetlink.h."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netconf.core import ip
from netconf.core.overlay import given
from netconf.domains.route import encap, metrics
from netconf.domains.route.resource import NETCONF_PROTOCOL, Hop, Route
from netconf.system.ports import NexthopRow, RouteRow

KINDS = {
    "unicast": 1,
    "local": 2,
    "broadcast": 3,
    "anycast": 4,
    "multicast": 5,
    "blackhole": 6,
    "unreachable": 7,
    "prohibit": 8,
    "throw": 9,
}
_KIND_WORDS = {number: word for word, number in KINDS.items()}

SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
_SCOPE_WORDS = {number: word for word, number in SCOPES.items()}

PREFERENCES = {"medium": 0, "high": 1, "low": 3}
"""ICMPV6_ROUTER_PREF_* of linux/icmpv6.h."""
_PREFERENCE_WORDS = {number: word for word, number in PREFERENCES.items()}

RTNH_F_ONLINK = 4
LEADING_NOWHERE = {"blackhole", "unreachable", "prohibit", "throw"}


Known = dict[tuple[NexthopRow, ...], tuple[Hop, ...]]
"""Hops by their rows: many routes of a look have the same."""


def resource(row: RouteRow, names: Mapping[int, str], known: Known) -> Route:
    """The route of a row. The kernel gives IPv6 routes that lead nowhere the device lo. `known` is for
    one look, in which the names stay.
    """
    family, to, table, protocol, number, scope, tos, metric, source, ways, found, preference, nexthop = row
    kind = _KIND_WORDS.get(number) or str(number)
    if nexthop and kind == "blackhole":  # as the nexthop is (fib_dump_info)
        kind = "unicast"
    hops: tuple[Hop, ...] = ()
    if kind not in LEADING_NOWHERE:
        there = known.get(ways)
        hops = known.setdefault(ways, _hops(ways, names)) if there is None else there
    return Route.made(
        "default" if to == "0.0.0.0/0" else to,
        table,
        metric,
        tos,
        kind,
        "global" if family == ip.INET6 else _SCOPE_WORDS.get(scope) or str(scope),
        source,
        hops,
        metrics.from_kernel(found) if found else (),
        _PREFERENCE_WORDS.get(preference, "medium"),
        protocol,
        nexthop,
    )


def _hops(ways: tuple[NexthopRow, ...], names: Mapping[int, str]) -> tuple[Hop, ...]:
    return tuple(
        [
            Hop(names.get(ifindex, ""), gateway, weight, bool(flags & RTNH_F_ONLINK), _named(around, names))
            for ifindex, gateway, weight, flags, around in ways
        ]
    )


def _named(around: str, names: Mapping[int, str]) -> str:
    return encap.replaced_link(around, lambda word: names.get(int(word), f"{GONE}{word}")) if around else ""


def _number(name: str, ifindex: Callable[[str], int]) -> int:
    return int(name.removeprefix(GONE)) if name.startswith(GONE) else ifindex(name)


GONE = "#"
"""Before the ifindex of a link that is gone: the kernel keeps it in the route."""


Ways = dict[tuple[Hop, ...], tuple[NexthopRow, ...]]
"""Rows by their hops: many routes that are written have the same."""


def row(route: Route, ifindex: Callable[[str], int], known: Ways) -> RouteRow:
    """The row that makes the route so. `known` is for one batch, in which the links stay."""
    ways = known.get(route.hops)
    if ways is None:
        ways = known[route.hops] = tuple(_way(hop, ifindex) for hop in route.hops)
    found: RouteRow = tuple.__new__(  # in half the time that its constructor takes
        RouteRow,
        (
            ip.INET6 if route.is_v6 else ip.INET,
            "0.0.0.0/0" if route.to == "default" else route.to,
            route.table,
            given(route.protocol, NETCONF_PROTOCOL),
            KINDS[route.kind] if route.kind in KINDS else int(route.kind),
            SCOPES[route.scope] if route.scope in SCOPES else int(route.scope),
            route.tos,
            route.metric,
            route.source,
            ways,
            metrics.to_kernel(route.metrics) if route.metrics else (),
            PREFERENCES[route.preference],
            route.nexthop,
        ),
    )
    return found


def _way(hop: Hop, ifindex: Callable[[str], int]) -> NexthopRow:
    return NexthopRow(
        ifindex(hop.dev) if hop.dev else 0,
        hop.via,
        hop.weight,
        RTNH_F_ONLINK if hop.onlink else 0,
        encap.replaced_link(hop.encap, lambda name: str(_number(name, ifindex))) if hop.encap else "",
    )
