"""What address translation says against itself, and against what isn't tracked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netconf.domains.firewall.matching import Finding, Location, of_match, sides
from netconf.domains.firewall.model import family_of, split_target
from netconf.domains.firewall.protocols import WITH_PORTS

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Firewall, Nat

_NAT_FIELDS = {
    "dnat": ({"to"}, {"allow_forward", "hairpin"}),
    "snat": ({"to"}, set[str]()),
    "masquerade": (set[str](), set[str]()),
    "redirect": ({"to_port"}, set[str]()),
    "netmap": ({"to_network"}, set[str]()),
}
"""Of each type: the fields it needs, and those it may have besides."""


def of_nat(firewall: Firewall, at: Location, nat: Nat) -> Iterator[Finding]:
    addresses = (("from", nat.source), ("destination", nat.destination))
    yield from of_match(firewall, at, nat, addresses)
    needed, possible = _NAT_FIELDS[nat.type]
    for field in ("to", "to_network", "to_port", "allow_forward", "hairpin"):
        there = getattr(nat, field) is not None
        if there and field not in needed | possible:
            yield Finding(
                "NC2951",
                (*at, field),
                f"{field} with type {nat.type}",
                "it has no meaning there",
                f"remove it; {nat.type} takes {', '.join(sorted(needed | possible)) or 'none of these'}",
            )
        elif not there and field in needed:
            yield Finding(
                "NC2952",
                at,
                f"nat {nat.name} doesn't say where to",
                f"{nat.type} needs {field}",
                f"add {field}",
            )
    before = nat.type in ("dnat", "redirect") or (nat.type == "netmap" and nat.destination is not None)
    yield from sides(at, nat, ("prerouting" if before else "postrouting",))
    yield from _target(at, nat)
    yield from _network(at, nat)
    yield from _hairpin(at, nat)


def _target(at: Location, nat: Nat) -> Iterator[Finding]:
    address, ports = split_target(nat.to) if nat.to else ("", "")
    ports = ports or (nat.to_port[0] if nat.to_port else "")
    at_field = (*at, "to_port" if nat.to_port else "to")
    if ports and (not nat.proto or any(protocol not in WITH_PORTS for protocol in nat.proto)):
        yield Finding(
            "NC2940", at_field, "a port without proto", "which protocol's isn't said", "add proto: tcp or udp"
        )
    if nat.to_port and len(nat.to_port) > 1:
        yield Finding("NC2953", at_field, "several ports to redirect to", "it's one, or a range", "write one")
    if address:
        family = family_of(address)
        others = [*(nat.source or ()), *(nat.destination or ())]
        plain = [text for text in others if not text.startswith(("!", "@"))]
        wrong = nat.family is not None and nat.family != f"ipv{family}"
        if wrong or (plain and all(family_of(text) != family for text in plain)):
            yield Finding(
                "NC2939",
                (*at, "to"),
                f"{address} is of another family than the packets",
                "IPv4 and IPv6 can't be translated into each other here",
                "write an address of theirs",
            )


def _network(at: Location, nat: Nat) -> Iterator[Finding]:
    if nat.type != "netmap":
        return
    sides = [texts for texts in (nat.source, nat.destination) if texts]
    if not sides:
        yield Finding(
            "NC2954",
            at,
            "netmap of nothing",
            "a network is translated into another",
            "add destination or from",
        )
        return
    old, new = (nat.destination or nat.source or ()), (nat.to_network or ())
    if len(old) != 1 or len(new) != 1 or old[0].startswith(("!", "@")) or new[0].startswith(("!", "@")):
        yield Finding(
            "NC2954",
            at,
            f"netmap {nat.name} isn't of one network to another",
            "each address is translated to the one at its place",
            "write one network each",
        )
    elif old[0].partition("/")[2] != new[0].partition("/")[2] or family_of(old[0]) != family_of(new[0]):
        yield Finding(
            "NC2955",
            (*at, "to_network"),
            f"{old[0]} and {new[0]} are of different sizes",
            "each address is translated to the one at its place",
            f"write a network with /{old[0].partition('/')[2]}",
        )


def _hairpin(at: Location, nat: Nat) -> Iterator[Finding]:
    if not nat.hairpin or nat.type != "dnat":
        return
    if any(text.startswith(("!", "@")) for text in nat.hairpin):
        yield Finding("NC2956", (*at, "hairpin"), "hairpin of a set", "it's networks", "write the networks")
    if not nat.destination:
        yield Finding(
            "NC2957",
            (*at, "hairpin"),
            "hairpin without destination",
            "packets from inside to any server of the world would be translated",
            "add destination: the outer address",
        )


def tracking(firewall: Firewall) -> Iterator[Finding]:
    """What must not be tracked, and what needs tracking, of the same packets."""
    translated = [
        (nat.name, port)
        for nat in firewall.nat
        if nat.type in ("dnat", "redirect")
        for port in nat.port or ("1-65535",)
        if not nat.proto or "tcp" in nat.proto
    ]
    for number, found in enumerate(firewall.syn_protect):
        open_ports = [port for way in firewall.management if way.proto == "tcp" for port in way.port]
        if any(_overlap(port, other) for port in open_ports for other in found.port):
            yield Finding(
                "NC2961",
                ("syn_protect", number, "port"),
                f"{found.name} is about a port of management",
                "management is accepted before everything else, without connection tracking",
                "leave the port out of one of them",
            )
        for name, port in translated:
            if any(_overlap(port, other) for other in found.port):
                yield Finding(
                    "NC2958",
                    ("syn_protect", number, "port"),
                    f"{found.name} is about port {port} that nat {name} translates",
                    "it takes SYN packets out of connection tracking, so they'd go untranslated",
                    "protect the port on the host it's translated to",
                )
    untracked = [
        (("notrack", number, "port"), found.name, found.proto, port)
        for number, found in enumerate(firewall.notrack)
        for port in found.port
    ]
    for at, name, protocol, port in untracked:
        for what, other, protocols, ports in _tracked(firewall):
            if (not protocols or protocol in protocols) and any(_overlap(port, p) for p in ports):
                yield Finding(
                    "NC2959",
                    at,
                    f"{name} takes port {port} out of connection tracking, which {what} {other} needs",
                    "one of the two would never match",
                    "remove one",
                )


def _tracked(firewall: Firewall) -> Iterator[tuple[str, str, Sequence[str], Sequence[str]]]:
    for nat in firewall.nat:
        if nat.type in ("dnat", "redirect") and nat.port:
            yield "nat", nat.name, nat.proto or (), nat.port
    for helper in firewall.helpers:
        yield "helper", helper.name, (helper.proto,), helper.port
    for found in firewall.syn_protect:
        yield "syn_protect", found.name, ("tcp",), found.port


def _overlap(one: str, other: str) -> bool:
    (a, b), (c, d) = _ends(one), _ends(other)
    return a <= d and c <= b


def _ends(ports: str) -> tuple[int, int]:
    low, _, high = ports.partition("-")
    return int(low), int(high or low)
