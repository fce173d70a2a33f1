"""What a user may write about which routes go where: prefix sets, filters, channels."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netconf.domains.bird.words import (
    Address,
    Asn,
    AsPath,
    Community,
    FilterName,
    Name,
    Number16,
    Number32,
    Pattern,
    PrefixPattern,
    Raw,
    Text,
)
from netconf.grammar import Strict, reject

Source = Literal["direct", "static", "kernel", "rip", "ospf", "bgp", "babel", "pipe"]

Length = Annotated[int, Field(ge=0, le=128)]


class Lengths(Strict):
    """A range of prefix lengths."""

    min: Length = Field(0, description="shortest")
    max: Length = Field(128, description="longest")


class Match(Strict):
    """What a rule is about: all that is given must hold."""

    source: list[Source] | None = Field(None, description="what brought the route into BIRD")
    protocol: Name | None = Field(None, description="the protocol that brought it, by its name here")
    announced: list[Name] | None = Field(
        None, description="a prefix of one of these services of announce, while it's announced"
    )
    prefixes: list[PrefixPattern] | None = Field(None, description="prefix patterns, as in a prefix set")
    prefix_set: Name | None = Field(None, description="a set of prefix_sets")
    prefix_len: Length | Lengths | None = Field(None, description="length of the prefix, or min and max")
    interface: list[Pattern] | None = Field(None, description="patterns of the interface it leads to")
    community: list[Community] | None = Field(None, description="has one of these communities")
    as_path: AsPath | None = Field(None, description="pattern of the AS path: numbers, * and ?")
    rpki: Literal["valid", "invalid", "unknown"] | None = Field(
        None, description="what the ROAs say of the prefix and its origin"
    )
    negate: bool = Field(False, description="true: what doesn't match")


class Set(Strict):
    """What a rule changes in a route."""

    preference: Number16 | None = Field(None, description="between protocols, the highest wins")
    local_pref: Number32 | None = Field(None, description="BGP local preference")
    med: Number32 | None = Field(None, description="BGP multi-exit discriminator")
    origin: Literal["igp", "egp", "incomplete"] | None = Field(None, description="BGP origin")
    next_hop: Address | None = Field(None, description="BGP next hop")
    prepend: list[Asn] = Field(
        default_factory=list, description="AS numbers put before the AS path, in order"
    )
    add_communities: list[Community] = Field(default_factory=list, description="communities to add")
    remove_communities: list[Community] = Field(default_factory=list, description="communities to remove")
    rip_metric: Annotated[int, Field(ge=1, le=16)] | None = Field(None, description="RIP metric, 16 = gone")
    rip_tag: Number16 | None = Field(None, description="RIP route tag")
    ospf_metric1: Number16 | None = Field(None, description="OSPF external type 1 metric")
    ospf_metric2: Annotated[int, Field(ge=0, le=0xFFFFFF)] | None = Field(
        None, description="OSPF external type 2 metric"
    )
    ospf_tag: Number32 | None = Field(None, description="OSPF external route tag")
    babel_metric: Number16 | None = Field(None, description="Babel metric")
    source_address: Address | None = Field(None, description="preferred source address in the kernel")


class Rule(Strict):
    """One step of a filter: if it matches, set, and then accept, reject or go on."""

    name: Text | None = Field(None, description="a comment")
    match: Match | None = Field(None, description="which routes; left out = all")
    set: Set | None = Field(None, description="what to change in them")
    action: Literal["accept", "reject", "continue"] = Field(description="what becomes of them")


class Filter(Strict):
    """Rules in order; the first that accepts or rejects decides."""

    rules: list[Rule] = Field(default_factory=list, description="the rules")
    default: Literal["accept", "reject"] | None = Field(
        None, description="what becomes of the rest (default: reject)"
    )
    raw: Raw | None = Field(None, description="the body in BIRD's own language, instead of rules")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.raw is not None and (self.rules or self.default is not None):
            reject(
                "NC2820",
                "a filter has both raw and rules",
                "raw is the whole body of the filter",
                "keep one of them",
            )
        return self


Policy = Literal["all", "none"] | FilterName
"""all, none, or the name of a filter."""


class Limit(Strict):
    """What happens when there are too many routes."""

    max: Annotated[int, Field(ge=1, le=0x7FFFFFFF)] = Field(description="number of routes")
    action: Literal["warn", "block", "restart", "disable"] = Field("disable", description="beyond it")


class Channel(Strict):
    """A protocol's connection to a table."""

    table: Name | None = Field(None, description="a table of tables (default: the main one)")
    import_: Policy = Field("none", alias="import", description="what comes in: all, none or a filter")
    export: Policy = Field("none", description="what goes out: all, none or a filter")
    import_limit: Limit | None = Field(None, description="most routes to take in, after the filter")
    receive_limit: Limit | None = Field(None, description="most routes to receive, before the filter")
    export_limit: Limit | None = Field(None, description="most routes to send")
    preference: Number16 | None = Field(None, description="of routes that come in")
    keep_filtered: bool | None = Field(
        None, description="keep what the import filter rejects, for show route"
    )


class BgpChannel(Channel):
    """A family of routes that a BGP session carries."""

    next_hop_self: bool | Literal["ibgp", "ebgp"] | None = Field(
        None, description="announce ourselves as next hop: true, false, or to such neighbours only"
    )
    next_hop_keep: bool | Literal["ibgp", "ebgp"] | None = Field(
        None, description="announce next hops as they came"
    )
    next_hop_address: Address | None = Field(None, description="announce this next hop")
    gateway: Literal["direct", "recursive"] | None = Field(None, description="how next hops are resolved")
    import_table: bool | None = Field(None, description="keep what was received, for filters that change")
    export_table: bool | None = Field(None, description="keep what was sent")
    add_paths: Literal["rx", "tx", "on", "off"] | None = Field(
        None, description="several paths to one prefix (RFC 7911): rx, tx, on = both, or off"
    )
    extended_next_hop: bool | None = Field(None, description="IPv6 next hops for IPv4 (RFC 8950)")
    secondary: bool | None = Field(None, description="with a sorted table: announce the second best, too")
    mandatory: bool | None = Field(None, description="no session without this family")
