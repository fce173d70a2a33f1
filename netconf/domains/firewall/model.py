"""The firewall a document asks for, apart from any backend: what the compilers take. Pure.

Everything is resolved: zones are interfaces, defaults are filled in, each part knows the document
path it comes from. Networks are canonical text and collapsed: none holds another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from netconf.core.diagnostics import DocumentPath
from netconf.core.quick import quick

ANY = 0
"""As a family: both."""
IPV4, IPV6 = 4, 6

_BOTH = frozenset({IPV4, IPV6})
_ONE = {family: frozenset({family}) for family in _BOTH}

_HALF = {"icmp", "icmpv6"}
"""Protocols that there are in one family only."""

HOOKS = ("input", "forward", "output")


@cache
def _common(family: int, sources: frozenset[int], destinations: frozenset[int]) -> tuple[int, ...]:
    """The families that a packet of `family` can be of, from those of its ends, IPv4 first."""
    found = sources & destinations & ({family} if family else _BOTH)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Interfaces:
    """Names of interfaces, `wg*` = all that begin so; none = any. Negated: none of them."""

    names: tuple[str, ...] = ()
    negated: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Addresses:
    """Networks, or the set of that name; neither = any. Negated: none of them."""

    networks: tuple[str, ...] = ()
    set: str = ""
    negated: bool = False

    def of(self, family: int) -> tuple[str, ...]:
        """The networks of one family."""
        six = family == IPV6
        if len(self.networks) == 1:
            return self.networks if (":" in self.networks[0]) == six else ()
        return tuple([network for network in self.networks if (":" in network) == six])

    @property
    def is_any(self) -> bool:
        return not self.networks and not self.set

    @property
    def families(self) -> frozenset[int]:
        """Those it can hold addresses of. What's excluded excludes no family."""
        if not self.networks or self.negated:
            return _BOTH
        if len(self.networks) == 1:
            return _ONE[family_of(self.networks[0])]
        return frozenset(map(family_of, self.networks))


@quick
@dataclass(frozen=True, slots=True)
class Match:
    """What a packet must be like. Empty = anything. `protocols` are names of words.PROTOCOLS or
    numbers, `ports` are `80` or `1000-2000`; `icmp` and `icmpv6` are numbers of types, and a packet
    of either will do; `mark` is `0x10/0xff`.
    """

    family: int = ANY
    into: Interfaces = Interfaces()
    out: Interfaces = Interfaces()
    source: Addresses = Addresses()
    destination: Addresses = Addresses()
    protocols: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    source_ports: tuple[str, ...] = ()
    icmp: tuple[int, ...] = ()
    icmpv6: tuple[int, ...] = ()
    states: tuple[str, ...] = ()
    mark: str = ""

    @property
    def families(self) -> tuple[int, ...]:
        """Those a packet can be of, IPv4 first."""
        found = _common(self.family, self.source.families, self.destination.families)
        if not (self.icmp or self.icmpv6) and _HALF.isdisjoint(self.protocols):
            return found
        return tuple([family for family in found if self._has_protocol(family)])

    def protocols_of(self, family: int) -> tuple[str, ...]:
        """Those of the protocols that there are in a family."""
        other = "icmpv6" if family == IPV4 else "icmp"
        if other not in self.protocols:
            return self.protocols
        return tuple(protocol for protocol in self.protocols if protocol != other)

    def icmp_of(self, family: int) -> tuple[int, ...]:
        """The types of ICMP messages of a family."""
        return self.icmp if family == IPV4 else self.icmpv6

    def _has_protocol(self, family: int) -> bool:
        if self.icmp or self.icmpv6:
            return bool(self.icmp_of(family))
        return not self.protocols or bool(self.protocols_of(family))


@dataclass(frozen=True, slots=True)
class Log:
    """Lines in the kernel's log; `rate` is `10/minute` or ""."""

    prefix: str
    level: str = "info"
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """`rate` is `3/second`; `per` is all, source or destination; `over`: it's for what exceeds it."""

    rate: str
    burst: int = 5
    per: str = "all"
    over: bool = False


@dataclass(frozen=True, slots=True)
class Connections:
    """More than so many at one time; `per` is all or source."""

    over: int
    per: str = "source"


@quick
@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the filter. `action` is accept, drop, reject, return (the default decides) or
    continue; `reject_with` is "" for tcp-reset to TCP and port-unreachable to the rest.
    """

    name: str
    hooks: tuple[str, ...]
    match: Match
    action: str
    limit: Limit | None = None
    connections: Connections | None = None
    log: Log | None = None
    ban: str = ""
    reject_with: str = ""
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class Management:
    """A way in that's always open, without connection tracking, both directions."""

    protocol: str
    ports: tuple[str, ...]
    source: Addresses
    into: Interfaces
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """What holds for a hook of the filter besides the rules. `policy` is accept, drop or reject;
    `icmp` is essential, all or none.
    """

    name: str
    policy: str
    established: bool
    drop_invalid: bool
    icmp: str
    log: Log | None = None


@dataclass(frozen=True, slots=True)
class Set:
    """Addresses or networks under a name, of both families. A dynamic set has a timeout in seconds
    (0 = members stay) and a size; packets fill it. `file` holds more networks, added by files.py.
    """

    name: str
    type: str
    networks: tuple[str, ...] = ()
    dynamic: bool = False
    timeout: int = 0
    size: int = 65535
    file: str = ""
    path: DocumentPath = ()

    def of(self, family: int) -> tuple[str, ...]:
        six = family == IPV6
        return tuple([network for network in self.networks if (":" in network) == six])


@dataclass(frozen=True, slots=True)
class Nat:
    """`type` is dnat, snat, masquerade, redirect or netmap (of the destination if the match has one,
    else of the source). `address` and `ports` are the new ones, "" = kept; `network` is netmap's.
    """

    name: str
    type: str
    match: Match
    address: str = ""
    ports: str = ""
    network: str = ""
    allow_forward: bool = False
    hairpin: tuple[str, ...] = ()
    path: DocumentPath = ()

    @property
    def families(self) -> tuple[int, ...]:
        """Those it can translate: that of the new address."""
        new = self.address or self.network
        return tuple(f for f in self.match.families if not new or f == family_of(new))

    @property
    def is_before_routing(self) -> bool:
        """Whether it's about the destination."""
        if self.type == "netmap":
            return not self.match.destination.is_any
        return self.type in ("dnat", "redirect")


@dataclass(frozen=True, slots=True)
class Notrack:
    """Packets of a server's port without connection tracking; `served`: by this host, `asked`: by it."""

    name: str
    protocol: str
    ports: tuple[str, ...]
    served: bool
    asked: bool
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class Helper:
    name: str
    helper: str
    protocol: str
    ports: tuple[str, ...]
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class SynProtect:
    name: str
    ports: tuple[str, ...]
    hook: str
    mss: int
    wscale: int
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class SetMark:
    """`mark` is `0x10/0xff`: these bits become so. `connection`: kept for its later packets."""

    name: str
    hook: str
    match: Match
    mark: str
    connection: bool = False
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class ClampMss:
    """`mss` 0 = that of the route."""

    mss: int
    out: Interfaces
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class FlowOffload:
    interfaces: tuple[str, ...]
    protocols: tuple[str, ...]
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """Lines in a backend's own language: `language` is nft, iptables or ip6tables, `place` the hook
    (nft) or table.
    """

    language: str
    place: str
    lines: tuple[str, ...]
    path: DocumentPath = ()


@dataclass(frozen=True, slots=True)
class Firewall:
    """Everything. `backend` is auto, nftables or iptables. `hooks` are input, forward, output."""

    backend: str
    purge: bool
    hooks: tuple[Hook, ...]
    management: tuple[Management, ...] = ()
    sets: tuple[Set, ...] = ()
    rules: tuple[Rule, ...] = ()
    nat: tuple[Nat, ...] = ()
    notrack: tuple[Notrack, ...] = ()
    helpers: tuple[Helper, ...] = ()
    syn_protect: tuple[SynProtect, ...] = ()
    marks: tuple[SetMark, ...] = ()
    clamp_mss: ClampMss | None = None
    flow_offload: FlowOffload | None = None
    raw: tuple[Raw, ...] = ()
    zones: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    def set_named(self, name: str) -> Set:
        return next(found for found in self.sets if found.name == name)


def family_of(address: str) -> int:
    """Of an address or network in text."""
    return IPV6 if ":" in address else IPV4


def split_target(target: str) -> tuple[str, str]:
    """The address and the ports ("" = none) of a canonical target."""
    if target.startswith("["):
        address, _, ports = target[1:].partition("]")
        return address, ports.removeprefix(":")
    if target.count(":") == 1:
        address, _, ports = target.partition(":")
        return address, ports
    return target, ""
