"""What a user may write about routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from netconf.core import ip
from netconf.domains.route.resource import TABLE_NUMBERS
from netconf.grammar import Strict, reject
from netconf.grammar.addresses import host_address, prefix
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, Switch

Kind = Literal["unicast", "blackhole", "unreachable", "prohibit", "throw", "local"]
Gateway = Annotated[str, BeforeValidator(host_address)]
Count = Annotated[int, Field(ge=0, lt=1 << 32)]


def _to(value: Any) -> str:
    return "default" if value == "default" else prefix(value)


def _table(value: Any) -> int:
    if isinstance(value, str):
        if value not in TABLE_NUMBERS:
            reject(
                "NC2310",
                f'routing table "{value}" is not known',
                "named tables are main, local and default",
                "write its number",
            )
        return TABLE_NUMBERS[value]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 32:
        reject(
            "NC2311", f"{value!r} is not a routing table", "tables are numbered 1 to 4294967295", "correct it"
        )
    return value


class Nexthop(Strict):
    """One of several next hops."""

    via: Gateway | None = Field(None, description="gateway; left out = the destination is on the link")
    dev: LinkName | None = Field(None, description="link; left out = found from the addresses")
    weight: int = Field(1, ge=1, le=256, description="share of the traffic")
    onlink: Switch | None = Field(None, description="don't check that the gateway is on a connected network")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Nexthop:
        if self.via is None and self.dev is None:
            reject("NC2312", "a next hop needs via or dev", "it leads nowhere", "add via: or dev:")
        return self


def _host(value: Any) -> str:
    return host_address(value)


class Route(Strict):
    """One route, as a whole: what isn't given is none."""

    to: Annotated[str, BeforeValidator(_to)] = Field(description="network with prefix length, or default")
    via: Gateway | None = Field(None, description="gateway")
    dev: LinkName | None = Field(None, description="link; left out = found from the addresses")
    nexthops: Annotated[list[Nexthop], Field(min_length=1)] | None = Field(
        None, description="several next hops (multipath)"
    )
    kind: Kind = Field(
        "unicast", description="what becomes of packets: delivered, or refused in one of the ways"
    )
    table: Annotated[int, BeforeValidator(_table), WithJsonSchema({"type": ["integer", "string"]})] = Field(
        254, description="routing table, by number or main, local, default"
    )
    metric: Count | None = Field(
        None, description="preference among equal routes, lower wins; IPv6: 1024 if not given"
    )
    tos: int = Field(0, ge=0, le=255, description="type of service (IPv4)")
    src: Annotated[str, BeforeValidator(_host)] | None = Field(
        None, description="source address for new connections"
    )
    scope: Literal["global", "site", "link", "host", "nowhere"] | None = Field(
        None, description="left out: link without a gateway, else global (IPv4)"
    )
    onlink: Switch | None = Field(None, description="don't check that the gateway is on a connected network")
    pref: Literal["low", "medium", "high"] = Field("medium", description="IPv6 router preference (RFC 4191)")
    mtu: Count | None = Field(None, description="path MTU, octets")
    window: Count | None = Field(None, description="largest TCP window to advertise, octets")
    rtt: Duration | None = Field(None, description="initial round-trip time")
    rttvar: Duration | None = Field(None, description="initial round-trip variance")
    ssthresh: Count | None = Field(None, description="initial slow start threshold, segments")
    cwnd: Count | None = Field(None, description="clamp of the congestion window, segments")
    advmss: Count | None = Field(None, description="TCP maximum segment size to advertise, octets")
    reordering: Count | None = Field(None, description="initial reordering, segments")
    hoplimit: Annotated[int, Field(ge=0, le=255)] | None = Field(None, description="TTL or hop limit")
    initcwnd: Count | None = Field(None, description="initial congestion window, segments")
    initrwnd: Count | None = Field(None, description="initial receive window, segments")
    features: list[Literal["ecn"]] | None = Field(None, description="ecn")
    rto_min: Duration | None = Field(None, description="minimum retransmission timeout")
    quickack: Switch | None = Field(None, description="send acknowledgements at once")
    congctl: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,15}$")] | None = Field(
        None, description="TCP congestion control"
    )
    fastopen_no_cookie: Switch | None = Field(None, description="TCP Fast Open without a cookie")
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
        self._check_next_hops()
        self._check_families()
        for name in self.lock or ():
            if getattr(self, name) is None:
                reject(
                    "NC2306",
                    f"lock: {name} without {name}",
                    "there is nothing to lock",
                    f"give {name}, or remove it from lock",
                )
        return self

    def _check_next_hops(self) -> None:
        ways = [name for name in ("via", "dev", "nexthops", "onlink") if getattr(self, name) is not None]
        if self.kind in ("blackhole", "unreachable", "prohibit", "throw"):
            if ways:
                reject(
                    "NC2302",
                    f"a {self.kind} route with {ways[0]}",
                    "it leads nowhere",
                    f"remove {ways[0]}, or kind",
                )
        elif self.nexthops is not None and len(ways) > 1:
            reject(
                "NC2303",
                f"nexthops together with {ways[0] if ways[0] != 'nexthops' else ways[1]}",
                "each next hop has its own",
                "move it into nexthops",
            )
        elif not ways or ways == ["onlink"]:
            reject(
                "NC2304",
                f"the route to {self.to} needs via, dev or nexthops",
                "it leads nowhere",
                "add one, or kind: blackhole",
            )

    def _check_families(self) -> None:
        v6 = self.is_v6
        hops = [hop.via for hop in self.nexthops or () if hop.via] + ([self.via] if self.via else [])
        for gateway in hops:
            if v6 and ":" not in gateway:
                reject(
                    "NC2305",
                    f"gateway {gateway} is IPv4, the route to {self.to} is IPv6",
                    "an IPv6 route needs an IPv6 gateway",
                    "correct one",
                )
            if ip.is_link_local(ip.parse(gateway) or ip.Ip(2, 0)) and not self._has_dev(gateway):
                reject(
                    "NC2307", f"gateway {gateway} is link-local", "every link has that network", "add dev:"
                )
        if self.src is not None and (":" in self.src) != v6:
            reject(
                "NC2308",
                f"src {self.src} is of the other address family",
                f"the route is to {self.to}",
                "correct one",
            )
        if v6 and (self.tos or self.scope):
            name = "tos" if self.tos else "scope"
            reject("NC2309", f"{name} is for IPv4 only", f"the route to {self.to} is IPv6", f"remove {name}")

    def _has_dev(self, gateway: str) -> bool:
        return bool(self.dev) or any(hop.via == gateway and hop.dev for hop in self.nexthops or ())

    @property
    def is_v6(self) -> bool:
        """By the destination; a default route's family is that of its gateway or source."""
        if self.to != "default":
            return ":" in self.to
        vias = [self.via, self.src, *(hop.via for hop in self.nexthops or ())]
        return any(text and ":" in text for text in vias)


def _distinct(routes: list[Route]) -> list[Route]:
    seen: dict[tuple[object, ...], int] = {}
    for number, route in enumerate(routes):
        key = (route.to, route.is_v6, route.table, route.metric, route.tos)
        if key in seen:
            metric = route.metric if route.metric is not None else "none"
            reject(
                "NC2313",
                f"routes[{seen[key]}] and routes[{number}] both lead to {route.to} with metric {metric}",
                "the kernel keeps one route of a destination, table and metric",
                "give one another metric, or use nexthops for both",
            )
        seen[key] = number
    return routes


class Spec(Strict):
    """The part of a document that describes routes."""

    routes: Annotated[list[Route], AfterValidator(_distinct)] | None = Field(
        None, description="all routes of netconf's protocol, in every table; [] = none"
    )
