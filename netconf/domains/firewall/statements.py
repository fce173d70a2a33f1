"""Parts of rules in nft's words: what's asked of a packet, and what's done. Pure.

Names are put into quotes and have no quotes in them (words.py); everything generated has a prefix, as
nft's keywords can't be names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from netconf.core import ip
from netconf.domains.firewall.model import (
    ANY,
    IPV4,
    IPV6,
    Addresses,
    Connections,
    Firewall,
    Interfaces,
    Limit,
    Log,
    Match,
    Rule,
    SetMark,
)
from netconf.domains.firewall.networks import prefixes, ranges
from netconf.domains.firewall.protocols import PROTOCOLS
from netconf.domains.firewall.script import braced

U32 = 0xFFFFFFFF
_IP = {IPV4: "ip", IPV6: "ip6"}
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_METER_SECONDS = 60


def comment(name: str) -> str:
    return f'comment "{name}"'


def generated(what: str) -> str:
    """The comment of a rule that no rule of the document says; no name has a colon."""
    return f'comment "netconf: {what}"'


def set_of(name: str, family: int) -> str:
    """The name of a set of the document in nft: there's one for each family."""
    return f"s_{name}{family}"


def meter_of(rule: str, family: int) -> str:
    """The set a rule keeps its limits for each address in."""
    return f"m_{rule}_{family}"


def count_of(rule: str, family: int) -> str:
    """The set a rule counts the connections of each address in."""
    return f"n_{rule}_{family}"


def families(match: Match, *, always: bool = False) -> tuple[int, ...]:
    """The families to write a rule for by itself; (ANY,) if it's the same for both."""
    found = match.families
    if always or len(found) != 2 or not match.source.is_any or not match.destination.is_any:
        return found
    same = match.protocols_of(IPV4) == match.protocols_of(IPV6) and not (match.icmp or match.icmpv6)
    return (ANY,) if same else found


def conditions(match: Match, family: int) -> Iterator[str]:
    """What's asked, cheap things first; a family is told by the addresses, or by itself."""
    if match.into.names:
        yield from interfaces("iifname", match.into)
    if match.out.names:
        yield from interfaces("oifname", match.out)
    told = [*addresses(match.source, family, "saddr"), *addresses(match.destination, family, "daddr")]
    told += _icmp(match, family)
    if family and not told:
        yield f"meta nfproto ipv{family}"
    yield from told
    yield from ports(match, family)
    if match.states:
        yield f"ct state {','.join(match.states)}"
    if match.mark:
        yield _mark("meta", match.mark)


def interfaces(key: str, found: Interfaces) -> Iterator[str]:
    """By name: the rule can be there before the interface is."""
    names = [f'"{name}"' for name in found.names]
    if found.negated:
        yield from (f"{key} != {name}" for name in names)
    elif names:
        yield f"{key} {braced(names)}"


def addresses(found: Addresses, family: int, side: str) -> Iterator[str]:
    """Nothing for a family that isn't restricted."""
    if found.is_any or not family:
        return
    relation = "!= " if found.negated else ""
    if found.set:
        yield f"{_IP[family]} {side} {relation}@{set_of(found.set, family)}"
    elif own := found.of(family):
        yield f"{_IP[family]} {side} {relation}{short(own[0]) if len(own) == 1 else braced(merged(own))}"


def sources(found: Addresses) -> tuple[int, ...]:
    """The families to write a rule with these sources for."""
    return (ANY,) if found.is_any else tuple(sorted(found.families))


def source_of(found: Addresses, family: int, side: str = "saddr") -> Iterator[str]:
    """Addresses of a family, or else the family itself."""
    told = list(addresses(found, family, side))
    if family and not told:
        yield f"meta nfproto ipv{family}"
    yield from told


def merged(networks: Sequence[str]) -> Iterator[str]:
    """Networks of a family; those side by side as one range. In an anonymous set nft would make one of
    them, and write it without the set when that listing is loaded again.
    """
    if len(networks) == 1:
        yield short(networks[0])
        return
    family = ip.INET6 if ":" in networks[0] else ip.INET
    for low, high in ranges(networks, family):
        parts = list(islice(prefixes(family, low, high), 2))
        yield short(parts[0]) if len(parts) == 1 else f"{ip.text(family, low)}-{ip.text(family, high)}"


def short(network: str) -> str:
    """An address alone without its prefix length, as nft writes it."""
    return network.removesuffix("/128" if ":" in network else "/32")


def _icmp(match: Match, family: int) -> Iterator[str]:
    types = match.icmp_of(family) if family else ()
    if types:
        yield f"{'icmp' if family == IPV4 else 'icmpv6'} type {braced(map(str, types))}"


def ports(match: Match, family: int) -> Iterator[str]:
    """Protocols and ports."""
    protocols = match.protocols_of(family) if family else match.protocols
    if not (match.ports or match.source_ports):
        if protocols:
            yield f"meta l4proto {braced(str(protocol_number(name)) for name in protocols)}"
        return
    yield from port_conditions(protocols, match.source_ports, match.ports)


def port_conditions(
    protocols: tuple[str, ...], sources: tuple[str, ...], destinations: tuple[str, ...]
) -> Iterator[str]:
    header = protocols[0]
    if len(protocols) > 1:
        yield f"meta l4proto {braced(str(protocol_number(name)) for name in protocols)}"
        header = "th"
    if sources:
        yield f"{header} sport {braced(sources)}"
    if destinations:
        yield f"{header} dport {braced(destinations)}"


def protocol_number(name: str) -> int:
    return PROTOCOLS[name] if name in PROTOCOLS else int(name)


def _mark(key: str, mark: str) -> str:
    value, mask = numbers(mark)
    return f"{key} mark {value:#x}" if mask == U32 else f"{key} mark & {mask:#x} == {value:#x}"


def numbers(mark: str) -> tuple[int, int]:
    """The value and the mask of a canonical mark."""
    value, _, mask = mark.partition("/")
    return int(value, 16), int(mask, 16)


def limit(rule: Rule, family: int) -> Iterator[str]:
    """The limit of a rule on its number of packets."""
    found = rule.limit
    if found is None:
        return
    words = rate(found)
    if found.per == "all":
        yield words
    else:
        side = "saddr" if found.per == "source" else "daddr"
        yield f"update @{meter_of(rule.name, family)} {{ {_IP[family]} {side} {words} }}"


def rate(found: Limit) -> str:
    return f"limit rate {'over ' if found.over else ''}{found.rate} burst {found.burst} packets"


def meter_seconds(found: Limit) -> int:
    """How long an address is remembered after its last packet: until it would have its burst again."""
    number, _, unit = found.rate.partition("/")
    return max(_METER_SECONDS, -(-found.burst * _UNITS[unit] // int(number)) + 1)


def connections(rule: Rule, family: int) -> Iterator[str]:
    found: Connections | None = rule.connections
    if found is None:
        return
    words = f"ct count over {found.over}"
    if found.per == "all":
        yield words
    else:
        yield f"add @{count_of(rule.name, family)} {{ {_IP[family]} saddr {words} }}"


def log(found: Log) -> str:
    level = "" if found.level == "warn" else f" level {found.level}"
    return f'log prefix "{found.prefix}"{level}'


def log_rate(found: Log) -> str:
    return f"limit rate {found.rate} burst 5 packets" if found.rate else ""


_REJECTS = {
    "port-unreachable": "icmpx port-unreachable",
    "host-unreachable": "icmpx host-unreachable",
    "net-unreachable": "icmpx no-route",
    "admin-prohibited": "icmpx admin-prohibited",
    "tcp-reset": "tcp reset",
}
REJECT_CHAIN = "x_reject"


def reject(with_what: str, protocols: tuple[str, ...]) -> str:
    """The verdict; where TCP and others are rejected in their own ways there's a chain for it."""
    if with_what:
        return f"reject with {_REJECTS[with_what]}"
    if protocols == ("tcp",):
        return "reject with tcp reset"
    if protocols and "tcp" not in protocols:
        return "reject with icmpx port-unreachable"
    return f"goto {REJECT_CHAIN}"


def ban(firewall: Firewall, name: str, family: int) -> str:
    """A source that is banned already stays for the whole time from now on."""
    timeout = firewall.set_named(name).timeout
    return (
        f"update @{set_of(name, family)} {{ {_IP[family]} saddr{f' timeout {timeout}s' if timeout else ''} }}"
    )


def set_mark(found: SetMark, key: str = "meta") -> str:
    """These bits, the others stay."""
    value, mask = numbers(found.mark)
    if mask == U32:
        return f"{key} mark set {value:#x}"
    return f"{key} mark set {key} mark & {~mask & U32:#x} | {value:#x}"


def kept_mark(found: SetMark) -> str:
    """Whether the connection has the mark."""
    return _mark("ct", found.mark)
