"""What a user may write about BIRD: the whole bird.conf. References between its parts are checked here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netconf.core import ip
from netconf.domains.bird.announce import TABLE, Announcement, require_announceable
from netconf.domains.bird.interior import Babel, Bfd, Ospf, Rip
from netconf.domains.bird.policy import Channel, Filter
from netconf.domains.bird.protocol import Options, Protocol
from netconf.domains.bird.protocols import (
    Bgp,
    BgpOptions,
    Device,
    Direct,
    Kernel,
    Pipe,
    Radv,
    Rpki,
    Static,
)
from netconf.domains.bird.words import (
    FilterName,
    Name,
    Number32,
    Path,
    Prefix,
    PrefixPattern,
    Raw,
    RouterId,
    Seconds,
    Text,
    Word,
    family_number,
    usual,
)
from netconf.grammar import Strict, reject


class Daemon(Strict):
    """The daemon that is configured."""

    config: Path = Field("/etc/bird/bird.conf", description="its configuration file, which netconf writes")
    socket: Path = Field("/run/bird/bird.ctl", description="its control socket")
    binary: Path | Literal["bird"] = Field("bird", description="the program, for checks")
    user: Name | None = Field(
        None, description="the user it runs as, so that checks see the files as it does (default: ours)"
    )
    group: Name | None = Field("bird", description="group that may read a new configuration file")
    start: list[Word] = Field(
        default_factory=list,
        description="command that starts it in the background, such as [systemctl, start, bird]",
    )


class Table(Strict):
    """A routing table within BIRD."""

    family: Literal["ipv4", "ipv6", "flow4", "flow6"] = Field(description="what it holds")
    sorted: bool | None = Field(None, description="routes to one prefix in order of preference")


class Roa(Strict):
    """Who may announce a prefix."""

    prefix: Prefix = Field(description="the prefix")
    max: Annotated[int, Field(ge=0, le=128)] | None = Field(
        None, description="longest prefix length (default: its own)"
    )
    asn: Number32 = Field(description="AS number of the origin, 0 = nobody")

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        own, width = int(self.prefix.partition("/")[2]), ip.WIDTH[family_number(self.prefix)]
        if self.max is not None and not own <= self.max <= width:
            reject(
                "NC2823",
                f"max {self.max} doesn't fit {self.prefix}",
                "it's the longest prefix that may be announced",
                f"write {own} to {width}",
            )
        return self


class RawParts(Strict):
    """Configuration in BIRD's own language, checked by BIRD."""

    before: Raw | None = Field(None, description="before all filters and protocols")
    after: Raw | None = Field(None, description="after them")


class Defaults(Strict):
    """Options of all protocols of a kind that don't say otherwise."""

    bgp: BgpOptions | None = Field(None, description="of all BGP neighbours")


class Protocols(Strict):
    """The protocols by kind and name."""

    direct: dict[Name, Direct] = Field(default_factory=dict, description="addresses of interfaces")
    static: dict[Name, Static] = Field(default_factory=dict, description="static routes")
    kernel: dict[Name, Kernel] = Field(default_factory=dict, description="the kernel's tables")
    pipe: dict[Name, Pipe] = Field(default_factory=dict, description="between tables")
    bfd: dict[Name, Bfd] = Field(default_factory=dict, description="BFD")
    rpki: dict[Name, Rpki] = Field(default_factory=dict, description="caches of ROAs")
    rip: dict[Name, Rip] = Field(default_factory=dict, description="RIP, RIPng")
    ospf: dict[Name, Ospf] = Field(default_factory=dict, description="OSPFv2, OSPFv3")
    babel: dict[Name, Babel] = Field(default_factory=dict, description="Babel")
    bgp: dict[Name, Bgp] = Field(default_factory=dict, description="BGP")
    radv: dict[Name, Radv] = Field(default_factory=dict, description="router advertisements")

    def each(self) -> Iterator[tuple[str, str, Protocol]]:
        """(kind, name, protocol), by kind and name."""
        for kind in type(self).model_fields:
            for name, protocol in sorted(getattr(self, kind).items()):
                yield kind, name, protocol


class Bird(Strict):
    """The BIRD routing daemon: its whole configuration."""

    daemon: Daemon = Field(default_factory=usual(Daemon), description="where and how the daemon runs")
    router_id: RouterId = Field(description="written as an IPv4 address; unique among routers")
    log: Literal["syslog", "stderr"] | Path = Field("syslog", description="where messages go, or a file")
    hostname: Text | None = Field(None, description="told to BGP neighbours (default: the host's)")
    graceful_restart_wait: Seconds | None = Field(None, description="longest wait after bird -R")
    tables: dict[Name, Table] = Field(default_factory=dict, description="more tables than the main ones")
    device: Device = Field(default_factory=usual(Device), description="how BIRD looks at interfaces")
    prefix_sets: dict[Name, list[PrefixPattern]] = Field(default_factory=dict, description="for filters")
    roas: list[Roa] = Field(default_factory=list, description="ROAs, besides those of caches")
    filters: dict[FilterName, Filter] = Field(default_factory=dict, description="for imports and exports")
    announce: dict[Name, Announcement] = Field(
        default_factory=dict, description="services that are announced while they work"
    )
    announce_table: Annotated[int, Field(ge=1, le=0xFFFFFFFF)] = Field(
        TABLE, description="kernel table for the prefixes of these services; no rule may ask it"
    )
    defaults: Defaults = Field(
        default_factory=usual(Defaults), description="options of all protocols of a kind"
    )
    protocols: Protocols = Field(default_factory=usual(Protocols), description="the protocols")
    raw: RawParts = Field(default_factory=usual(RawParts), description="configuration in BIRD's own language")

    @model_validator(mode="after")
    def _references(self) -> Self:
        for place, what, name, known in _references(self):
            if name not in known:
                there = ", ".join(sorted(known)) or "none"
                reject(
                    "NC2824",
                    f'there is no {what} "{name}"',
                    f"there are: {there}",
                    f"correct the name, or add the {what}",
                    place,
                )
        _require_sessions(self)
        _require_distinct(self)
        require_announceable(self)
        return self


Reference = tuple[tuple[str | int, ...], str, str, set[str]]
"""Where it stands, what it names, the name, and the names there are."""


def _references(bird: Bird) -> Iterator[Reference]:
    for kind, name, protocol in bird.protocols.each():
        yield from _of_protocol(bird, ("protocols", kind, name), protocol)
    if bird.defaults.bgp is not None:
        yield from _of_protocol(bird, ("defaults", "bgp"), bird.defaults.bgp)
    named = {name for _, name, _ in bird.protocols.each()}
    with_prefixes = {name for name, found in bird.announce.items() if found.prefixes}
    for name, found in bird.filters.items():
        for number, rule in enumerate(found.rules):
            place = ("filters", name, "rules", number, "match")
            if rule.match is not None and rule.match.prefix_set is not None:
                yield place, "prefix set", rule.match.prefix_set, set(bird.prefix_sets)
            if rule.match is not None and rule.match.protocol is not None:
                yield place, "protocol", rule.match.protocol, named
            for service in (rule.match and rule.match.announced) or ():
                yield place, "service with prefixes", service, with_prefixes


def _of_protocol(bird: Bird, place: tuple[str, ...], protocol: Options) -> Iterator[Reference]:
    for family, name in _tables(protocol):
        known = {name for name, table in bird.tables.items() if table.family == family}
        yield place, f"{family} table", name, known
    if isinstance(protocol, Pipe):
        yield from _of_pipe(bird, place, protocol)
    found: list[Channel | Pipe] = [channel for _, channel in channels(protocol)]
    if isinstance(protocol, Pipe):
        found.append(protocol)
    for policy in (policy for part in found for policy in (part.import_, part.export)):
        if policy not in ("all", "none"):
            yield place, "filter", policy, set(bird.filters)


def _of_pipe(bird: Bird, place: tuple[str, ...], pipe: Pipe) -> Iterator[Reference]:
    """Its tables are of one family."""
    yield place, "table", pipe.peer, set(bird.tables)
    if pipe.peer in bird.tables:
        family = bird.tables[pipe.peer].family
        alike = {name for name, table in bird.tables.items() if table.family == family}
        yield place, f"{family} table", pipe.table, alike | {"main"}


def _tables(protocol: Options) -> Iterator[tuple[str, str]]:
    """(family, name) of the tables a protocol names."""
    if isinstance(protocol, Static) and protocol.table is not None:
        for family in sorted({family_of(route.to) for route in protocol.routes}):
            yield family, protocol.table
    for family, channel in channels(protocol):
        if channel.table is not None:
            yield family, channel.table


def channels(protocol: Options) -> Iterator[tuple[str, Channel]]:
    """(family of the table, channel) of a protocol."""
    if isinstance(protocol, BgpOptions):
        for name, channel in (protocol.channels or {}).items():
            yield name.removesuffix("-mpls"), channel
    elif isinstance(protocol, Babel):
        yield from (
            (name, channel)
            for name, channel in (("ipv4", protocol.ipv4), ("ipv6", protocol.ipv6))
            if channel is not None
        )
    elif isinstance(protocol, Kernel | Rip | Ospf):
        yield protocol.family, protocol.channel
    elif isinstance(protocol, Radv):
        yield "ipv6", protocol.channel


def family_of(text: str) -> str:
    """The family of an address or a prefix, in BIRD's words."""
    return "ipv6" if ":" in text else "ipv4"


def _require_sessions(bird: Bird) -> None:
    """What a BGP neighbour needs, and may have from the defaults."""
    common = bird.defaults.bgp or BgpOptions.model_validate({})
    for name, bgp in bird.protocols.bgp.items():
        for field in ("local_as", "channels"):
            if not (getattr(bgp, field) or getattr(common, field)):
                reject(
                    "NC2825",
                    f"there is no {field}",
                    "neither this neighbour nor defaults.bgp says it",
                    f"add {field} to one of them",
                    ("protocols", "bgp", name),
                )


def _require_distinct(bird: Bird) -> None:
    """Names in bird.conf that are kept from an older file."""
    seen: set[str] = set()
    for kind, name, protocol in bird.protocols.each():
        if protocol.bird_name is None:
            continue
        if protocol.bird_name in seen:
            reject(
                "NC2826",
                f"bird_name {protocol.bird_name} is taken",
                "another protocol has it",
                "give each its own",
                ("protocols", kind, name, "bird_name"),
            )
        seen.add(protocol.bird_name)


class Spec(Strict):
    """The part of a document that describes dynamic routing."""

    bird: Bird | None = Field(None, description="the BIRD routing daemon: the whole bird.conf")
