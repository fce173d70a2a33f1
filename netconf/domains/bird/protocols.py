"""What a user may write about protocols. An option that's left out is as BIRD has it by default."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netconf.domains.bird.policy import BgpChannel, Channel, Policy
from netconf.domains.bird.words import (
    Address,
    Address6,
    Area,
    Asn,
    BirdName,
    Byte,
    Domain,
    Link,
    Microtime,
    Name,
    Number16,
    Number32,
    Path,
    Pattern,
    Positive,
    Prefix,
    Prefix6,
    Raw,
    Seconds,
    Text,
    family_number,
    usual,
)
from netconf.grammar import Strict, reject

Family = Literal["ipv4", "ipv6"]


def _ipv4() -> list[Family]:
    return ["ipv4"]


Algorithm = Literal["keyed md5", "keyed sha1", "hmac sha1", "hmac sha256", "hmac sha384", "hmac sha512"]


class Options(Strict):
    """What every protocol may say."""

    description: Text | None = Field(None, description="shown by show protocols all")
    disabled: bool | None = Field(None, description="configured, but not running")
    raw: Raw | None = Field(None, description="more options in BIRD's own language")
    expect: Literal["up", "established", "any"] | None = Field(
        None, description="what it must come to, or the change is undone: up (default), established, any"
    )
    within: Seconds | None = Field(None, description="how long that, and what it announces, may take")


class Protocol(Options):
    """A protocol."""

    bird_name: BirdName | None = Field(
        None, description="its name in bird.conf, to keep that of an older file: renaming restarts it"
    )


class Announcer(Protocol):
    """A protocol with neighbours to tell."""

    announces: list[Prefix] = Field(
        default_factory=list, description="prefixes it must announce, or the change is undone"
    )


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


class Authenticated(Strict):
    """How messages are signed."""

    password_file: Path | None = Field(None, description="file with the password; it never enters a document")
    key_id: Byte | None = Field(None, description="number of the key, which the neighbour must use, too")

    @model_validator(mode="after")
    def _both(self) -> Self:
        how = getattr(self, "authentication", None)
        if (how is None) != (self.password_file is None):
            reject(
                "NC2827",
                f"there is {'a password' if how is None else 'authentication'} and no "
                f"{'authentication' if how is None else 'password_file'}",
                "BIRD takes one without the other, and then signs nothing",
                "write both, or none",
            )
        return self


class RipInterface(Authenticated):
    """RIP on interfaces."""

    pattern: Pattern = Field(description="which interfaces")
    mode: Literal["multicast", "broadcast"] | None = Field(None, description="where to (default: by version)")
    version: Literal[1, 2] | None = Field(None, description="of RIP (default 2)")
    version_only: bool | None = Field(None, description="take no other version")
    metric: Annotated[int, Field(ge=1, le=16)] | None = Field(None, description="cost of the interface")
    passive: bool | None = Field(None, description="listen only")
    split_horizon: bool | None = Field(None, description="don't announce back")
    poison_reverse: bool | None = Field(None, description="announce back as unreachable")
    check_zero: bool | None = Field(None, description="refuse version 1 messages with rubbish in them")
    check_link: bool | None = Field(None, description="only with carrier")
    ecmp_weight: Byte | None = Field(None, description="share of the traffic")
    update_time: Seconds | None = Field(None, description="time between announcements")
    timeout_time: Seconds | None = Field(None, description="a route that isn't announced any more is gone")
    garbage_time: Seconds | None = Field(None, description="and forgotten")
    ttl_security: bool | None = Field(None, description="only from neighbours on the link")
    authentication: Literal["plaintext", "cryptographic"] | None = Field(None, description="how")
    algorithm: Algorithm | None = Field(None, description="of the signature")


class Rip(Announcer):
    """RIP version 1 and 2, or RIPng."""

    family: Family = Field("ipv4", description="ipv4: RIP, ipv6: RIPng")
    ecmp: bool | None = Field(None, description="several equal routes at once")
    infinity: Annotated[int, Field(ge=2, le=0xFFFF)] | None = Field(
        None, description="what means unreachable"
    )
    channel: Channel = Field(default_factory=usual(Channel), description="tables and filters")
    interfaces: list[RipInterface] = Field(min_length=1, description="where")


class OspfNeighbor(Strict):
    """A neighbour on a network without broadcast."""

    address: Address = Field(description="its address")
    eligible: bool = Field(False, description="it can become designated router")


class OspfInterface(Authenticated):
    """OSPF on interfaces."""

    pattern: Pattern = Field(description="which interfaces")
    type: Literal["broadcast", "ptp", "nbma", "ptmp"] | None = Field(None, description="of network")
    instance: Annotated[int, Field(ge=0, le=255)] | None = Field(None, description="several over one link")
    cost: Positive | None = Field(None, description="of the interface")
    hello: Seconds | None = Field(None, description="time between hellos")
    dead: Seconds | None = Field(None, description="silence after which a neighbour is gone")
    wait: Seconds | None = Field(None, description="time to listen before electing")
    retransmit: Seconds | None = Field(None, description="time before something is sent again")
    poll: Seconds | None = Field(None, description="time between hellos to dead neighbours (nbma)")
    priority: Annotated[int, Field(ge=0, le=255)] | None = Field(None, description="0 = never designated")
    stub: bool | None = Field(None, description="announced, but nobody is talked to")
    strict_nonbroadcast: bool | None = Field(None, description="only the listed neighbours (nbma, ptmp)")
    ptp_netmask: bool | None = Field(None, description="announce the network of a point-to-point link")
    check_link: bool | None = Field(None, description="only with carrier")
    bfd: bool | None = Field(None, description="neighbours are watched by BFD")
    ttl_security: bool | None = Field(None, description="only from neighbours on the link")
    ecmp_weight: Byte | None = Field(None, description="share of the traffic")
    neighbors: list[OspfNeighbor] = Field(default_factory=list, description="for nbma and ptmp")
    authentication: Literal["simple", "cryptographic"] | None = Field(None, description="how")
    algorithm: Algorithm | None = Field(None, description="of the signature")


class OspfStubnet(Strict):
    """A network that is announced though no interface has it."""

    prefix: Prefix = Field(description="the network")
    cost: Number16 | None = Field(None, description="of it")


class OspfArea(Strict):
    """An area."""

    id: Area = Field(description="number, or as an IPv4 address; 0 = backbone")
    kind: Literal["normal", "stub", "nssa"] = Field("normal", description="what comes in from outside")
    summary: bool | None = Field(None, description="false: no routes of other areas either")
    default_cost: Number32 | None = Field(None, description="of the default route into a stub area")
    networks: list[Prefix] = Field(default_factory=list, description="announced as one to other areas")
    stubnets: list[OspfStubnet] = Field(default_factory=list, description="more networks")
    interfaces: list[OspfInterface] = Field(min_length=1, description="where")


class Ospf(Announcer):
    """OSPF version 2 or 3."""

    family: Family = Field("ipv4", description="ipv4: OSPFv2, ipv6: OSPFv3")
    ecmp: bool | None = Field(None, description="several equal routes at once")
    stub_router: bool | None = Field(None, description="don't lead traffic through this host")
    graceful_restart: bool | Literal["aware"] | None = Field(None, description="true, false or aware")
    tick: Seconds | None = Field(None, description="time between calculations")
    instance_id: Annotated[int, Field(ge=0, le=255)] | None = Field(None, description="default of interfaces")
    channel: Channel = Field(default_factory=usual(Channel), description="tables and filters")
    areas: list[OspfArea] = Field(min_length=1, description="the areas")


class BfdInterface(Authenticated):
    """BFD on interfaces."""

    pattern: Pattern = Field(description="which interfaces")
    min_rx: Microtime | None = Field(None, description="most often to be asked")
    min_tx: Microtime | None = Field(None, description="most often to ask")
    idle_tx: Microtime | None = Field(None, description="while the session is down")
    multiplier: Byte | None = Field(None, description="losses until the neighbour is gone")
    passive: bool | None = Field(None, description="wait for the neighbour to begin")
    authentication: (
        Literal["simple", "keyed md5", "keyed sha1", "meticulous keyed md5", "meticulous keyed sha1"] | None
    ) = Field(None, description="how")


class BfdNeighbor(Strict):
    """A BFD session nobody else asks for."""

    address: Address = Field(description="of the neighbour")
    dev: Link | None = Field(None, description="interface it's on")
    local: Address | None = Field(None, description="our address")
    multihop: bool | None = Field(None, description="not on a link of ours")


class Bfd(Protocol):
    """Bidirectional forwarding detection (RFC 5880)."""

    interfaces: list[BfdInterface] = Field(default_factory=list, description="where; none = all as they are")
    neighbors: list[BfdNeighbor] = Field(default_factory=list, description="sessions to hold in any case")


class BabelInterface(Authenticated):
    """Babel on interfaces."""

    pattern: Pattern = Field(description="which interfaces")
    type: Literal["wired", "wireless"] | None = Field(None, description="how losses are counted")
    rxcost: Positive | None = Field(None, description="cost of receiving")
    limit: Annotated[int, Field(ge=1, le=16)] | None = Field(None, description="hellos of 16 to hear (wired)")
    hello_interval: Microtime | None = Field(None, description="time between hellos")
    update_interval: Microtime | None = Field(None, description="time between announcements")
    check_link: bool | None = Field(None, description="only with carrier")
    next_hop_ipv4: Address | None = Field(None, description="announced for IPv4 routes")
    next_hop_ipv6: Address | None = Field(None, description="announced for IPv6 routes")
    authentication: Literal["mac", "mac permissive"] | None = Field(None, description="how")
    algorithm: Literal["hmac sha256", "hmac sha384", "hmac sha512", "blake2s128", "blake2s256"] | None = (
        Field(None, description="of the signature")
    )


class Babel(Announcer):
    """Babel (RFC 8966)."""

    ipv4: Channel | None = Field(None, description="IPv4 routes")
    ipv6: Channel | None = Field(None, description="IPv6 routes")
    randomize_router_id: bool | None = Field(None, description="another one at each start")
    interfaces: list[BabelInterface] = Field(min_length=1, description="where")


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
