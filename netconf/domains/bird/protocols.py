"""What a user may write about protocols. An option that's left out is as BIRD has it by default."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netconf.domains.bird.policy import BgpChannel, Channel, Policy
from netconf.domains.bird.protocol import Family, Options, Protocol
from netconf.domains.bird.words import (
    Address,
    Address6,
    Asn,
    Byte,
    Domain,
    Link,
    Name,
    Number16,
    Number32,
    Path,
    Pattern,
    Positive,
    Prefix,
    Prefix6,
    Seconds,
    family_number,
    usual,
)
from netconf.grammar import Strict, reject


def _ipv4() -> list[Family]:
    return ["ipv4"]


class Device(Strict):
    """How BIRD looks at interfaces."""

    scan_time: Seconds | None = Field(None, description="time between full scans")


class Direct(Protocol):
    """Routes for the addresses of interfaces."""

    interfaces: list[Pattern] = Field(default_factory=lambda: ["*"], min_length=1, description="patterns")
    families: list[Family] = Field(default_factory=_ipv4, min_length=1, description="which")
    check_link: bool | None = Field(None, description="only while the interface has carrier")


class Hop(Strict):
    """One of several next hops."""

    via: Address = Field(description="gateway")
    dev: Link | None = Field(None, description="interface it's on")
    weight: Annotated[int, Field(ge=1, le=256)] | None = Field(None, description="share of the traffic")
    onlink: bool | None = Field(None, description="reachable there though no address says so")
    bfd: bool | None = Field(None, description="only while BFD sees it")


class StaticRoute(Strict):
    """A route that is always there: exactly one of via, dev, hops, recursive and kind."""

    to: Prefix = Field(description="destination")
    via: Address | None = Field(None, description="gateway")
    dev: Link | None = Field(None, description="interface, alone or of the gateway")
    onlink: bool | None = Field(None, description="with dev: the gateway is there though no address says so")
    bfd: bool | None = Field(None, description="only while BFD sees the gateway")
    hops: list[Hop] = Field(default_factory=list, description="several gateways")
    recursive: Address | None = Field(None, description="gateway that another route leads to")
    kind: Literal["blackhole", "unreachable", "prohibit"] | None = Field(None, description="leads nowhere")
    preference: Number16 | None = Field(None, description="between protocols, the highest wins")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [bool(self.via or self.dev), bool(self.hops), bool(self.recursive), bool(self.kind)]
        if sum(ways) != 1:
            reject(
                "NC2821",
                f"the static route to {self.to} leads {'several ways' if any(ways) else 'nowhere'}",
                "it needs exactly one of via or dev, hops, recursive and kind",
                "keep one of them",
            )
        if (self.onlink or self.bfd) and self.via is None:
            reject(
                "NC2821",
                f"the static route to {self.to} has no gateway",
                "onlink and bfd are about it",
                "add via",
            )
        if family_number(self.to) != family_number(self.recursive or self.to):
            reject(
                "NC2821",
                f"{self.recursive} can't resolve {self.to}",
                "they are of two families",
                "correct it",
            )
        return self


class Static(Protocol):
    """Static routes."""

    routes: list[StaticRoute] = Field(description="the routes")
    table: Name | None = Field(None, description="a table of tables (default: the main one)")
    check_link: bool | None = Field(None, description="only while the interface has carrier")


class Kernel(Protocol):
    """Routes to the kernel, and from it."""

    family: Family = Field("ipv4", description="ipv4 or ipv6")
    kernel_table: Annotated[int, Field(ge=1, le=0xFFFFFFFF)] | None = Field(
        None, description="number of the kernel's table (default: main, 254)"
    )
    metric: Number32 | None = Field(None, description="metric in the kernel (default 32)")
    scan_time: Seconds | None = Field(None, description="time between comparisons with the kernel")
    learn: bool | None = Field(None, description="take in routes that others put into the kernel")
    persist: bool | None = Field(None, description="leave the routes in the kernel when BIRD ends")
    merge_paths: bool | None = Field(None, description="several equal routes become one of many hops")
    graceful_restart: bool | None = Field(None, description="keep the routes over a restart with -R")
    channel: Channel = Field(
        default_factory=usual(Channel), description="tables and filters; seen from BIRD's table"
    )


class Pipe(Protocol):
    """Routes from one table to another."""

    table: Name = Field(description="a table of tables, or main")
    peer: Name = Field(description="a table of tables")
    import_: Policy = Field("none", alias="import", description="from the peer table into the table")
    export: Policy = Field("none", description="from the table into the peer table")


class BgpOptions(Options):
    """What BGP neighbours may have in common."""

    announces: list[Prefix] = Field(
        default_factory=list, description="prefixes it must announce, or the change is undone"
    )
    local_as: Asn | None = Field(None, description="our AS number")
    local_address: Address | None = Field(None, description="our address of the session")
    multihop: Byte | None = Field(None, description="the neighbour is so many hops away (default: on a link)")
    port: Positive | None = Field(None, description="of the neighbour (default 179)")
    local_port: Positive | None = Field(None, description="ours (default 179)")
    passive: bool | None = Field(None, description="wait for the neighbour to connect")
    strict_bind: bool | None = Field(None, description="listen on the local address only")
    bfd: bool | Literal["graceful"] | None = Field(None, description="watched by BFD")
    check_link: bool | None = Field(None, description="only with carrier")
    password_file: Path | None = Field(None, description="file with the password of TCP MD5 (RFC 2385)")
    ttl_security: bool | None = Field(None, description="GTSM (RFC 5082)")
    hold_time: Seconds | None = Field(None, description="silence after which the neighbour is gone")
    keepalive_time: Seconds | None = Field(None, description="time between keepalives")
    connect_delay_time: Seconds | None = Field(None, description="before the first try")
    connect_retry_time: Seconds | None = Field(None, description="between tries")
    graceful_restart: bool | Literal["aware"] | None = Field(None, description="true, false or aware")
    graceful_restart_time: Seconds | None = Field(None, description="how long routes are kept meanwhile")
    rr_client: bool | None = Field(None, description="reflect routes to this internal neighbour")
    rs_client: bool | None = Field(None, description="serve routes to this external neighbour")
    role: Literal["provider", "customer", "peer", "rs_server", "rs_client"] | None = Field(
        None, description="ours towards the neighbour (RFC 9234)"
    )
    allow_local_as: Annotated[int, Field(ge=1, le=255)] | None = Field(
        None, description="how often our AS number may be in a path"
    )
    enforce_first_as: bool | None = Field(None, description="paths must begin with the neighbour")
    default_local_pref: Number32 | None = Field(None, description="of routes that bring none")
    default_med: Number32 | None = Field(None, description="of routes that bring none")
    extended_messages: bool | None = Field(None, description="up to 65535 bytes (RFC 8654)")
    advertise_hostname: bool | None = Field(None, description="tell the neighbour our host name")
    channels: dict[Literal["ipv4", "ipv6", "ipv4-mpls", "ipv6-mpls", "flow4", "flow6"], BgpChannel] | None = (
        Field(None, description="what the session carries, by family")
    )


class Bgp(BgpOptions, Protocol):
    """A BGP neighbour, or a range of them."""

    neighbor: Address | None = Field(None, description="its address")
    interface: Link | None = Field(None, description="interface of a link-local neighbour")
    neighbor_range: Prefix | None = Field(None, description="instead: any address out of this prefix")
    remote_as: Asn | Literal["internal", "external"] = Field(
        description="its AS number, or internal, external"
    )

    @model_validator(mode="after")
    def _one_neighbour(self) -> Self:
        if (self.neighbor is None) == (self.neighbor_range is None):
            reject(
                "NC2822",
                "a BGP session needs one of neighbor and neighbor_range",
                "it's with one neighbour, or with any out of a prefix",
                "keep one of them",
            )
        return self


class Rpki(Protocol):
    """ROAs from a validating cache (RFC 8210)."""

    remote: Address | Domain = Field(description="address or name of the cache")
    port: Positive | None = Field(None, description="default 323")
    retry: Seconds | None = Field(None, description="time to the next try after a failure")
    refresh: Seconds | None = Field(None, description="time between questions")
    expire: Seconds | None = Field(None, description="when what was learnt is no longer believed")


class RadvPrefix(Strict):
    """A prefix to announce, by pattern of the interface's own ones."""

    prefix: Prefix6 = Field(description="prefixes within this one")
    skip: bool | None = Field(None, description="not to be announced")
    onlink: bool | None = Field(None, description="hosts of it are on the link")
    autonomous: bool | None = Field(None, description="hosts may make addresses of it")
    valid_lifetime: Seconds | None = Field(None, description="of such addresses")
    preferred_lifetime: Seconds | None = Field(None, description="of such addresses")


class RadvInterface(Strict):
    """Router advertisements on interfaces."""

    pattern: Pattern = Field(description="which interfaces")
    max_interval: Seconds | None = Field(None, description="most time between two")
    min_interval: Seconds | None = Field(None, description="least time between two")
    managed: bool | None = Field(None, description="addresses come by DHCPv6")
    other_config: bool | None = Field(None, description="other things come by DHCPv6")
    link_mtu: Annotated[int, Field(ge=1280, le=65535)] | None = Field(None, description="MTU to use")
    hop_limit: Byte | None = Field(None, description="hop limit to use")
    default_lifetime: Seconds | None = Field(None, description="how long we are a default router")
    default_preference: Literal["low", "medium", "high"] | None = Field(None, description="among others")
    prefixes: list[RadvPrefix] = Field(default_factory=list, description="what is said of which prefix")
    rdnss: list[Address6] = Field(default_factory=list, description="name servers")
    dnssl: list[Domain] = Field(default_factory=list, description="search domains")


class Radv(Protocol):
    """IPv6 router advertisements (RFC 4861)."""

    interfaces: list[RadvInterface] = Field(min_length=1, description="where")
    trigger: Prefix | None = Field(None, description="a default router only while there's this route")
    propagate_routes: bool | None = Field(None, description="announce routes, too (RFC 4191)")
    channel: Channel = Field(default_factory=usual(Channel), description="tables and filters")
