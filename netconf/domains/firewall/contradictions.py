"""What parts of a firewall say against each other: found all at once, each at its place. Pure.

What the kernel would take without a word and never match, or match more than was meant, is refused
here; what it refuses itself, too, for its words say little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from netconf.domains.firewall.icmp import TYPES
from netconf.domains.firewall.iptables.names import (
    BUILTINS,
    LONGEST,
    PREFIX,
    RAW_LINE,
    TEXT,
    builtin_of,
)
from netconf.domains.firewall.matching import Finding, Location, known, of_match, references, sides
from netconf.domains.firewall.nat_contradictions import of_nat, tracking

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Firewall, Rule

_ICMP = frozenset({"icmp", "icmpv6"})
_PLAIN = re.compile(r"[0-9.]+/32")
"""One IPv4 address: most entries of big sets."""
_LISTS = ("rules", "nat", "notrack", "helpers", "syn_protect", "mark")


def raise_all(firewall: Firewall) -> None:
    """Raises pydantic's error with every contradiction, each at its place."""
    found = list(contradictions(firewall))
    if found:
        raise ValidationError.from_exception_data("Firewall", [_details(finding) for finding in found])


def _details(finding: Finding) -> InitErrorDetails:
    context = {"what": finding.what, "why": finding.why, "fix": finding.fix}
    kind = PydanticCustomError(finding.code, "{what}", context)
    return InitErrorDetails(type=kind, loc=finding.at, input=None)


def contradictions(firewall: Firewall) -> Iterator[Finding]:
    yield from _names(firewall)
    yield from _zones(firewall)
    yield from _sets(firewall)
    for number, management in enumerate(firewall.management):
        at: Location = ("management", number)
        yield from references(firewall, at, (("from", management.source),), (("in", management.in_),))
    for number, rule in enumerate(firewall.rules):
        yield from _of_rule(firewall, ("rules", number), rule)
    for number, nat in enumerate(firewall.nat):
        yield from of_nat(firewall, ("nat", number), nat)
    for number, mark in enumerate(firewall.mark):
        at = ("mark", number)
        yield from of_match(firewall, at, mark, (("from", mark.source), ("to", mark.to)))
        yield from sides(at, mark, (mark.hook,))
    yield from tracking(firewall)
    yield from _raw(firewall)


def _names(firewall: Firewall) -> Iterator[Finding]:
    """Counters and errors are told by names: one name, one rule."""
    seen: dict[str, Location] = {}
    for part in _LISTS:
        for number, found in enumerate(getattr(firewall, part)):
            first = seen.setdefault(found.name, (part, number))
            if first != (part, number):
                yield Finding(
                    "NC2930",
                    (part, number, "name"),
                    f"the name {found.name} is taken",
                    f"firewall.{first[0]}[{first[1]}] has it, and counters are told by name",
                    "give each its own",
                )


def _zones(firewall: Firewall) -> Iterator[Finding]:
    for name, parts in firewall.zones.items():
        for number, texts in enumerate(parts):
            if any(text.startswith(("!", "@")) for text in texts):
                yield Finding(
                    "NC2931",
                    ("zones", name, number),
                    f"{texts[0]} in a zone",
                    "a zone is a list of interfaces",
                    "write their names",
                )
        if not parts:
            yield Finding(
                "NC2931", ("zones", name), f"zone {name} is empty", "no packet is in it", "name interfaces"
            )


def _sets(firewall: Firewall) -> Iterator[Finding]:
    for name, found in firewall.sets.items():
        at: Location = ("sets", name)
        if found.dynamic == "on" and (found.entries or found.file):
            yield Finding(
                "NC2932",
                (*at, "entries" if found.entries else "file"),
                f"set {name} is dynamic and has members of its own",
                "packets fill a dynamic set, and its members go with time",
                "make two sets",
            )
        if found.dynamic != "on" and found.timeout is not None:
            yield Finding(
                "NC2933",
                (*at, "timeout"),
                f"timeout for set {name}, which isn't dynamic",
                "members the document names stay",
                "remove it, or write dynamic: on",
            )
        if found.dynamic == "on" and found.type == "network":
            yield Finding(
                "NC2934",
                (*at, "type") if "type" in found.model_fields_set else at,
                f"set {name} is dynamic and of networks",
                "packets have addresses",
                "write type: address",
            )
        for number, texts in enumerate(found.entries or ()):
            if _PLAIN.fullmatch(texts[0]) and len(texts) == 1:
                continue
            yield from _entry((*at, "entries", number), texts, found.type)


def _entry(at: Location, texts: Sequence[str], kind: str) -> Iterator[Finding]:
    if any(text.startswith(("!", "@")) for text in texts):
        yield Finding("NC2935", at, f"{texts[0]} in a set", "a set holds networks", "write them")
    elif kind == "address" and not all(map(_is_host, texts)):
        yield Finding(
            "NC2936", at, f"{texts[0]} in a set of addresses", "it's a network", "write type: network"
        )


def _is_host(text: str) -> bool:
    return text.endswith("/128" if ":" in text else "/32")


def _of_rule(firewall: Firewall, at: Location, rule: Rule) -> Iterator[Finding]:
    yield from of_match(firewall, at, rule, (("from", rule.source), ("to", rule.to)))
    hooks = rule.hook if isinstance(rule.hook, list) else [rule.hook]
    if not hooks or len(set(hooks)) != len(hooks):
        yield Finding(
            "NC2943", (*at, "hook"), "no hook, or one twice", "it says where the rule is", "name each once"
        )
    yield from sides(at, rule, hooks)
    yield from _icmp(at, rule)
    yield from _reject(at, rule)
    if rule.ban is not None:
        yield from _ban(firewall, (*at, "ban"), rule.ban)
    if rule.state is not None and (not rule.state or len(set(rule.state)) != len(rule.state)):
        yield Finding(
            "NC2943", (*at, "state"), "no state, or one twice", "nothing could match", "name each once"
        )
    if rule.action == "continue" and not (rule.log or rule.ban or rule.rate or rule.connections):
        yield Finding(
            "NC2944",
            (*at, "action"),
            f"rule {rule.name} does nothing but count",
            "it has no log and no ban, and goes on with the next rule",
            "write another action, or say log: on",
        )
    if rule.connections is not None and "untracked" in (rule.state or ()):
        yield Finding(
            "NC2945",
            (*at, "connections"),
            "connections of untracked packets",
            "they belong to no connection",
            "remove one of the two",
        )


def _icmp(at: Location, rule: Rule) -> Iterator[Finding]:
    if rule.icmp is None:
        return
    others = [protocol for protocol in rule.proto or () if protocol not in _ICMP]
    if others or rule.port or rule.source_port:
        yield Finding(
            "NC2946",
            (*at, "icmp"),
            f"types of ICMP with {others[0] if others else 'ports'}",
            "no packet is both",
            "write two rules",
        )
        return
    v6 = rule.family != "ipv4" and (not rule.proto or "icmpv6" in rule.proto)
    v4 = rule.family != "ipv6" and (not rule.proto or "icmp" in rule.proto)
    for name in rule.icmp:
        types = TYPES[name]
        if not (v4 and types.icmp is not None) and not (v6 and types.icmpv6 is not None):
            yield Finding(
                "NC2947",
                (*at, "icmp"),
                f"there is no {name} in {'ICMP' if v4 else 'ICMPv6'}",
                "it's a message of the other family",
                f"write proto: {'icmpv6' if v4 else 'icmp'}, or another type",
            )


def _reject(at: Location, rule: Rule) -> Iterator[Finding]:
    if rule.reject_with is None:
        return
    if rule.action != "reject":
        yield Finding(
            "NC2948",
            (*at, "reject_with"),
            f"reject_with in a rule that says {rule.action}",
            "nothing is rejected",
            "remove it, or write action: reject",
        )
    elif rule.reject_with == "tcp-reset" and rule.proto != ("tcp",):
        yield Finding(
            "NC2949",
            (*at, "reject_with"),
            "tcp-reset for what isn't only TCP",
            "only TCP has it",
            "leave reject_with out: then TCP gets a reset, the rest port-unreachable",
        )


def _ban(firewall: Firewall, at: Location, name: str) -> Iterator[Finding]:
    yield from known(firewall.sets, at, "set", name)
    if name in firewall.sets and firewall.sets[name].dynamic != "on":
        yield Finding(
            "NC2950",
            at,
            f"ban into set {name}, which isn't dynamic",
            "its members are those the document names",
            f"write dynamic: on in firewall.sets.{name}, or make a set for bans",
        )


def _raw(firewall: Firewall) -> Iterator[Finding]:
    for language, backend in (("nft", "nftables"), ("iptables", "iptables"), ("ip6tables", "iptables")):
        if getattr(firewall.raw, language) is not None and firewall.backend != backend:
            yield Finding(
                "NC2960",
                ("raw", language),
                f"raw rules of {language} with backend {firewall.backend}",
                "they're in the language of one backend",
                f"write backend: {backend}, or say it without raw",
            )
    yield from _lines_of_chains(firewall)


def _lines_of_chains(firewall: Firewall) -> Iterator[Finding]:
    """Lines for iptables are for our chains at the builtin ones, in the order they stand."""
    for language in ("iptables", "ip6tables"):
        part = getattr(firewall.raw, language)
        for table, builtins in BUILTINS.items():
            for number, line in enumerate((getattr(part, table) or ()) if part else ()):
                at = ("raw", language, table, number)
                found = RAW_LINE.fullmatch(line)
                if found is None or builtin_of(found[1], table) not in builtins:
                    chains = ", ".join(f"{PREFIX}{name}" for name in builtins)
                    yield Finding(
                        "NC2962",
                        at,
                        f"{line} is not a rule for a chain of netconf's",
                        f"in table {table} these are {chains}, and chains of others aren't touched",
                        f"write it as -A {PREFIX}{builtins[0]} -p esp -j ACCEPT",
                    )
                yield from _cut(at, line)


def _cut(at: Location, line: str) -> Iterator[Finding]:
    """iptables-restore keeps as much of a text as there's room for, and says nothing."""
    for option, quoted, plain in TEXT.findall(line):
        if len(quoted or plain) > LONGEST[option]:
            yield Finding(
                "NC2963",
                at,
                f"--{option} of {len(quoted or plain)} bytes",
                f"only {LONGEST[option]} of them are kept",
                "shorten it",
            )
