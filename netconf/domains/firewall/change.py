"""From one table to another by the fewest rules, so that counters and bans of the rest stay. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from netconf.core.change import Change
from netconf.core.resource import Resource
from netconf.domains.firewall.lapse import base_chains
from netconf.domains.firewall.operation import HookInterface, LoadScript
from netconf.domains.firewall.resource import Table
from netconf.domains.firewall.wire import Listing, parse, stateless, without_handles

CHUNK = 4096
"""Elements a command names: lines stay of a size that people can look at."""


def lower_offload(change: Change) -> list[HookInterface]:
    return [HookInterface(change.id.name[0], takes=change.after is not None)]


def lower(change: Change) -> list[LoadScript]:
    """One script. Between tables with the same sets and chains it changes rules and elements by
    themselves; else it makes the table anew with the state of what is in both.
    """
    before, after = change.before, change.after
    primes = _looks_at_connections(after) and not _looks_at_connections(before)
    was = before.source if isinstance(before, Table) else ""
    chains = base_chains(after) if isinstance(after, Table) else ()
    return [replace(script, primes=primes, before=was, chains=chains) for script in _scripts(before, after)]


def _looks_at_connections(table: Resource | None) -> bool:
    """Whether a packet of a connection that nobody has seen begin would fare in another way."""
    return isinstance(table, Table) and any("ct state" in text for _, text in table.rules)


def _scripts(before: Resource | None, after: Resource | None) -> list[LoadScript]:
    if isinstance(after, Table):
        what = f"table {after.family} {after.name}"
        if not isinstance(before, Table):
            return [LoadScript(f"load {what}", without_handles(after.source), after.places)]
        if before.objects == after.objects:
            return [LoadScript(f"change rules of {what}", _incremental(before, after), after.places)]
        hooks = before.between if any(text.startswith("flowtable ") for text in after.objects) else ()
        return [LoadScript(f"make {what} anew", _anew(before, after), after.places, hooks=hooks)]
    if isinstance(before, Table):
        what = f"table {before.family} {before.name}"
        return [LoadScript(f"delete {what}", f"delete {what}\n")]
    return []


def _incremental(before: Table, after: Table) -> str:
    table = f"{after.family} {after.name}"
    lines = list(_element_commands(table, before, after))
    new = parse(after.source)
    for chain in dict.fromkeys(chain for chain, _ in (*before.rules, *after.rules)):
        have = [number for number, (name, _) in enumerate(before.rules) if name == chain]
        want = [number for number, (name, _) in enumerate(after.rules) if name == chain]
        if [before.rules[n] for n in have] != [after.rules[n] for n in want]:
            lines += _rule_commands(f"{table} {chain}", before, after, new, have, want)
    return "\n".join(lines) + "\n"


def _element_commands(table: str, before: Table, after: Table) -> Iterator[str]:
    """A set that differs is filled anew, in the same transaction: that's exact for networks too,
    where taking one out of another is a matter of how the kernel keeps them.
    """
    old, new = dict(before.elements), dict(after.elements)
    for name in sorted(old.keys() | new.keys()):
        elements = new.get(name, ())
        if old.get(name, ()) == elements:
            continue
        yield f"flush set {table} {name}"
        for start in range(0, len(elements), CHUNK):
            yield f"add element {table} {name} {{ {', '.join(elements[start : start + CHUNK])} }}"


def _rule_commands(
    chain: str, before: Table, after: Table, new: Listing, have: Sequence[int], want: Sequence[int]
) -> Iterator[str]:
    """Insertions before the rule that stays and follows, then deletions."""
    old_texts = [before.rules[n][1] for n in have]
    new_texts = [after.rules[n][1] for n in want]
    deletions: list[str] = []
    for tag, start, end, first, last in SequenceMatcher(None, old_texts, new_texts, False).get_opcodes():
        if tag in ("replace", "delete"):
            deletions += [f"delete rule {chain} handle {before.handles[n]}" for n in have[start:end]]
        if tag in ("replace", "insert"):
            following = f"insert rule {chain} handle {before.handles[have[end]]}" if end < len(have) else ""
            yield from (f"{following or f'add rule {chain}'} {new.loadable[n]}" for n in want[first:last])
    yield from deletions


def _anew(before: Table, after: Table) -> str:
    """Delete and load in one transaction. What packets have filled is taken over where it fits: the
    counters of rules that stay, the elements of dynamic sets that stay.
    """
    table = f"{after.family} {after.name}"
    old, new = parse(before.source), parse(after.source)
    script = [f"delete table {table}", with_counters(after, old, new).rstrip()]
    kept = dict(old.blocks)
    for name, elements in old.dynamic:
        head = f"set {name}"
        if dict(_canonical_blocks(after)).get(head) == kept.get(head) and name not in dict(new.dynamic):
            script += [
                f"add element {table} {name} {{ {', '.join(elements[start : start + CHUNK])} }}"
                for start in range(0, len(elements), CHUNK)
            ]
    return "\n".join(script) + "\n"


def _canonical_blocks(table: Table) -> Iterator[tuple[str, str]]:
    for text in table.objects:
        yield text.partition(";")[0], text


def with_counters(after: Table, old: Listing, new: Listing) -> str:
    """The text of `after` with the counters of rules that are in `old` too, unless it has its own."""
    values: dict[tuple[str, str], list[str]] = {}
    for key, line in zip(old.rules, old.loadable, strict=True):
        values.setdefault(key, []).append(line)
    lines = without_handles(after.source).splitlines()
    numbers = _rule_lines(lines, new)
    for number, key, line in zip(numbers, after.rules, new.loadable, strict=True):
        if stateless(line) == line and values.get(key):
            lines[number] = f"\t\t{values[key].pop(0)}"
    return "\n".join(lines) + "\n"


def _rule_lines(lines: Sequence[str], new: Listing) -> list[int]:
    """The number of the line that each rule of a text stands in."""
    numbers: list[int] = []
    for number, line in enumerate(lines):
        if len(numbers) < len(new.loadable) and line.strip() == new.loadable[len(numbers)]:
            numbers.append(number)
    return numbers
