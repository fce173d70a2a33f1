"""What a user may write about routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from netconf.core import ip
from netconf.domains.route import multipath, scopes
from netconf.domains.route.encapspec import Encap
from netconf.domains.route.resource import table_name
from netconf.domains.route.tablenames import TableName, TableNumber
from netconf.grammar import Strict, reject, shown, tables
from netconf.grammar.addresses import host_address, prefix, unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, Switch, between

Kind = Literal[
    "unicast", "blackhole", "unreachable", "prohibit", "throw", "local", "multicast", "broadcast", "anycast"
]
ON_LINK: Mapping[str, tuple[str | None, ...]] = {
    "multicast": (None, "global", "site", "link"),
    "broadcast": (None, "link"),
    "anycast": (None, "link"),
}
"""Kinds that lead to a link and no further, with the scopes they may have (fib_props of net/ipv4/fib_semantics.c)."""
Gateway = Annotated[str, BeforeValidator(unicast_address)]
Count = Annotated[int, Field(ge=0, le=(1 << 32) - 1)]


def _none_is_omitted(value: Any) -> Any:
    """A metric of 0, or a switch that is off, is none to the kernel."""
    return None if value in (0, "0s", "off") else value


OMITS = AfterValidator(_none_is_omitted)
Metric = Annotated[Count | None, OMITS]
Switched = Annotated[Switch | None, OMITS]

IPV6_METRIC = 1024
"""What the kernel makes of no metric, or 0 (IP6_RT_PRIO_USER)."""


def _to(value: Any) -> str:
    if value == "default":
        return "default"
    if isinstance(value, str) and value.lower() in _DEFAULTS:
        reject("NC2314", f"{shown(value)} is the default route", "it's written in one way", "write default")
    return prefix(value)


_DEFAULTS = {"default", "any", "all", "0", "0/0"}
"""`0.0.0.0/0` and `::/0` are right: they say the family, which `default` leaves to the gateway."""

_WHOLE = {"0.0.0.0/0", "::/0"}
_DEFAULT = {"default", *_WHOLE}


def _table(value: Any, info: ValidationInfo) -> int:
    return tables.table(value, info, "NC2310", "NC2311")


def _tos(value: int) -> int:
    if value & 3:
        reject(
            "NC2319",
            f"tos {value} has ECN bits",
            "the lowest two bits are not part of the type of service (RFC 3168)",
            f"write {value & ~3}",
        )
    return value


class Nexthop(Strict):
    """One of several next hops."""

    via: Gateway | None = Field(None, description="gateway; left out = the destination is on the link")
    dev: LinkName | None = Field(None, description="link; left out = found from the addresses")
    weight: int = Field(1, ge=1, le=256, description="share of the traffic")
    onlink: Switch | None = Field(None, description="don't check that the gateway is on a connected network")
    encap: Encap | None = Field(None, description="what packets are put into on this way")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Nexthop:
        if self.via is None and self.dev is None:
            reject("NC2312", "a next hop needs via or dev", "it leads nowhere", "add via: or dev:")
        _check_onlink(self)
        return self


def _check_onlink(hop: Nexthop | Route) -> None:
    missing = "via" if hop.via is None else "dev" if hop.dev is None else ""
    if hop.onlink == "on" and missing:
        reject(
            "NC2315",
            f"onlink: on without {missing}",
            "it says that the gateway is on that link, whatever the addresses say",
            f"add {missing}:, or remove onlink",
        )


def _congestion_control(name: str) -> str:
    if not _WORD.fullmatch(name):
        reject(
            "NC2316",
            f"{shown(name)} is not a congestion control algorithm",
            "their names are up to 15 lower case letters, digits, _ and -",
            "write one that sysctl net.ipv4.tcp_available_congestion_control names",
        )
    return name


_WORD = re.compile(r"[a-z0-9_-]{1,15}")


_SIMPLE = {"to", "via", "dev", "table", "metric"}
"""Fields among which nothing can contradict: as most routes are, a dev and at most a gateway."""


class Route(Strict):
    """One route, as a whole: what isn't given is none."""

    to: Annotated[str, BeforeValidator(_to)] = Field(
        description="network with prefix length, or default (of the gateway's family; 0.0.0.0/0 and ::/0 say which)"
    )
    via: Gateway | None = Field(None, description="gateway")
    dev: LinkName | None = Field(None, description="link; left out = found from the addresses")
    nexthops: Annotated[list[Nexthop], Field(min_length=1)] | None = Field(
        None, description="several next hops (multipath)"
    )
    nexthop: Annotated[int, Field(ge=1, le=(1 << 32) - 1)] | None = Field(
        None, description="number of a nexthop object or group, in place of via, dev and nexthops"
    )
    kind: Kind = Field(
        "unicast", description="what becomes of packets: delivered, or refused in one of the ways"
    )
    table: Annotated[int, BeforeValidator(_table), WithJsonSchema({"type": ["integer", "string"]})] = Field(
        254, description="routing table, by number, or by name: main, local, default, those under tables"
    )
    metric: Count | None = Field(
        None, description="preference among equal routes, lower wins; IPv6: 1024 if not given"
    )
    tos: Annotated[int, Field(ge=0, le=255), AfterValidator(_tos)] = Field(
        0, description="type of service (IPv4)"
    )
    src: Annotated[str, BeforeValidator(host_address)] | None = Field(
        None, description="source address for new connections"
    )
    scope: Literal["global", "site", "link", "host"] | None = Field(
        None, description="left out: link without a gateway, else global (IPv4)"
    )
    onlink: Switch | None = Field(None, description="don't check that the gateway is on a connected network")
    encap: Encap | None = Field(None, description="what packets are put into on this way")
    pref: Literal["low", "medium", "high"] = Field("medium", description="IPv6 router preference (RFC 4191)")
    mtu: Annotated[Annotated[int, Field(ge=0, le=65520)] | None, OMITS] = Field(
        None, description="path MTU, octets"
    )
    window: Metric = Field(None, description="largest TCP window to advertise, octets")
    rtt: Annotated[Annotated[Duration, between("0s", "536870911ms", "1ms")] | None, OMITS] = Field(
        None, description="initial round-trip time"
    )
    rttvar: Annotated[Annotated[Duration, between("0s", "1073741823ms", "1ms")] | None, OMITS] = Field(
        None, description="initial round-trip variance"
    )
    ssthresh: Metric = Field(None, description="initial slow start threshold, segments")
    cwnd: Metric = Field(None, description="clamp of the congestion window, segments")
    advmss: Annotated[Annotated[int, Field(ge=0, le=65495)] | None, OMITS] = Field(
        None, description="TCP maximum segment size to advertise, octets"
    )
    reordering: Metric = Field(None, description="initial reordering, segments")
    hoplimit: Annotated[Annotated[int, Field(ge=0, le=255)] | None, OMITS] = Field(
        None, description="TTL or hop limit"
    )
    initcwnd: Metric = Field(None, description="initial congestion window, segments")
    initrwnd: Metric = Field(None, description="initial receive window, segments")
    features: list[Literal["ecn"]] | None = Field(None, description="ecn")
    rto_min: Annotated[Annotated[Duration, between("0s", "4294967295ms", "1ms")] | None, OMITS] = Field(
        None, description="minimum retransmission timeout"
    )
    quickack: Switched = Field(None, description="send acknowledgements at once")
    congctl: Annotated[str, AfterValidator(_congestion_control)] | None = Field(
        None, description="TCP congestion control"
    )
    fastopen_no_cookie: Switched = Field(None, description="TCP Fast Open without a cookie")
    lock: (
        list[
            Literal[
                "mtu",
                "window",
                "rtt",
                "rttvar",
                "ssthresh",
                "cwnd",
                "advmss",
                "reordering",
                "hoplimit",
                "rto_min",
                "congctl",
            ]
        ]
        | None
    ) = Field(None, description="metrics the kernel must not change by itself")

    @model_validator(mode="after")
    def _consistent(self) -> Route:
        if self.dev is not None and self.model_fields_set <= _SIMPLE and self._gateway_fits:
            return self
        self._check_next_hops()
        self._check_families()
        scopes.check(self)
        self._check_inline()
        multipath.check(self.to, self.nexthops or (), v6=self.is_v6)
        for name in self.lock or ():
            if getattr(self, name) is None:
                reject(
                    "NC2306",
                    f"lock names {name}, which isn't given",
                    "there is nothing to lock",
                    f"give {name}, or remove it from lock",
                )
        return self

    @property
    def _gateway_fits(self) -> bool:
        return self.via is None or ":" in self.via or ":" not in self.to

    def _check_next_hops(self) -> None:
        ways = [
            name
            for name in ("via", "dev", "nexthops", "nexthop", "onlink", "encap")
            if getattr(self, name) is not None
        ]
        if self.kind in ON_LINK:
            self._check_on_link(ways)
        elif self.kind in ("blackhole", "unreachable", "prohibit", "throw"):
            if ways:
                reject(
                    "NC2302",
                    f"a {self.kind} route with {ways[0]}",
                    "its packets go nowhere",
                    f"remove {ways[0]}, or kind",
                )
        elif self.nexthops is not None and len(ways) > 1:
            other = next(name for name in ways if name != "nexthops")
            reject("NC2303", f"nexthops together with {other}", "each next hop has its own", "move it there")
        elif self.nexthop is not None and (len(ways) > 1 or self.kind == "local"):
            other = (
                f"kind: {self.kind}" if len(ways) == 1 else next(name for name in ways if name != "nexthop")
            )
            reject(
                "NC2329",
                f"nexthop together with {other}",
                "the nexthop says the whole way",
                f"remove {other}",
            )
        elif not {*ways} - {"onlink", "encap"}:
            reject(
                "NC2304",
                f"the route to {self.to} needs via, dev, nexthops or nexthop",
                "it leads nowhere",
                "add one, or kind: blackhole",
            )
        elif self.nexthops is None:
            _check_onlink(self)

    def _check_on_link(self, ways: list[str]) -> None:
        other = next((name for name in ways if name != "dev"), "")
        if other or not ways:
            reject(
                "NC2345",
                f"a {self.kind} route with {other}" if other else f"a {self.kind} route without dev",
                "its packets go to all or some of the hosts of a link",
                f"remove {other}, and write dev: with the link" if other else "add dev: with the link",
            )
        if self.kind == "broadcast" and self.is_v6:
            reject(
                "NC2346",
                f"a broadcast route to {self.to}",
                "IPv6 has no broadcast (RFC 4291 section 2)",
                "write kind: multicast, or remove kind",
            )
        if self.scope not in ON_LINK[self.kind]:
            reject(
                "NC2347",
                f"scope: {self.scope} with kind: {self.kind}",
                "it leads to the link and no further",
                "leave scope out",
            )

    def _check_families(self) -> None:
        mine, other = ("IPv6", "IPv4") if self.is_v6 else ("IPv4", "IPv6")
        for hop in [self, *(self.nexthops or ())]:
            if hop.via and ":" not in hop.via and self.is_v6:
                reject(
                    "NC2305",
                    f"gateway {hop.via} is IPv4, the route to {self.to} is IPv6",
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
        if self.src is not None and (":" in self.src) != self.is_v6:
            reject(
                "NC2308",
                f"src {self.src} is {other}, the route to {self.to} is {mine}",
                "a route and its source are of one address family",
                "correct one",
            )
        for name in ("tos", "scope") if self.is_v6 else ("pref",):
            if getattr(self, name) not in (None, 0, "medium"):
                reject(
                    "NC2309",
                    f"{name} is for {other} only",
                    f"the route to {self.to} is {mine}",
                    f"remove {name}",
                )

    def _check_inline(self) -> None:
        encaps = [hop.encap for hop in [self, *(self.nexthops or ())] if hop.encap]
        if self.kind == "local" and encaps:
            reject(
                "NC2343", "a local route with encap", "its packets go nowhere else", "remove encap, or kind"
            )
        if not self.is_v6 and any(encap.seg6local for encap in encaps):
            reject(
                "NC2352",
                f"seg6local, and the route to {self.to} is IPv4",
                "the segments of others are IPv6 addresses",
                "write the IPv6 network that is this endpoint's, or encap: {seg6: …}",
            )
        if not self.is_v6 and any(encap.seg6 and encap.seg6.mode == "inline" for encap in encaps):
            reject(
                "NC2344",
                f"mode: inline, and the route to {self.to} is IPv4",
                "packets of IPv4 have no place for segments",
                "write mode: encap",
            )

    @property
    def is_v6(self) -> bool:
        """By the destination; a default route's family is that of its gateway or source."""
        if self.to != "default":
            return ":" in self.to
        vias = [self.via, self.src, *(hop.via for hop in self.nexthops or ())]
        return any(text and ":" in text for text in vias)


def _distinct(routes: list[Route]) -> list[Route]:
    destinations = {route.to for route in routes}
    if len(destinations) == len(routes) and destinations.isdisjoint(_DEFAULT):
        return routes
    seen: dict[tuple[object, ...], int] = {}
    for number, route in enumerate(routes):
        metric = route.metric or (IPV6_METRIC if route.is_v6 else 0)
        to = "default" if route.to in _WHOLE else route.to
        key = (to, route.is_v6, route.table, metric, route.tos)
        if key in seen:
            table = f" in table {table_name(route.table)}"
            reject(
                "NC2313",
                f"routes[{seen[key]}] and routes[{number}] both lead to {to} with metric {metric}{table}",
                "the kernel keeps one route of a destination, table and metric",
                "give one another metric, or write one route with both as nexthops",
            )
        seen[key] = number
    return routes


class Spec(Strict):
    """The part of a document that describes routes and names their tables."""

    tables: dict[TableName, TableNumber] | None = Field(
        None, description="names for routing tables, each with its number, for routes and rules"
    )

    routes: Annotated[list[Route], AfterValidator(_distinct)] | None = Field(
        None, description="all routes of netconf's protocol, in every table; [] = none"
    )
