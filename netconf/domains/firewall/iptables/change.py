"""From what's there to what's wanted: sets that come, each table in one transaction, sets that go. Pure.

Rules that stay are left where they are, with their counters.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from netconf.core.change import Change
from netconf.core.resource import Resource
from netconf.domains.firewall.iptables import names, sets
from netconf.domains.firewall.iptables.operation import LoadSets, WriteTable
from netconf.domains.firewall.iptables.resource import OwnChains
from netconf.system.xtables import Commit, Edit, Listing

_PROGRAMS = {4: "iptables", 6: "ip6tables"}


def lower(change: Change) -> list[LoadSets | WriteTable]:
    """Tables in the order in which they're opened, or the other way round if they all go. The kernel
    changes one at a time; if one can't be changed, what was done is seen and undone by its state.
    """
    before, after = _whole(change.before), _whole(change.after)
    return [*_sets_to_come(before, after), *_tables(before, after), *_sets_to_go(before, after)]


def _whole(found: Resource | None) -> OwnChains:
    return found if isinstance(found, OwnChains) else OwnChains()


def _sets_to_come(before: OwnChains, after: OwnChains) -> Iterator[LoadSets]:
    old = {found.name: found for found in before.sets}
    kept = {part.name: part.members for part in (*before.members, *after.members) if part.members}
    if names.NEW_SET in old:
        yield LoadSets(f"destroy set {names.NEW_SET}", f"destroy {names.NEW_SET}\n")
    for found in after.sets:
        members = kept.get(found.name, ()) if sets.fills_itself(found.name) else ()
        if found.name not in old:
            yield LoadSets(f"create set {found.name}", _script(sets.create(found, members)))
        elif old[found.name] != found:
            yield LoadSets(f"fill set {found.name} anew", _script(sets.replace(found, members)))


def _script(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _sets_to_go(before: OwnChains, after: OwnChains) -> Iterator[LoadSets]:
    wanted = {found.name for found in after.sets}
    for found in before.sets:
        if found.name not in wanted and found.name != names.NEW_SET:
            yield LoadSets(f"destroy set {found.name}", f"destroy {found.name}\n")


def _tables(before: OwnChains, after: OwnChains) -> Iterator[WriteTable]:
    order = names.ORDER if after.tables else names.ORDER[::-1]
    tracked = _looks_at_connections(before)
    for table in order:
        for family in (4, 6):
            old, new = before.listing(family, table), after.listing(family, table)
            if old.ours != new.ours:
                primes = not tracked and _looks_at_connections(after)
                tracked = tracked or primes
                what = f"write table {table} of {_PROGRAMS[family]}"
                yield WriteTable(what, commit(family, table, old, new), after.places, primes)


def _looks_at_connections(found: OwnChains) -> bool:
    """Whether a packet of a connection that nobody has seen begin would fare in another way."""
    return any("--ctstate" in text for table in found.tables for _, text in table.rules)


def commit(family: int, table: str, old: Listing, new: Listing) -> Commit:
    """From one listing of a table to another."""
    edits = (
        *(Edit("create", chain) for chain in new.chains if chain not in old.chains),
        *_rules(old, new),
        *_jumps(old, new),
        *(Edit("delete", chain) for chain in old.chains if chain not in new.chains),
    )
    return Commit(family, table, names.PREFIX, edits, old, new)


def _rules(old: Listing, new: Listing) -> Iterator[Edit]:
    """From the last rule of a chain to the first, so that indexes hold."""
    counters = new.counters or ((0, 0),) * len(new.rules)
    for chain in sorted({*old.chains, *new.chains}):
        have = [text for name, text in old.rules if name == chain]
        want = [number for number, (name, _) in enumerate(new.rules) if name == chain]
        texts = [new.rules[number][1] for number in want]
        if have == texts:
            continue
        for tag, start, end, first, last in reversed(SequenceMatcher(None, have, texts, False).get_opcodes()):
            if tag in ("replace", "delete"):
                yield from (Edit("remove", chain, index) for index in reversed(range(start, end)))
            if tag in ("replace", "insert"):
                for offset, number in enumerate(want[first:last]):
                    yield Edit("insert", chain, start + offset, new.rules[number][1], counters[number])


def _jumps(old: Listing, new: Listing) -> Iterator[Edit]:
    for builtin in dict.fromkeys(name for name, _ in (*old.jumps, *new.jumps)):
        have = [position for name, position in old.jumps if name == builtin]
        want = [position for name, position in new.jumps if name == builtin]
        if have == want:
            continue
        yield from (Edit("remove", builtin, position - 1) for position in reversed(have))
        yield from (Edit("insert", builtin, position - 1, names.jump(builtin)) for position in want)
