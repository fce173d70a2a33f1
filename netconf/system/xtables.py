"""The text of iptables-save taken apart, and what the writing process is told: pure, no I/O.

A table is shared: ours are the chains with a prefix, and the jumps to them from builtin chains, told by
their comment. The writer gets rules as parts, since it has no parser of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_COUNTED = re.compile(r"\[(\d+):(\d+)\] -A (\S+) ?(.*)")
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ESCAPE = re.compile(r"\\(.)")
_NUMBERS = {"ipv6-icmp": 58, "icmpv6": 58, "udplite": 136, "ipv6-mh": 135, "mh": 135}
"""Protocols that iptables knows by itself, and /etc/protocols maybe by another name."""


class Listing(NamedTuple):
    """A table by parts: our chains, (builtin chain, position from 1) of our jumps, our rules as
    (chain, text), their counters, and everything else without counters.
    """

    chains: tuple[str, ...] = ()
    jumps: tuple[tuple[str, int], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    counters: tuple[tuple[int, int], ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def ours(self) -> tuple[object, ...]:
        return self.chains, self.jumps, self.rules


def listing(text: str, prefix: str) -> Listing:
    """Of `iptables-save -c -t TABLE`."""
    chains, jumps, foreign = [], [], []
    rules: dict[str, list[tuple[str, int, int]]] = {}
    positions: dict[str, int] = {}
    for line in text.splitlines():
        found = _COUNTED.fullmatch(line)
        if line.startswith(":"):
            name, policy = line[1:].split()[:2]
            if name.startswith(prefix):
                chains.append(name)
            else:
                foreign.append(f":{name} {policy}")
        elif found:
            chain, words = found[3], found[4]
            positions[chain] = positions.get(chain, 0) + 1
            if chain.startswith(prefix):
                rules.setdefault(chain, []).append((words, int(found[1]), int(found[2])))
            elif words == jump(chain, prefix):
                jumps.append((chain, positions[chain]))
            else:
                foreign.append(f"-A {chain} {words}")
    flat = [(chain, *row) for chain in sorted(rules) for row in rules[chain]]
    return Listing(
        tuple(sorted(chains)),
        tuple(sorted(jumps)),
        tuple((chain, words) for chain, words, _, _ in flat),
        tuple((packets, octets) for _, _, packets, octets in flat),
        tuple(foreign),
    )


def jump(builtin: str, prefix: str) -> str:
    """Our rule in a builtin chain: nothing is asked of a packet, it goes through our chain."""
    return f"-m comment --comment netconf -j {prefix}{builtin}"


class Part(NamedTuple):
    """An option and its values."""

    option: str
    values: tuple[str, ...]
    negated: bool = False


class Extension(NamedTuple):
    """A match or target with its options."""

    name: str
    parts: tuple[Part, ...] = ()


class Rule(NamedTuple):
    """What a line of iptables-save says. Addresses, interfaces and the protocol have "!" in front if
    they're negated; "" = any. No target = only counted.
    """

    source: str = ""
    destination: str = ""
    into: str = ""
    out: str = ""
    protocol: str = ""
    fragment: bool = False
    matches: tuple[Extension, ...] = ()
    target: Extension = Extension("")
    goto: bool = False


_FIELDS = {"-s": "source", "-d": "destination", "-i": "into", "-o": "out", "-p": "protocol"}


def parse_rule(words: str) -> Rule:
    """Of the words behind the chain; raises ValueError for what isn't understood."""
    tokens = list(_tokens(words))
    fields: dict[str, str] = {}
    matches: list[Extension] = []
    target = Extension("")
    goto = fragment = False
    number = 0
    negated = False
    while number < len(tokens):
        word, number = tokens[number], number + 1
        if word == "!":
            negated = True
            continue
        if word in _FIELDS:
            fields[_FIELDS[word]] = f"{'!' if negated else ''}{_at(tokens, number)}"
            number += 1
        elif word == "-f" and not negated:
            fragment = True
        elif word in ("-m", "-j", "-g") and not negated:
            name = _at(tokens, number)
            parts, number = _parts(tokens, number + 1)
            if word == "-m":
                matches.append(Extension(name, parts))
            else:
                target, goto = Extension(name, parts), word == "-g"
        else:
            raise ValueError(f"{word} can't be written")
        negated = False
    return Rule(**fields, fragment=fragment, matches=tuple(matches), target=target, goto=goto)


class _Text(str):
    """A word that stood in quotes: never an option."""

    __slots__ = ()


def _tokens(words: str) -> Iterator[str]:
    for quoted, plain in _TOKEN.findall(words):
        yield plain or _Text(_ESCAPE.sub(r"\1", quoted))


def _at(tokens: Sequence[str], number: int) -> str:
    if number >= len(tokens):
        raise ValueError("it ends too early")
    return tokens[number]


def _parts(tokens: Sequence[str], number: int) -> tuple[tuple[Part, ...], int]:
    """The options of an extension, and where they end."""
    parts: list[Part] = []
    while number < len(tokens):
        negated = tokens[number] == "!" and not isinstance(tokens[number], _Text)
        at = number + negated
        if at >= len(tokens) or not tokens[at].startswith("--") or isinstance(tokens[at], _Text):
            break
        end = at + 1
        while end < len(tokens) and (isinstance(tokens[end], _Text) or not _is_option(tokens[end])):
            end += 1
        parts.append(Part(tokens[at][2:], tuple(str(word) for word in tokens[at + 1 : end]), negated))
        number = end
    return tuple(parts), number


def _is_option(word: str) -> bool:
    return word == "!" or word.startswith("--") or word in (*_FIELDS, "-m", "-j", "-g", "-f")


def protocol_number(name: str) -> int | None:
    """Of a protocol by name or number; None = /etc/protocols has to be asked."""
    return int(name) if name.isdigit() else _NUMBERS.get(name)


class Edit(NamedTuple):
    """A step to another table: `what` is create or delete (a chain), insert or remove (a rule at a
    position from 0, with its counters).
    """

    what: str
    chain: str
    position: int = 0
    rule: str = ""
    counters: tuple[int, int] = (0, 0)


class Commit(NamedTuple):
    """Edits of one table, made at once or not at all: if it's as expected before, and so that it's as
    expected then.
    """

    family: int
    table: str
    prefix: str
    edits: tuple[Edit, ...]
    before: Listing
    after: Listing


class Complaint(NamedTuple):
    """What was wrong with a rule: in which of the tables given, which line (from 1; 0 = not known)."""

    part: int
    line: int
    text: str


def encode(commit: Commit) -> bytes:
    """For the writing process; raises ValueError if a rule can't be told in parts."""
    edits = [
        [*edit[:3], parse_rule(edit.rule) if edit.what == "insert" else None, edit.counters]
        for edit in commit.edits
    ]
    return json.dumps([commit.family, commit.table, edits]).encode()


class Step(NamedTuple):
    """An edit as the writing process gets it."""

    what: str
    chain: str
    position: int
    rule: Rule | None
    counters: tuple[int, int]


def decode(raw: bytes) -> tuple[int, str, tuple[Step, ...]]:
    """Family, table and steps."""
    family, table, edits = json.loads(raw)
    steps = [
        Step(what, chain, position, None if rule is None else _rule(rule), (counters[0], counters[1]))
        for what, chain, position, rule, counters in edits
    ]
    return family, table, tuple(steps)


def _rule(data: list[object]) -> Rule:
    plain = Rule(*data)  # type: ignore[arg-type]
    return plain._replace(
        matches=tuple(_extension(part) for part in plain.matches), target=_extension(plain.target)
    )


def _extension(data: Sequence[object]) -> Extension:
    name, parts = data
    found = tuple(Part(option, tuple(values), negated) for option, values, negated in parts)  # type: ignore[attr-defined]
    return Extension(str(name), found)
