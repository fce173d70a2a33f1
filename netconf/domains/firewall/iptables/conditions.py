"""What's asked of a packet, in the words of iptables-restore. Pure.

A rule of xtables asks for one interface and one protocol: a match of the model can be several of them,
of which one must hold, and interfaces for which none of them does. Networks of more than one are a set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from netconf.core.diagnostics import DocumentPath
from netconf.domains.firewall.iptables import names
from netconf.domains.firewall.model import IPV4, Addresses, Firewall, Interfaces, Match
from netconf.domains.firewall.protocols import PROTOCOLS

MOST_PORTS = 15
"""Ports that multiport takes; a range counts for two (iptables-extensions(8))."""

_HALVES = {"0.0.0.0/0": ("0.0.0.0/1", "128.0.0.0/1"), "::/0": ("::/1", "8000::/1")}
"""A set of networks can't hold all of them as one (ipset(8), hash:net)."""


class Asked(NamedTuple):
    """`ways`: one of them must hold. `but`: none of these may; () or more than one."""

    ways: tuple[str, ...]
    but: tuple[str, ...] = ()


class OwnSet(NamedTuple):
    """A set with the networks a rule names itself."""

    name: str
    family: int
    networks: tuple[str, ...]
    path: DocumentPath


@dataclass(slots=True)
class Compiling:
    """One family of a firewall; `sets` collects what rules need."""

    firewall: Firewall
    family: int
    sets: dict[str, OwnSet] = field(default_factory=dict)

    def asked(self, match: Match, rule: str, path: DocumentPath) -> Asked:
        """The match of a rule of that name."""
        into, not_into = _interfaces("-i", match.into)
        out, not_out = _interfaces("-o", match.out)
        addresses = [
            *self.addresses(match.source, "src", rule, path),
            *self.addresses(match.destination, "dst", rule, path),
        ]
        rest = []
        if match.states:
            rest.append(f"-m conntrack --ctstate {','.join(match.states).upper()}")
        if match.mark:
            rest.append(f"-m mark --mark {match.mark}")
        ways = tuple(
            " ".join(word for word in (*addresses, coming, going, protocol, *rest) if word)
            for coming, going, protocol in product(into, out, self._protocols(match))
        )
        return Asked(ways, (*not_into, *not_out))

    def addresses(self, found: Addresses, side: str, rule: str, path: DocumentPath) -> Iterator[str]:
        """Nothing for a family that isn't restricted."""
        no = "! " if found.negated else ""
        networks = found.of(self.family)
        if found.set:
            yield f"-m set {no}--match-set {self.set_named(found.set)} {side}"
        elif len(networks) == 1:
            yield f"{no}-{side[0]} {networks[0]}"
        elif networks:
            name = names.networks_of(rule, side, self.family)
            self.sets[name] = OwnSet(name, self.family, halved(networks), path)
            yield f"-m set {no}--match-set {name} {side}"

    def set_named(self, name: str) -> str:
        return names.set_of(name, self.family, dynamic=self.firewall.set_named(name).dynamic)

    def _protocols(self, match: Match) -> list[str]:
        types = match.icmp_of(self.family)
        if types:
            words = "icmp -m icmp --icmp-type" if self.family == IPV4 else "ipv6-icmp -m icmp6 --icmpv6-type"
            return [f"-p {words} {number}" for number in types]
        protocols = match.protocols_of(self.family)
        if match.ports or match.source_ports:
            return [way for protocol in protocols for way in ports(protocol, match.source_ports, match.ports)]
        return [f"-p {number(protocol)}" for protocol in protocols] or [""]


def halved(networks: Sequence[str]) -> tuple[str, ...]:
    """As a set can hold them."""
    return tuple(part for network in networks for part in _HALVES.get(network, (network,)))


def ports(protocol: str, sources: Sequence[str], destinations: Sequence[str]) -> Iterator[str]:
    """The ways to have one of the source ports and one of the destination ports."""
    head = f"-p {number(protocol)}"
    if protocol in ("tcp", "udp") and len(sources) <= 1 and len(destinations) <= 1:
        words = [f"--sport {colons(port)}" for port in sources]
        words += [f"--dport {colons(port)}" for port in destinations]
        yield " ".join([head, f"-m {protocol}", *words])
        return
    for coming, going in product(_chunks(sources, "--sports"), _chunks(destinations, "--dports")):
        yield " ".join(word for word in (head, coming, going) if word)


def _chunks(found: Sequence[str], option: str) -> Iterator[str]:
    chunk: list[str] = []
    room = MOST_PORTS
    for port in found:
        needed = 2 if "-" in port else 1
        if needed > room:
            yield f"-m multiport {option} {','.join(chunk)}"
            chunk, room = [], MOST_PORTS
        chunk.append(colons(port))
        room -= needed
    yield f"-m multiport {option} {','.join(chunk)}" if chunk else ""


def colons(port: str) -> str:
    """A range of ports as iptables writes it."""
    return port.replace("-", ":")


def number(protocol: str) -> int:
    return PROTOCOLS[protocol] if protocol in PROTOCOLS else int(protocol)


def _interfaces(option: str, found: Interfaces) -> tuple[list[str], list[str]]:
    """(the ways, what must not be). A packet is to fit one way only: rules may count."""
    names_ = [_wildcard(name) for name in found.names if not _is_covered(name, found.names)]
    if not found.negated:
        return [f"{option} {name}" for name in names_] or [""], []
    if len(names_) == 1:
        return [f"! {option} {names_[0]}"], []
    return [""], [f"{option} {name}" for name in names_]


def _is_covered(name: str, others: Sequence[str]) -> bool:
    return any(
        other != name and other.endswith("*") and name.removesuffix("*").startswith(other[:-1])
        for other in others
    )


def _wildcard(name: str) -> str:
    return f"{name[:-1]}+" if name.endswith("*") else name
