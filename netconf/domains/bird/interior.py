"""The interior protocols and BFD: RIP, OSPF, Babel. An option that is left out is as BIRD has it by default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netconf.domains.bird.policy import Channel
from netconf.domains.bird.protocol import Algorithm, Announcer, Authenticated, Family, Protocol
from netconf.domains.bird.words import (
    Address,
    Area,
    Byte,
    Link,
    Microtime,
    Number16,
    Number32,
    Pattern,
    Positive,
    Prefix,
    Seconds,
    usual,
)
from netconf.grammar import Strict


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
