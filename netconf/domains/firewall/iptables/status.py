"""What our chains have counted and our sets collected, for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.filtering import Ban, FilterState, RuleCount, SetContents
from netconf.domains.firewall.iptables import names
from netconf.domains.firewall.iptables.resource import NAME, OwnChains, TableRules
from netconf.system import xtables

BACKEND = "iptables"

_RULE, _DEFAULT = "NC-R-", "NC-D-"
_NOT_ENDS = ("RETURN", "LOG")
_SET = ("nc4-", "nc6-", "nc4d-", "nc6d-")
_UNITS = (("d", 86400), ("h", 3600), ("m", 60))


def state(found: OwnChains) -> FilterState:
    """Both families together."""
    return FilterState(NAME, True, tuple(_rules(found)), tuple(_sets(found)), BACKEND)


def _rules(found: OwnChains) -> Iterator[RuleCount]:
    """One for each place and name, in the order of the rules."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for table, counters in zip(found.tables, found.counters, strict=True):
        places = _places(table)
        for (chain, text), (packets, octets) in zip(table.rules, counters, strict=True):
            name = _counted(chain, text)
            where = places.get(chain, "")
            if name and where:
                had = counts.get((where, name), (0, 0))
                counts[where, name] = (had[0] + packets, had[1] + octets)
    return (RuleCount(*key, *value) for key, value in counts.items())


def _places(table: TableRules) -> dict[str, str]:
    """Where packets get to each chain from: the filter's hooks by their names alone."""
    prefix = "" if table.table == "filter" else f"{table.table} "
    found = {}
    for builtin in names.BUILTINS[table.table]:
        where = f"{prefix}{builtin.lower()}"
        found[names.chain_at(builtin)] = found[names.default_chain(builtin)] = where
        for chain in table.chains:
            if chain.startswith(names.rule_chain("", builtin)):
                found[chain] = where
    return found


def _counted(chain: str, text: str) -> str:
    """The name of the rule, if this is the line that counts for it: behind what its chain excludes and
    limits, and where a default is asked for.
    """
    try:
        found = xtables.parse_rule(text)
    except ValueError:
        return ""
    target = found.target.name
    if target.startswith((_RULE, _DEFAULT)) and not chain.startswith(_RULE):
        return _name(found) if target.startswith(_DEFAULT) and not _is_generated(found) else ""
    if chain.startswith((_RULE, _DEFAULT)) and target in _NOT_ENDS:
        return ""
    return _name(found)


def _is_generated(found: xtables.Rule) -> bool:
    return _name(found).startswith("netconf: ")


def _name(found: xtables.Rule) -> str:
    comments = [part for match in found.matches for part in match.parts if part.option == "comment"]
    return comments[0].values[0] if comments and comments[0].values else ""


def _sets(found: OwnChains) -> Iterator[SetContents]:
    """Those of the document, not those that hold the networks a rule names."""
    members = {part.name: part.members for part in found.members}
    own = {part.name: part for part in found.sets if part.name.startswith(_SET)}
    for name in dict.fromkeys(one.partition("-")[2] for one in own):
        both = [one for one in own if one.partition("-")[2] == name]
        bans = tuple(_ban(text) for one in both for text in members.get(one, ()))
        size = sum(len(own[one].members or members.get(one, ())) for one in both)
        yield SetContents(name, size, bans)


def _ban(text: str) -> Ban:
    """`192.0.2.7 timeout 593`."""
    address, _, rest = text.partition(" timeout ")
    return Ban(address, left(int(rest.split()[0])) if rest else "")


def left(seconds: int) -> str:
    """As nft writes times: `9m53s`."""
    words = []
    for unit, size in _UNITS:
        number, seconds = divmod(seconds, size)
        words += [f"{number}{unit}"] if number else []
    return "".join([*words, f"{seconds}s"]) if seconds or not words else "".join(words)
