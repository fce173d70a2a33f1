"""What a match says against itself or names in vain: the parts all rules share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from netconf.domains.firewall.model import IPV4, IPV6, family_of
from netconf.domains.firewall.protocols import WITH_PORTS

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Firewall, Match

Location = tuple[str | int, ...]


class Finding(NamedTuple):
    """At a place below `firewall`: what's wrong, why it can't be, what to write."""

    code: str
    at: Location
    what: str
    why: str
    fix: str


Lists = Iterable[tuple[str, Sequence[str] | None]]


def references(firewall: Firewall, at: Location, addresses: Lists, interfaces: Lists) -> Iterator[Finding]:
    for field, texts in addresses:
        sets = [text for text in texts or () if text.lstrip("!").startswith("@")]
        for text in sets:
            yield from known(firewall.sets, (*at, field), "set", text.lstrip("!@"))
        if sets and len(texts or ()) > 1:
            yield Finding(
                "NC2937",
                (*at, field),
                f"{sets[0]} in a list",
                "a rule looks into one set",
                "put the networks into the set, or write a rule for each",
            )
    for field, texts in interfaces:
        for text in texts or ():
            if text.lstrip("!").startswith("@"):
                yield from known(firewall.zones, (*at, field), "zone", text.lstrip("!@"))


def known(names: Iterable[str], at: Location, what: str, name: str) -> Iterator[Finding]:
    if name not in names:
        there = ", ".join(sorted(names)) or "none"
        yield Finding(
            "NC2938",
            at,
            f'there is no {what} "{name}"',
            f"there are: {there}",
            f"correct the name, or add it to firewall.{what}s",
        )


def of_match(firewall: Firewall, at: Location, match: Match, addresses: Lists) -> Iterator[Finding]:
    addresses = list(addresses)
    yield from references(firewall, at, addresses, (("in", match.in_), ("out", match.out)))
    yield from _ports(at, match)
    families = {IPV4: "", IPV6: ""}
    if match.family:
        families.pop(IPV6 if match.family == "ipv4" else IPV4)
    for field, texts in addresses:
        plain = [text for text in texts or () if not text.startswith(("!", "@"))]
        if plain and not {family_of(text) for text in plain} & families.keys():
            yield Finding(
                "NC2939",
                (*at, field),
                f"{plain[0]} is of another family than the rest of the rule",
                "no packet has addresses of both",
                "correct one, or write two rules",
            )
        elif plain:
            families = {f: "" for f in families if f in {family_of(text) for text in plain}}
    if len(families) == 1:
        other = "icmpv6" if IPV4 in families else "icmp"
        if (match.proto or ()) == (other,):
            yield Finding(
                "NC2939",
                (*at, "proto"),
                f"{other} with addresses of the other family",
                "no packet is both",
                f"write {'icmp' if other == 'icmpv6' else 'icmpv6'}",
            )


def _ports(at: Location, match: Match) -> Iterator[Finding]:
    field = "port" if match.port else "source_port"
    if not (match.port or match.source_port):
        return
    if not match.proto:
        yield Finding(
            "NC2940",
            (*at, field),
            f"{field} without proto",
            "which protocol's ports they are isn't said",
            "add proto: tcp, udp or both",
        )
    without = [protocol for protocol in match.proto or () if protocol not in WITH_PORTS]
    if without:
        yield Finding(
            "NC2941",
            (*at, field),
            f"{field} with proto {without[0]}",
            f"{without[0]} has no ports",
            "write a rule of its own for it",
        )


def sides(at: Location, match: Match, hooks: Sequence[str]) -> Iterator[Finding]:
    for hook in hooks:
        for field, value, wrong in (
            ("out", match.out, ("input", "prerouting")),
            ("in", match.in_, ("output", "postrouting")),
        ):
            if value and hook in wrong:
                what = "hasn't been routed yet" if hook == "prerouting" else "has no such interface there"
                yield Finding(
                    "NC2942",
                    (*at, field),
                    f"{field} in a rule for {hook}",
                    f"a packet {what}",
                    f"remove {field}, or leave {hook} out of hook",
                )
