"""Prefix sets and filters in BIRD's language. Only constants and filters: how a function states its
type differs between versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netconf.domains.bird import names
from netconf.domains.bird.text import Lines, quoted

if TYPE_CHECKING:
    from netconf.domains.bird.policy import Filter, Lengths, Match, Rule, Set
    from netconf.domains.bird.spec import Bird

SOURCES = {
    "direct": ("RTS_DEVICE",),
    "static": ("RTS_STATIC",),
    "kernel": ("RTS_INHERIT",),
    "rip": ("RTS_RIP",),
    "bgp": ("RTS_BGP",),
    "babel": ("RTS_BABEL",),
    "ospf": ("RTS_OSPF", "RTS_OSPF_IA", "RTS_OSPF_EXT1", "RTS_OSPF_EXT2"),
    "pipe": ("RTS_PIPE",),
}

ATTRIBUTES = (
    ("preference", "preference"),
    ("local_pref", "bgp_local_pref"),
    ("med", "bgp_med"),
    ("next_hop", "bgp_next_hop"),
    ("rip_metric", "rip_metric"),
    ("rip_tag", "rip_tag"),
    ("ospf_metric1", "ospf_metric1"),
    ("ospf_metric2", "ospf_metric2"),
    ("ospf_tag", "ospf_tag"),
    ("babel_metric", "babel_metric"),
    ("source_address", "krt_prefsrc"),
)
"""Fields of `set` and the route attributes they are."""


NEVER = "false"


def prefix_sets(add: Lines, bird: Bird) -> None:
    """One constant for each family; there's none for what would be empty, which BIRD refuses."""
    for name, patterns in sorted(bird.prefix_sets.items()):
        with add.at("prefix_sets", name):
            for family in names.FAMILIES:
                found = _of_family(patterns, family)
                if found:
                    add(f"define {names.prefix_set(name, family)} = [")
                    add.verbatim("  " + ",\n  ".join(found))
                    add("];")


def filters(add: Lines, bird: Bird) -> None:
    for name, found in sorted(bird.filters.items()):
        add()
        with add.at("filters", name), add.block(f"filter {names.filter_(name)}", "}"):
            _body(add, found, bird)

    for name in sorted(for_kernel(bird)):
        add()
        with add.at("filters", name), add.block(f"filter {names.kernel_filter(name)}", "}"):
            add(f"if {of_services(bird)} then reject;")
            _body(add, bird.filters[name], bird)


def for_kernel(bird: Bird) -> set[str]:
    """The filters that need a second form: what is announced for a service is no route to be taken
    into the kernel, where it would lead nowhere.
    """
    if not service_families(bird):
        return set()
    exports = {kernel.channel.export for kernel in bird.protocols.kernel.values()}
    return exports & bird.filters.keys()


def service_families(bird: Bird) -> list[str]:
    """Of the prefixes of services."""
    prefixes = [prefix for found in bird.announce.values() for prefix in found.prefixes]
    return [family for family in names.FAMILIES if _of_family(prefixes, family)]


def of_services(bird: Bird) -> str:
    """The condition for routes that are announced for services."""
    return _any(f'proto = "{names.announcer(family)}"' for family in service_families(bird))


def _body(add: Lines, found: Filter, bird: Bird) -> None:
    if found.raw is not None:
        with add.at("raw"):
            add.verbatim(found.raw)
        return
    for number, rule in enumerate(found.rules):
        with add.at("rules", number):
            _rule(add, rule, bird)
    add(f"{found.default or 'reject'};")


def _rule(add: Lines, rule: Rule, bird: Bird) -> None:
    if rule.name is not None:
        add(f"# {rule.name}")
    statements = [*(_sets(rule.set) if rule.set is not None else ())]
    if rule.action != "continue":
        statements.append(f"{rule.action};")
    if rule.match is None:
        for statement in statements:
            add(statement)
        return
    with add.block(f"if {condition(rule.match, bird)} then", "}"):
        for statement in statements:
            add(statement)


def _sets(wanted: Set) -> Iterator[str]:
    for field, attribute in ATTRIBUTES:
        value = getattr(wanted, field)
        if value is not None:
            yield f"{attribute} = {value};"
    if wanted.origin is not None:
        yield f"bgp_origin = ORIGIN_{wanted.origin.upper()};"
    # prepend puts one number in front: the first of the list is to end up first
    for number in reversed(wanted.prepend):
        yield f"bgp_path.prepend({number});"
    for text in wanted.add_communities:
        yield f"{_community_list(text)}.add({_community(text)});"
    for text in wanted.remove_communities:
        yield f"{_community_list(text)}.delete({_community(text)});"


def condition(match: Match, bird: Bird) -> str:
    """One expression, true for what matches."""
    text = " && ".join(_conditions(match, bird)) or "true"
    return f"!({text})" if match.negate else text


def _conditions(match: Match, bird: Bird) -> Iterator[str]:
    if match.source is not None:
        words = [word for source in match.source for word in SOURCES[source]]
        yield f"source ~ [ {', '.join(words)} ]" if words else "false"
    if match.protocol is not None:
        yield _any(f"proto = {quoted(name)}" for name in _named(match.protocol, bird))
    if match.prefixes is not None:
        found = [(family, _of_family(match.prefixes, family)) for family in names.FAMILIES]
        yield _any(_in_family(family, f"[ {', '.join(part)} ]") for family, part in found if part)
    if match.announced is not None:
        yield _announced(match.announced, bird)
    if match.prefix_set is not None:
        patterns, name = bird.prefix_sets[match.prefix_set], match.prefix_set
        there = [family for family in names.FAMILIES if _of_family(patterns, family)]
        yield _any(_in_family(family, names.prefix_set(name, family)) for family in there)
    if match.prefix_len is not None:
        yield _length(match.prefix_len)
    yield from _more_conditions(match)


def _more_conditions(match: Match) -> Iterator[str]:
    if match.interface is not None:
        yield _any(
            f"!(ifname ~ {quoted(text[1:])})" if text.startswith("-") else f"ifname ~ {quoted(text)}"
            for text in match.interface
        )
    if match.community is not None:
        yield _any(f"{_community(text)} ~ {_community_list(text)}" for text in match.community)
    if match.as_path is not None:
        yield f"bgp_path ~ [= {match.as_path} =]"
    if match.rpki is not None:
        state = f"ROA_{match.rpki.upper()}"
        yield _any(
            f"(net.type = NET_IP{family[-1]} && roa_check({names.roas(family)}, net, bgp_path.last) = {state})"
            for family in names.FAMILIES
        )


def _announced(services: Sequence[str], bird: Bird) -> str:
    prefixes = [prefix for name in services for prefix in bird.announce[name].prefixes]
    found = [(family, ", ".join(_of_family(prefixes, family))) for family in names.FAMILIES]
    return _any(
        f'(proto = "{names.announcer(family)}" && {_in_family(family, f"[ {part} ]")})'
        for family, part in found
        if part
    )


def _any(conditions: Iterator[str]) -> str:
    text = " || ".join(conditions)
    return f"({text})" if text else NEVER


def _named(name: str, bird: Bird) -> list[str]:
    return [found for found, path in names.in_file(bird) if path[-1] == name]


def _in_family(family: str, prefixes: str) -> str:
    """A set holds prefixes of one family only."""
    return f"(net.type = NET_IP{family[-1]} && net ~ {prefixes})"


def _of_family(patterns: Sequence[str], family: str) -> list[str]:
    if family == "ipv6":
        return [pattern for pattern in patterns if ":" in pattern]
    return [pattern for pattern in patterns if ":" not in pattern]


def _length(wanted: int | Lengths) -> str:
    if isinstance(wanted, int):
        return f"net.len = {wanted}"
    return f"net.len >= {wanted.min} && net.len <= {wanted.max}"


def _community(text: str) -> str:
    return f"({', '.join(text.split(':'))})"


def _community_list(text: str) -> str:
    return "bgp_large_community" if text.count(":") == 2 else "bgp_community"
