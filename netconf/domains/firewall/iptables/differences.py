"""What differs between two firewalls in xtables, in lines for people: rules by their names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from netconf.domains.firewall.differences import MOST_LINES, some
from netconf.domains.firewall.iptables import names
from netconf.domains.firewall.iptables.resource import AddressSet, OwnChains

_COMMENT = re.compile(r' ?-m comment --comment ("[^"]*"|\S+)')
_GENERATED = "netconf: "


def differences(before: OwnChains | None, after: OwnChains) -> Iterator[str]:
    """Each line begins with + or -; of very many the first."""
    old = before or OwnChains()
    lines = [*_sets(old, after), *_tables(old, after)]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"  and {len(lines) - MOST_LINES} more lines"


def _sets(before: OwnChains, after: OwnChains) -> Iterator[str]:
    old, new = ({found.name: found for found in whole.sets} for whole in (before, after))
    for name in sorted(old.keys() | new.keys()):
        had, has = old.get(name), new.get(name)
        for sign, found, other in (("-", had, has), ("+", has, had)):
            if found is not None and (other is None or _kind(found) != _kind(other)):
                yield f"{sign} {_kind(found)}"
        members = [set(found.members) if found else set() for found in (had, has)]
        for sign, parts in (("-", members[0] - members[1]), ("+", members[1] - members[0])):
            if parts:
                yield f"{sign} set {name}: {some(sorted(parts))}"


def _kind(found: AddressSet) -> str:
    timeout = f" timeout {found.timeout}" if found.timeout else ""
    return f"set {found.name} {found.type} family {found.family} maxelem {found.size}{timeout}"


def _tables(before: OwnChains, after: OwnChains) -> Iterator[str]:
    for table in names.ORDER:
        for family in (4, 6):
            old, new = before.listing(family, table), after.listing(family, table)
            if old.ours == new.ours:
                continue
            where = f"ipv{family} " + ("" if table == "filter" else f"{table} ")
            yield from (f"- {where}{_jump(*jump)}" for jump in old.jumps if jump not in new.jumps)
            yield from (f"+ {where}{_jump(*jump)}" for jump in new.jumps if jump not in old.jumps)
            for chain in sorted({*old.chains, *new.chains}):
                have = [text for name, text in old.rules if name == chain]
                want = [text for name, text in new.rules if name == chain]
                yield from _rules(f"{where}{_chain(chain, table)}", have, want)


def _jump(builtin: str, position: int) -> str:
    return f"{builtin}: {names.chain_at(builtin)} is asked {'first' if position == 1 else f'as {position}.'}"


def _rules(where: str, have: Sequence[str], want: Sequence[str]) -> Iterator[str]:
    for tag, start, end, first, last in SequenceMatcher(None, have, want, False).get_opcodes():
        if tag != "equal":
            yield from (f"- {where} {_named(text)}" for text in have[start:end])
            yield from (f"+ {where} {_named(text)}" for text in want[first:last])


def _chain(chain: str, table: str) -> str:
    return names.builtin_of(chain, table).lower() or chain


def _named(text: str) -> str:
    """`ssh: -p tcp -m tcp --dport 22 -j ACCEPT`."""
    comment = _COMMENT.search(text)
    name = comment[1].strip('"').removeprefix(_GENERATED) if comment else "rule"
    return f"{name}: {_COMMENT.sub('', text, count=1).strip()}"
