"""What a user may write about the firewall. What parts say of each other is checked in contradictions.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, Field, model_validator

from netconf.domains.firewall.contradictions import raise_all
from netconf.domains.firewall.words import (
    Addresses,
    Entries,
    IcmpTypes,
    Interfaces,
    Mark,
    Name,
    Path,
    Ports,
    Protocols,
    Rate,
    Raw,
    Seconds,
    SetName,
    Target,
    Text,
)
from netconf.grammar import Strict
from netconf.grammar.names import LinkName
from netconf.grammar.values import Switch

ModelT = TypeVar("ModelT", bound=BaseModel)
Hook = Literal["input", "forward", "output"]
Verdict = Literal["accept", "drop", "reject"]
Period = Annotated[int, Field(ge=1, le=1_000_000)]


def _usual(model: type[ModelT]) -> Callable[[], ModelT]:
    """What a model is if nothing of it is written."""
    return lambda: model.model_validate({})


class Management(Strict):
    """A way in that is always open: asked first, and without connection tracking."""

    proto: Literal["tcp", "udp"] = Field("tcp", description="protocol")
    port: Ports = Field(description="port, range of ports or list of them on this host")
    source: Addresses | None = Field(None, alias="from", description="who may come in (default: everybody)")
    in_: Interfaces | None = Field(None, alias="in", description="on which interfaces (default: all)")


class Log(Strict):
    """Lines in the kernel's log."""

    prefix: Text | None = Field(None, description="text in front (default: the rule's name)")
    level: Literal["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"] = Field(
        "info", description="syslog level"
    )
    rate: Rate | None = Field(None, description="at most so many lines: 10/minute")


class Defaults(Strict):
    """What becomes of packets that no rule decides about."""

    input: Verdict = Field("accept", description="packets to this host")
    forward: Verdict = Field("accept", description="packets through this host")
    output: Verdict = Field("accept", description="packets from this host")
    established: Switch | None = Field(
        None,
        description="accept what belongs to accepted connections, before all rules "
        "(default: on where the default isn't accept)",
    )
    invalid: Literal["drop", "accept"] = Field(
        "drop", description="packets of no connection, where established is on; accept = the rules decide"
    )
    icmp: Literal["essential", "all", "none"] = Field(
        "essential", description="ICMP accepted where the default isn't accept: errors and neighbours, or all"
    )
    log: Log | None = Field(None, description="log what the default drops or rejects")


class Set(Strict):
    """Addresses or networks that rules name as @NAME, IPv4 and IPv6 together."""

    type: Literal["address", "network"] = Field("network", description="what it holds")
    entries: Entries | None = Field(None, description="its members")
    file: Path | None = Field(None, description="a file with more of them, one a line; # begins a comment")
    dynamic: Switch | None = Field(None, description="packets fill it: by ban of a rule")
    timeout: Seconds | None = Field(None, description="how long a member of a dynamic set stays")
    size: Annotated[int, Field(ge=1, le=16_777_216)] = Field(
        65535, description="members a dynamic set has room for"
    )


class Limit(Strict):
    """Packets in a time."""

    limit: Rate = Field(description="packets per second, minute, hour or day")
    burst: Annotated[int, Field(ge=1, le=10_000)] = Field(5, description="packets above that, once")
    per: Literal["all", "source", "destination"] = Field(
        "all", description="together, or for each address by itself"
    )
    over: Switch | None = Field(None, description="on = the rule is for what exceeds it")


class Connections(Strict):
    """Connections at one time; the rule is for those above."""

    over: Period = Field(description="connections that are fine")
    per: Literal["all", "source"] = Field("source", description="together, or for each source by itself")


class Match(Strict):
    """What a packet must be like; everything that's said must hold."""

    family: Literal["ipv4", "ipv6"] | None = Field(None, description="only packets of this family")
    in_: Interfaces | None = Field(None, alias="in", description="interfaces it came in by: eth0, wg*, @zone")
    out: Interfaces | None = Field(None, description="interfaces it goes out by")
    source: Addresses | None = Field(None, alias="from", description="source: addresses, networks or @set")
    proto: Protocols | None = Field(None, description="protocols by name or number")
    port: Ports | None = Field(None, description="destination ports")
    source_port: Ports | None = Field(None, description="source ports")


class Rule(Match):
    """One rule of the filter. Rules are asked in their order, the first that fits decides."""

    name: Name = Field(description="unique; counters and errors are told by it")
    hook: Hook | list[Hook] = Field("input", description="packets to, through or from this host")
    to: Addresses | None = Field(None, description="destination: addresses, networks or @set")
    icmp: IcmpTypes | None = Field(None, description="types of ICMP messages; of both families without proto")
    state: list[Literal["new", "established", "related", "invalid", "untracked"]] | None = Field(
        None, description="states of the connection"
    )
    fwmark: Mark | None = Field(None, description="mark of the packet: 0x10/0xff")
    rate: Limit | None = Field(None, description="only so many packets, or those above")
    connections: Connections | None = Field(None, description="only where there are too many connections")
    log: Log | Literal["on"] | None = Field(None, description="write it to the kernel's log; on = as usual")
    ban: SetName | None = Field(None, description="a dynamic set that the source is put into")
    action: Literal["accept", "drop", "reject", "return", "continue"] = Field(
        description="return = no more rules, the default decides; continue = go on with the next rule"
    )
    reject_with: (
        Literal["port-unreachable", "host-unreachable", "net-unreachable", "admin-prohibited", "tcp-reset"]
        | None
    ) = Field(None, description="(default: tcp-reset for TCP, else port-unreachable)")


class Nat(Match):
    """Another address instead of the one in the packet."""

    name: Name = Field(description="unique; counters and errors are told by it")
    type: Literal["dnat", "snat", "masquerade", "redirect", "netmap"] = Field(
        description="netmap translates a network one to one: the destination if that's given, else the source"
    )
    destination: Addresses | None = Field(None, description="destination: addresses, networks or @set")
    to: Target | None = Field(None, description="address or address:port to translate to (dnat, snat)")
    to_network: Addresses | None = Field(None, description="network to translate to (netmap)")
    to_port: Ports | None = Field(None, description="port on this host (redirect)")
    allow_forward: Switch | None = Field(None, description="dnat: accept these packets in forward, too")
    hairpin: Addresses | None = Field(
        None, description="dnat: these networks of our own come by the outer address, too"
    )


class Notrack(Strict):
    """Packets without connection tracking."""

    name: Name = Field(description="unique")
    proto: Literal["tcp", "udp"] = Field(description="protocol")
    port: Ports = Field(description="port of the server")
    direction: Literal["in", "out", "both"] = Field(
        "both", description="served by this host, asked by it, or both"
    )


class Helper(Strict):
    """A connection tracking helper, for protocols with connections that belong to others."""

    name: Name = Field(description="unique")
    helper: Literal["amanda", "ftp", "irc", "netbios-ns", "pptp", "sane", "sip", "snmp", "tftp"] = Field(
        description="the kernel's name of it"
    )
    proto: Literal["tcp", "udp"] = Field(description="protocol of the controlling connection")
    port: Ports = Field(description="its port")


class SynProtect(Strict):
    """A TCP handshake made by the kernel before the server sees anything (SYNPROXY)."""

    name: Name = Field(description="unique")
    port: Ports = Field(description="ports of the servers")
    hook: Literal["input", "forward"] = Field("input", description="servers on this host, or behind it")
    mss: Annotated[int, Field(ge=536, le=65495)] = Field(1460, description="maximum segment size of servers")
    wscale: Annotated[int, Field(ge=0, le=14)] = Field(7, description="window scale of servers")


class SetMark(Match):
    """A mark for packets, as policy rules and traffic control look at."""

    name: Name = Field(description="unique")
    hook: Literal["prerouting", "forward", "output", "postrouting"] = Field(
        "prerouting", description="where; output = from this host, before its route is looked up again"
    )
    to: Addresses | None = Field(None, description="destination: addresses, networks or @set")
    mark: Mark = Field(description="the mark, and the bits of it to set: 0x10/0xff")
    connection: Switch | None = Field(None, description="on = all later packets of the connection get it too")


class ClampMss(Strict):
    """The maximum segment size in TCP handshakes that are forwarded."""

    mss: Literal["pmtu"] | Annotated[int, Field(ge=536, le=65495)] = Field(
        "pmtu", description="a size, or that of the route"
    )
    out: Interfaces | None = Field(None, description="only out by these interfaces")


class FlowOffload(Strict):
    """Forwarded connections take a short way past the firewall once they're established."""

    interfaces: Annotated[list[LinkName], Field(min_length=1)] = Field(
        description="between which; they must exist"
    )
    protocols: list[Literal["tcp", "udp"]] | None = Field(
        None, description="of which protocols (default: both)"
    )


class RawNft(Strict):
    """Rules in nft's own language, behind those of the document."""

    prerouting: list[Raw] | None = Field(None, description="before the route is looked up")
    input: list[Raw] | None = Field(None, description="to this host")
    forward: list[Raw] | None = Field(None, description="through this host")
    output: list[Raw] | None = Field(None, description="from this host")
    postrouting: list[Raw] | None = Field(None, description="on the way out")


class RawIptables(Strict):
    """Rules as iptables-restore reads them, for chains of netconf's: `-A NC-INPUT -p esp -j ACCEPT`."""

    filter: list[Raw] | None = Field(None, description="table filter")
    nat: list[Raw] | None = Field(None, description="table nat")
    mangle: list[Raw] | None = Field(None, description="table mangle")
    raw: list[Raw] | None = Field(None, description="table raw")


class RawRules(Strict):
    """What the words here can't say, in the language of the one backend."""

    nft: RawNft | None = Field(None, description="for the backend nftables")
    iptables: RawIptables | None = Field(None, description="for the backend iptables, IPv4")
    ip6tables: RawIptables | None = Field(None, description="for the backend iptables, IPv6")


class Firewall(Strict):
    """The firewall: netconf's own table; those of others are left alone."""

    backend: Literal["auto", "nftables", "iptables"] = Field(
        "auto", description="auto = nftables where the kernel has it, else iptables"
    )
    conntrack: Literal["keep", "purge-changed"] = Field(
        "keep", description="connections that the new rules would treat in another way: keep, or forget them"
    )
    management: list[Management] = Field(default_factory=list, description="ways in that are always open")
    defaults: Defaults = Field(default_factory=_usual(Defaults), description="for what no rule decides")
    zones: dict[SetName, list[Interfaces]] = Field(
        default_factory=dict, description="names for groups of interfaces: @lan"
    )
    sets: dict[SetName, Set] = Field(default_factory=dict, description="addresses by name: @blocked")
    rules: list[Rule] = Field(default_factory=list, description="the filter, in order")
    nat: list[Nat] = Field(default_factory=list, description="address translation, in order")
    notrack: list[Notrack] = Field(default_factory=list, description="without connection tracking")
    helpers: list[Helper] = Field(default_factory=list, description="connection tracking helpers")
    syn_protect: list[SynProtect] = Field(default_factory=list, description="against floods of SYN")
    mark: list[SetMark] = Field(default_factory=list, description="marks of packets, in order")
    clamp_mss: ClampMss | Literal["pmtu"] | None = Field(None, description="MSS of forwarded connections")
    flow_offload: FlowOffload | None = Field(None, description="the short way for forwarded connections")
    raw: RawRules = Field(default_factory=_usual(RawRules), description="rules in the backend's language")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        raise_all(self)
        return self


class Spec(Strict):
    """The part of a document that describes the firewall."""

    firewall: Firewall | None = Field(None, description="packet filter and address translation")
