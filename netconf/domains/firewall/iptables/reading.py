"""Our chains in xtables, as far as they're about a connection's first packet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from netconf.domains.firewall import walk
from netconf.domains.firewall.iptables import names
from netconf.domains.firewall.iptables.resource import OwnChains
from netconf.domains.firewall.protocols import PROTOCOLS
from netconf.domains.firewall.walk import Ask, Members, Rule, Ruleset
from netconf.system import xtables
from netconf.system.xtables import Extension, Part

_STAGES = {
    "dstnat": ("nat", "PREROUTING"),
    "input": ("filter", "INPUT"),
    "forward": ("filter", "FORWARD"),
    "output": ("filter", "OUTPUT"),
    "srcnat": ("nat", "POSTROUTING"),
}
_BEGINS = {stage: f"{table} {names.chain_at(chain)}" for stage, (table, chain) in _STAGES.items()}
_TABLES = ("filter", "nat")
_DONE = {"ACCEPT": walk.ACCEPT, "DROP": walk.REFUSE, "REJECT": walk.REFUSE, "RETURN": walk.RETURN}
_TRANSLATIONS = {"DNAT": "dnat", "SNAT": "snat", "MASQUERADE": "masquerade", "REDIRECT": "redirect"}
_TO = ("to-destination", "to-source", "to-ports", "to")
_NAMES = {"ipv6-icmp": 58, **PROTOCOLS}
_MANAGEMENT = ("netconf: management",)


def ruleset(found: OwnChains | None) -> Ruleset:
    """What our chains don't decide counts as accepted: others' chains are theirs."""
    if found is None:
        return Ruleset({}, _BEGINS, {})
    sets = dict(_sets(found))
    chains: dict[int, dict[str, list[Rule]]] = {4: {}, 6: {}}
    for table in found.tables:
        if table.table in _TABLES:
            for chain, text in table.rules:
                rule = _rule(table.table, text, sets)
                chains[table.family].setdefault(f"{table.table} {chain}", []).append(rule)
    return Ruleset(chains, _BEGINS, {})


def _sets(found: OwnChains) -> Iterator[tuple[str, Members]]:
    for part in found.sets:
        if part.type == "hash:net":
            yield part.name, walk.addresses(part.members)


def _rule(table: str, text: str, sets: Mapping[str, Members]) -> Rule:
    """Where it can't be read nobody knows what it does: it may accept, as the chain's end does."""
    try:
        found = xtables.parse_rule(text)
    except ValueError:
        return Rule((), text, walk.ACCEPT)
    asks = [_address(end, words) for end, words in (("s", found.source), ("d", found.destination)) if words]
    if found.protocol:
        asks.append(_protocol(found.protocol))
    if "lo" in (found.into, found.out):
        asks.append(walk.never)  # what's within the host isn't looked at
    unseen = [words for words in (found.into, found.out, "-f" * found.fragment) if words]
    for match in found.matches:
        for part in match.parts:
            ask = _asked(match.name, part, sets)
            asks += ask or []
            if ask is None:
                unseen.append(f"{match.name} {'! ' * part.negated}{part.option} {part.values}")
    does, to = _does(table, found.target, goto=found.goto)
    return Rule(tuple(asks), "; ".join(unseen), does, to, _is_management(found))


def _is_management(found: xtables.Rule) -> bool:
    return any(part.values == _MANAGEMENT for match in found.matches for part in match.parts)


def _address(end: str, words: str) -> Ask:
    return walk.from_or_to(end, walk.addresses([words.lstrip("!")]), negated=words.startswith("!"))


def _protocol(words: str) -> Ask:
    name = words.lstrip("!")
    number = int(name) if name.isdigit() else _NAMES.get(name, -1)
    return walk.of_protocols([number], negated=words.startswith("!"))


def _asked(match: str, part: Part, sets: Mapping[str, Members]) -> list[Ask] | None:
    """What an option of a match asks; None if no entry tells."""
    read = _OPTIONS.get(part.option)
    if part.option == "match-set":
        return _in_set(part, sets)
    try:
        return None if read is None else read(match, part)
    except ValueError:
        return None


def _in_set(part: Part, sets: Mapping[str, Members]) -> list[Ask] | None:
    name, side = part.values
    if name not in sets or side not in ("src", "dst"):
        return None
    return [walk.from_or_to(side[0], sets[name], negated=part.negated)]


def _port(_match: str, part: Part) -> list[Ask]:
    values = part.values[0].split(",")
    return [walk.by_port(part.option[0], walk.ports(values, ":"), negated=part.negated)]


def _state(_match: str, part: Part) -> list[Ask] | None:
    states = part.values[0].split(",")
    if states == ["DNAT"]:
        return [lambda packet: packet.redirected != part.negated]
    if "DNAT" in states or "SNAT" in states:
        return None
    return [walk.never] if ("NEW" in states) == part.negated else []


def _kind(_match: str, part: Part) -> list[Ask] | None:
    return [lambda packet: packet.local != part.negated] if part.values == ("LOCAL",) else None


def _nothing(match: str, _part: Part) -> list[Ask] | None:
    return [] if match == "comment" else None


_OPTIONS: Mapping[str, Callable[[str, Part], list[Ask] | None]] = {
    "dport": _port,
    "sport": _port,
    "dports": _port,
    "sports": _port,
    "ctstate": _state,
    "dst-type": _kind,
    "comment": _nothing,
}


def _does(table: str, target: Extension, *, goto: bool) -> tuple[str, str]:
    if target.name in _TRANSLATIONS:
        given = next((part.values[0] for part in target.parts if part.option in _TO and part.values), "")
        more = [part.option for part in target.parts if part.option not in _TO]
        return walk.TRANSLATE, " ".join(word for word in (_TRANSLATIONS[target.name], given, *more) if word)
    if target.name == "NETMAP":
        return walk.TRANSLATE, f"netmap {target.parts}"
    if target.name.startswith(names.PREFIX):
        return (walk.GOTO if goto else walk.JUMP), f"{table} {target.name}"
    return _DONE.get(target.name, ""), ""
