"""What a live table has counted and collected, for people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netconf.core.errors import ObserveError
from netconf.core.filtering import Ban, FilterState, RuleCount, SetContents
from netconf.domains.firewall.iptables import live
from netconf.domains.firewall.iptables import status as iptables
from netconf.domains.firewall.resource import FAMILY, TABLE
from netconf.domains.firewall.wire import Listing, parse
from netconf.system.ports import System

_COUNTER = re.compile(r"\bcounter packets (\d+) bytes (\d+)")
_COMMENT = re.compile(r'comment "([^"]*)"$')
_LEFT = re.compile(r" expires (\S+)")
_SET = re.compile(r"set s_(.+)[46]")


def report(system: System) -> FilterState:
    """Of the table, else of the chains of xtables. Raises ObserveError if neither can be asked."""
    name = f"{FAMILY} {TABLE}"
    text = _table(system)
    if not text:
        chains = live.look(system)
        return FilterState(name, there=False) if chains is None else iptables.state(chains)
    found = parse(text)
    return FilterState(name, True, tuple(_rules(found)), tuple(_sets(found)))


def _table(system: System) -> str:
    """The text; "" also where the kernel has no nftables but xtables."""
    try:
        return system.nft.table(FAMILY, TABLE)
    except ObserveError:
        if not any(system.xtables.tables(family) for family in (4, 6)):
            raise
        return ""


def _rules(found: Listing) -> Iterator[RuleCount]:
    """One for each hook and name, in the order of the rules; what a rule does more is in chains of its own,
    which count nothing.
    """
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for (chain, _), line in zip(found.rules, found.loadable, strict=True):
        comment, counter = _COMMENT.search(line), _COUNTER.search(line)
        if comment and counter:
            key = (chain.partition("_")[2], comment[1])
            packets, octets = counts.get(key, (0, 0))
            counts[key] = (packets + int(counter[1]), octets + int(counter[2]))
    return (RuleCount(*key, *value) for key, value in counts.items())


def _sets(found: Listing) -> Iterator[SetContents]:
    """Both families together."""
    members = {**dict(found.elements), **dict(found.dynamic)}
    dynamic = {name for name, _ in found.dynamic}
    names = [match[1] for head, _ in found.blocks if (match := _SET.fullmatch(head))]
    for name in dict.fromkeys(names):
        both = [f"s_{name}{family}" for family in "46"]
        bans = [_ban(text) for part in both if part in dynamic for text in members[part]]
        yield SetContents(name, sum(len(members.get(part, ())) for part in both), tuple(bans))


def _ban(text: str) -> Ban:
    left = _LEFT.search(text)
    return Ban(text.split(maxsplit=1)[0], left[1] if left else "")
