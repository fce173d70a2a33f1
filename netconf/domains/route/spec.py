"""What a user may write about routes."""

from __future__ import annotations

import re
from copy import copy
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    model_validator,
)

from netconf.domains.route import consistency
from netconf.domains.route.encapspec import Encap
from netconf.domains.route.plainspec import destination, distinct
from netconf.domains.route.tablenames import TableName, TableNumber
from netconf.grammar import Strict, reject, shown, tables
from netconf.grammar.addresses import host_address, unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, Switch, between

Kind = Literal[
    "unicast", "blackhole", "unreachable", "prohibit", "throw", "local", "multicast", "broadcast", "anycast"
]
Gateway = Annotated[str, BeforeValidator(unicast_address)]
Count = Annotated[int, Field(ge=0, le=(1 << 32) - 1)]


def _none_is_omitted(value: Any) -> Any:
    """A metric of 0, or a switch that is off, is none to the kernel."""
    return None if value in (0, "0s", "off") else value


OMITS = AfterValidator(_none_is_omitted)
Metric = Annotated[Count | None, OMITS]
Switched = Annotated[Switch | None, OMITS]


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
        consistency.check_onlink(self)
        return self


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


class _Checked(Strict):
    """What holds among the fields of a route. Those that a model doesn't have are as if not given."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        route: Any = self
        consistency.check(route)
        return self

    @property
    def is_v6(self) -> bool:
        """By the destination; a default route's family is that of its gateway or source."""
        route: Any = self
        return consistency.is_v6(route)


class Route(_Checked):
    """One route, as a whole: what isn't given is none."""

    to: Annotated[str, BeforeValidator(destination)] = Field(
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


class Spec(Strict):
    """The part of a document that describes routes and names their tables."""

    tables: dict[TableName, TableNumber] | None = Field(
        None, description="names for routing tables, each with its number, for routes and rules"
    )

    routes: Annotated[list[Route], AfterValidator(distinct)] | None = Field(
        None, description="all routes of netconf's protocol, in every table; [] = none"
    )


def with_fields(routes: list[dict[str, Any]]) -> type[BaseModel]:
    """A model of the fields that these have: each field takes time for each route, whether it has it or not. What it
    accepts `Spec` accepts, with the same values.
    """
    return _narrow(frozenset({"to"} | Route.model_fields.keys() & set().union(*routes)))


@lru_cache(maxsize=8)
def _narrow(names: frozenset[str]) -> type[BaseModel]:
    """Kept, as network namespaces often have the same ones."""
    known = {name: field for name, field in Route.model_fields.items() if name in names}
    fields: dict[str, Any] = {name: (field.annotation, copy(field)) for name, field in known.items()}
    route: Any = create_model("Route", __base__=_Checked, **fields)
    for name, field in Route.model_fields.items():
        if name not in names:
            setattr(route, name, field.default)
    sequence: Any = list
    entries: Any = Annotated[sequence[route], AfterValidator(distinct)] | None
    tables: Any = Spec.model_fields["tables"]
    return create_model(
        "Spec", __base__=Strict, tables=(tables.annotation, copy(tables)), routes=(entries, None)
    )
