"""The text of `nft -a list table`, taken apart. Pure.

Not a grammar of nftables: blocks by their braces, one rule a line, elements between braces. What
is compared is what the kernel made of a rule, so there's nothing to normalise but the state in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_HANDLE = re.compile(r" # handle (\d+)$")
_COUNTER = re.compile(r"\bcounter packets \d+ bytes \d+")
_BARE = re.compile(r"\bcounter\b(?! packets| name)")
_BASE_CHAIN = re.compile(r"type \w+ hook ")

_DEVICES = re.compile(r"^\t\tdevices = \{ ([^}]*) \}\n", re.MULTILINE)

FLOWTABLE, HOOKED = "f_offload", "hook ingress priority filter"

DYNAMIC = "flags dynamic"
"""Of a set that packets fill."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A table's text by parts. `rules` are (chain, text without state), `loadable` the same with
    their counters; `elements` (set, sorted) leave out dynamic sets, which `dynamic` has. `blocks`
    are the sets and chains by their heads, without contents.
    """

    blocks: tuple[tuple[str, str], ...]
    elements: tuple[tuple[str, tuple[str, ...]], ...]
    dynamic: tuple[tuple[str, tuple[str, ...]], ...]
    rules: tuple[tuple[str, str], ...]
    loadable: tuple[str, ...]
    handles: tuple[int, ...]

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(sorted(text for _, text in self.blocks))


def parse(text: str) -> Listing:
    """Parse a listing, or text of ours in the same layout; handles are 0 where there are none."""
    blocks: list[tuple[str, str]] = []
    elements: list[tuple[str, tuple[str, ...]]] = []
    dynamic: list[tuple[str, tuple[str, ...]]] = []
    rules: list[tuple[str, str, int]] = []
    for head, body in _blocks(text):
        kind, _, name = head.partition(" ")
        if kind == "chain":
            declared = [line for line, _ in body if is_declaration(line)]
            rules += [(name, line, handle) for line, handle in body if not is_declaration(line)]
        else:
            declared, found = _contents([line for line, _ in body])
            fills_itself = any(line.startswith("flags") and "dynamic" in line for line in declared)
            if found:
                (dynamic if fills_itself else elements).append((name, found))
        blocks.append((head, "; ".join([head, *declared])))
    return Listing(
        tuple(blocks),
        tuple(sorted(elements)),
        tuple(sorted(dynamic)),
        tuple((chain, stateless(line)) for chain, line, _ in rules),
        tuple(line for _, line, _ in rules),
        tuple(handle for _, _, handle in rules),
    )


def stateless(rule: str) -> str:
    """A rule without the values of its counters; what stands in quotes is text of the user's."""
    parts = rule.split('"')
    parts[::2] = [_COUNTER.sub("counter", part) for part in parts[::2]]
    return '"'.join(parts)


def with_state(text: str, rules: Sequence[str], counts: Sequence[tuple[tuple[int, int], ...]]) -> str | None:
    """A compiled table with these rules in place of its own, which have counted packets and bytes. None if
    they don't fit.
    """
    lines = text.split("\n")
    chain = False
    number = 0
    for place, line in enumerate(lines):
        if not line.startswith("\t\t"):
            chain = line.startswith("\tchain ")
        elif chain and not is_declaration(line[2:]):
            if number == len(rules):
                return None
            counted = _counted(rules[number], counts[number]) if any(counts[number]) else rules[number]
            if counted is None:
                return None
            lines[place] = f"\t\t{counted}"
            number += 1
    return "\n".join(lines) if number == len(rules) else None


def _counted(rule: str, counts: tuple[tuple[int, int], ...]) -> str | None:
    """A rule without state, with that of its counters."""
    if not any(any(pair) for pair in counts):
        return rule
    parts = rule.split('"')
    if sum(len(_BARE.findall(part)) for part in parts[::2]) != len(counts):
        return None
    values = (f"counter packets {packets} bytes {octets}" for packets, octets in counts)
    parts[::2] = [_BARE.sub(lambda _: next(values), part) for part in parts[::2]]
    return '"'.join(parts)


def without_handles(text: str) -> str:
    """A listing as nft can load it."""
    if " # handle " not in text:
        return text
    return "\n".join(_HANDLE.sub("", line) for line in text.splitlines()) + "\n"


def unhooked(text: str) -> tuple[str, tuple[str, ...]]:
    """A listing without the interfaces of its flowtable, and these."""
    found = _DEVICES.search(text)
    if found is None:
        return text, ()
    return text[: found.start()] + text[found.end() :], tuple(
        name.strip('"') for name in re.split(r",\s*", found[1])
    )


def hooking(table: str, names: Iterable[str], verb: str = "add") -> str:
    """The command that has the flowtable of a table take packets of more interfaces, or of fewer."""
    devices = ", ".join(sorted(names))
    return f"{verb} flowtable {table} {FLOWTABLE} {{ {HOOKED}; devices = {{ {devices} }}; }}\n"


def _blocks(text: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """(head, lines with handles) of each block in the table; its own flags are a block too."""
    head = ""
    body: list[tuple[str, int]] = []
    for raw in text.splitlines()[1:]:
        found = _HANDLE.search(raw)
        line = (raw[: found.start()] if found else raw).strip()
        if not head:
            if line.endswith("{"):
                head, body = line[:-1].strip(), []
            elif line and line != "}":
                yield line, []
        elif raw.rstrip() == "\t}":
            yield head, body
            head = ""
        elif line:
            body.append((line, int(found[1]) if found else 0))


def is_declaration(line: str) -> bool:
    return bool(_BASE_CHAIN.match(line)) or line.startswith('comment "')


def _contents(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """What a set is, and its elements."""
    for number, line in enumerate(lines):
        if line.startswith("elements = {"):
            inner = " ".join(lines[number:]).removeprefix("elements = {").rstrip().removesuffix("}")
            return lines[:number], tuple(sorted(_split(inner)))
    return lines, ()


def _split(elements: str) -> Iterator[str]:
    """At commas that aren't in quotes."""
    if '"' not in elements:
        yield from (part.strip() for part in elements.split(","))
        return
    for part in re.findall(r'(?:[^,"]|"[^"]*")+', elements):
        if part.strip():
            yield part.strip()
