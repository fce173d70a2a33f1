"""What the kernel would refuse about routes, or whose they are, found before anything is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from itertools import chain

from netconf.core import ids, ip
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.image import encode
from netconf.core.links import field, vrf_of
from netconf.core.overlay import given
from netconf.core.resource import Resource, State, Target
from netconf.domains.route import encap
from netconf.domains.route.plan import connected, reachable
from netconf.domains.route.resource import ADOPTABLE, TABLE_NUMBERS, Hop, Route

_MAIN = TABLE_NUMBERS["main"]

PROTOCOLS = {
    2: "the kernel",
    9: "router advertisements",
    11: "zebra",
    12: "BIRD",
    16: "DHCP",
    42: "babeld",
    186: "FRR (BGP)",
    188: "FRR (OSPF)",
}


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the routes among the changes."""
    wanted = [
        change for key, change in changes.items() if key.kind == ids.ROUTE and target.get(key) is not None
    ]
    if not wanted:
        return
    final = {**observed, **target}
    reach = _Reach(final)
    for change in wanted:
        if isinstance(change.after, Route):
            route = change.after
            if change.before is not None or route.source or route.nexthop or len(route.hops) > 1:
                yield from _check_itself(change, route, final, reach)
            if change.before is None and reach.may_bring(route):
                yield from reach.check_connected(route)
            for hop in route.hops:
                if hop not in reach.fine:
                    yield from reach.check_hop(route, hop)


def _check_itself(change: Change, route: Route, final: Target, reach: _Reach) -> Iterator[Diagnostic]:
    """What most new routes have nothing of."""
    yield from _check_owner(change)
    yield from reach.check_source(route)
    yield from _check_nexthop(route, final)
    yield from _check_twice(route)


def _check_owner(change: Change) -> Iterator[Diagnostic]:
    before = change.before
    if not isinstance(before, Route) or given(before.protocol, 0) in ADOPTABLE or change.because:
        return
    owner = PROTOCOLS.get(given(before.protocol, 0), f"protocol {before.protocol}")
    yield error(
        "NC5201",
        f"{change.id} is there already and belongs to {owner}",
        "netconf takes over no routes that another program looks after",
        "give yours another metric, or stop the other program from setting it",
        resource=str(change.id),
    )


def _check_nexthop(route: Route, final: Target) -> Iterator[Diagnostic]:
    if not route.nexthop:
        return
    if final.get(ids.nexthop(route.nexthop)) is None:
        removed = ids.nexthop(route.nexthop) in final
        yield error(
            "NC2327",
            f"route to {route.to}: there is no nexthop {route.nexthop}",
            "the document removes it" if removed else "it's neither on this host nor made by the document",
            f"add {route.nexthop}: under nexthops, or correct nexthop",
            resource=str(route.id),
        )
        return
    family = "ipv6" if route.is_v6 else "ipv4"
    for number in _members(route.nexthop, final):
        resource = final.get(ids.nexthop(number))
        if resource is not None and ids.way(number, family) not in resource.provides:
            word = "IPv6" if route.is_v6 else "IPv4"
            yield error(
                "NC2328",
                f"route to {route.to}: nexthop {number} is none for {word} routes",
                "IPv6 routes need IPv6 next hops, and those for the FDB are for no routes",
                "write another nexthop",
                resource=str(route.id),
            )


def _check_twice(route: Route) -> Iterator[Diagnostic]:
    """IPv6 has a gateway once among a route's next hops (ip6_route_info_append in net/ipv6/route.c), IPv4 as often as one
    likes.
    """
    if not route.is_v6 or len(route.hops) < 2:
        return
    ways = [(hop.via, hop.dev) for hop in route.hops]
    for via, dev in sorted({way for way in ways if ways.count(way) > 1}):
        yield error(
            "NC2354",
            f"route to {route.to}: next hop {via} on {dev} is there twice",
            "the kernel takes each once among the next hops of an IPv6 route",
            "give one of them the weight of both",
            resource=str(route.id),
        )


def _members(number: int, final: Target) -> list[int]:
    """The nexthops of a group; of another the nexthop itself."""
    found = final.get(ids.nexthop(number))
    members = sorted(int(key.name[0]) for key in found.requires if key.kind == ids.NEXTHOP) if found else []
    return members or [number]


class _Reach:
    """Which next hops can be reached once the target is there."""

    def __init__(self, final: Target) -> None:
        self._final = final
        self._addresses: dict[str, list[tuple[ResourceId, Resource]]] = defaultdict(list)
        """By link."""
        self._routed: dict[str, list[ip.Network]] = defaultdict(list)
        """The networks that routes without a next hop lead to, by link."""
        self._connected: dict[str, tuple[list[ip.Network], Iterator[tuple[ip.Network, str]]]] = {}
        """The networks of a link's addresses: those that were asked for already, and the others."""
        self._own: set[str] = set()
        self._lengths: set[str] = set()
        """Of the prefixes of all addresses."""
        self.fine: set[Hop] = set()
        for key, resource in final.items():
            if key.kind == ids.ADDRESS and resource is not None:
                dev, text = key.name
                self._addresses[dev].append((key, resource))
                self._own.add(text.partition(" ")[0].partition("/")[0])
                self._lengths.add(text.rpartition("/")[2])
            elif isinstance(resource, Route) and resource.hops and not resource.hops[0].via:
                self._add_link_route(resource)

    def _add_link_route(self, route: Route) -> None:
        text = route.to.replace("default", "0.0.0.0/0")
        parts = ip.split(text)
        if parts is not None:
            for hop in route.hops:
                self._routed[hop.dev].append(ip.network(*parts))

    def _networks_of(self, dev: str) -> Iterator[ip.Network]:
        """Those of its addresses; each is found when it's asked for first, as one of many will mostly do."""
        if dev not in self._connected:
            self._connected[dev] = ([], reachable(self._addresses.get(dev, ())))
        known, others = self._connected[dev]
        yield from known
        for network, _ in others:
            known.append(network)
            yield network

    @cached_property
    def _brought(self) -> frozenset[str]:
        """The networks that addresses bring a route to."""
        return frozenset(str(network) for dev in self._addresses for network in set(self._networks_of(dev)))

    def check_hop(self, route: Route, hop: Hop) -> Iterable[Diagnostic]:
        """What is wrong with a next hop. Many routes share one: it's to be looked at once if it's fine."""
        found = list(self._check(route, hop))
        if not found:
            self.fine.add(hop)
        yield from found

    def _check(self, route: Route, hop: Hop) -> Iterable[Diagnostic]:
        if hop.dev and self._final.get(ids.link(hop.dev)) is None:
            yield error(
                "NC2320",
                f"route to {route.to}: there is no link {hop.dev}",
                "the document removes it"
                if ids.link(hop.dev) in self._final
                else "it's neither on this host nor made by the document",
                self._link_meant(hop.dev),
                resource=str(route.id),
            )
            return
        if hop.dev and self._final.get(ids.admin_up(hop.dev)) is None:
            yield error(
                "NC2321",
                f"route to {route.to}: {hop.dev} is down",
                "the kernel keeps no routes over a link that is down",
                f"write state: up for {hop.dev} under interfaces",
                resource=str(route.id),
            )
            return
        yield from self._check_endpoint(route, hop)
        if not hop.via:
            return
        if hop.dev == "lo":
            yield error(
                "NC2326",
                f"route to {route.to}: no next hop can be on lo",
                "lo leads to this host only",
                "write dev: with the link the router is on",
                resource=str(route.id),
            )
        elif hop.via in self._own:
            yield error(
                "NC2322",
                f"route to {route.to}: next hop {hop.via} is this host's own address",
                "packets would come back",
                "write the address of the router",
                resource=str(route.id),
            )
        elif self._is_broadcast(hop):
            yield error(
                "NC2325",
                f"route to {route.to}: next hop {hop.via} is a broadcast address",
                "it stands for every host of its network, and packets need one",
                "write the address of the router",
                resource=str(route.id),
            )
        elif not hop.onlink and not self._reaches(hop):
            yield self._unreachable(route, hop)

    def _check_endpoint(self, route: Route, hop: Hop) -> Iterable[Diagnostic]:
        name, table = encap.link(hop.encap), encap.vrf_table(hop.encap)
        if name and self._final.get(ids.link(name)) is None:
            yield error(
                "NC2320",
                f"route to {route.to}: there is no link {name}",
                "frames of the segment are to leave by it",
                self._link_meant(name).replace("dev", "oif"),
                resource=str(route.id),
            )
        if table and not vrf_of(table, self._final, {}):
            yield error(
                "NC2353",
                f"route to {route.to}: there is no VRF with table {table}",
                "packets are to go on there",
                "correct vrftable, or write an interface of kind: vrf with that table",
                resource=str(route.id),
            )

    def check_source(self, route: Route) -> Iterable[Diagnostic]:
        if route.source and route.source not in self._own:
            yield error(
                "NC2324",
                f"route to {route.to}: src {route.source} is not an address of this host",
                "packets would carry an address that answers never come back to",
                "write one of the host's addresses, or add it to an interface",
                resource=str(route.id),
            )

    def may_bring(self, route: Route) -> bool:
        """Whether an address may bring a route to the same network; False where that's seen at a glance."""
        return route.to.rpartition("/")[2] in self._lengths and route.table == _MAIN and not route.tos

    def check_connected(self, route: Route) -> Iterable[Diagnostic]:
        """The kernel takes no second route of a destination, table, TOS and metric (fib_table_insert)."""
        if route.to not in self._brought:
            return
        for dev, text in self._with_route(route.to, route.metric):
            yield error(
                "NC2355",
                f"route to {route.to}: {text} of {dev} brings one",
                "the kernel makes a route to the network of an address, and takes no other with its metric",
                "remove this one, give it another metric, or the address the flag noprefixroute",
                resource=str(route.id),
            )
            return

    def _with_route(self, network: str, metric: int) -> Iterable[tuple[str, str]]:
        """The links and addresses that bring a route to an IPv4 network with a metric; in a VRF it's in another table."""
        for key, found in self._final.items():
            if key.kind != ids.ADDRESS or found is None or ":" in key.name[1]:
                continue
            dev, text = key.name
            own, _, peer = text.partition(" peer ")
            parts = ip.split(peer or own)
            if parts is None or str(ip.network(*parts)) != network or ids.reach(dev) not in found.provides:
                continue
            in_vrf = field(ids.port(dev), "kind", self._final, {}) == "vrf"
            if not in_vrf and encode(found).get("metric", 0) == metric:
                yield dev, text

    def _link_meant(self, name: str) -> str:
        names = [
            key.name[0] for key, found in self._final.items() if key.kind == ids.LINK and found is not None
        ]
        close = get_close_matches(name, sorted(names), 1)
        return f"write dev: {close[0]}" if close else "correct dev"

    def _is_broadcast(self, hop: Hop) -> bool:
        """The last address of an IPv4 network of the link; the kernel has a broadcast route for it. Where a network has
        one, that ends in two bits that are set.
        """
        own = ip.parse(hop.via)
        if own is None or own.family != ip.INET or own.value & 3 != 3:
            return False
        return any(
            ip.text(ip.INET, network.value | 0xFFFFFFFF >> network.length) == hop.via
            for network in self._networks_of(hop.dev)
            if network.family == ip.INET and network.length < 31
        )

    def _reaches(self, hop: Hop) -> bool:
        gateway = ip.parse(hop.via)
        if gateway is None or ip.is_link_local(gateway):
            return True
        near = chain(self._networks_of(hop.dev), self._routed.get(hop.dev, ()))
        return any(network.has(gateway) for network in near)

    def _unreachable(self, route: Route, hop: Hop) -> Diagnostic:
        if hop.dev:
            family = ip.INET6 if ":" in hop.via else ip.INET
            there = [network for network, _ in connected(dict(self._addresses.get(hop.dev, ())))]
            networks = [str(n) for n in (*there, *self._routed.get(hop.dev, ())) if n.family == family]
            why = (
                f"{hop.dev} has {', '.join(networks[:12])}" if networks else f"{hop.dev} has no such address"
            )
            where, fix = hop.dev, "correct via; add onlink: on if it's on the link all the same"
        else:
            why = "no link has an address in a network with it"
            where, fix = "any link", "correct via, give an interface its address, or add dev: and onlink: on"
        return error(
            "NC2323",
            f"route to {route.to}: next hop {hop.via} is not in a connected network of {where}",
            why,
            fix,
            resource=str(route.id),
        )
