"""What the kernel makes of rules, learnt from one rule of each shape. Pure.

Rules of a shape are the same but for the addresses, ports and names in them. So of each shape one is
shown to the kernel, with values that stand out, and where these come back, in nft's words and in the
kernel's bytes, those of the others will. What doesn't come back exactly once has no slot: such rules
are shown to the kernel as they are.

A mistake here can't pass for what's wanted: what was loaded is read back, and compared byte by byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import AnyStr, NamedTuple

from netconf.core import ip
from netconf.domains.firewall.networks import edges
from netconf.domains.firewall.script import PER_LINE
from netconf.domains.firewall.wire import Listing, is_declaration, parse
from netconf.system.ports import NftImage, NftTrial

_SLOT = re.compile(r'( [sd]addr | [sd]port | comment ")([0-9A-Za-z_.:/-]+)(?=[ "])')
_QUAD = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_SHORTEST = 16
"""The shortest prefix with a slot: few bits don't stand out."""

_FOUR, _SIX, _PORT, _NAME = "\0a", "\0b", "\0p", "\0n"
_ODD_FOUR = 0xB75B8BC7
_ODD_SIX = 0x2D6BA3C5_97D1E3B9_8BC7F5A9_C3E7B5D9
_ODD_PORT = 56231
_STEP = 257
_ODD_NAME = "qzxjkvwqyzxkjqvwzyqxjkwvzqyxkjvqwzxyjkqvzwyxqkjvzxwqyjkzqvxw"

_ELEMENTS = "\t\telements = { "

WORTH_WHILE = 1000
"""Rules and members; nft takes a few hundredths of a second for them."""

MOST_SHARE = 4
"""So many rules for each shape there must be, or else it's faster to show them all."""


class Key(NamedTuple):
    """A shape: the chain, and the text with marks in place of values."""

    chain: str
    parts: tuple[str, ...]


class Rule(NamedTuple):
    key: Key
    values: tuple[str, ...]
    line: str


class Template(NamedTuple):
    """What becomes of a shape: text and bytes with gaps, and which value goes into which."""

    text: str
    texts: tuple[int, ...]
    octets: bytes
    places: tuple[int, ...]


def taken_apart(chain: str, line: str) -> Rule:
    """A rule's shape and its values."""
    found = _SLOT.split(line)
    values: list[str] = []
    shape = [found[0]]
    for number in range(1, len(found), 3):
        word, value, behind = found[number : number + 3]
        mark = _mark_of(word, value, behind)
        shape[-1] += word
        if mark:
            values.append(value)
            shape += (mark, behind)
        else:
            shape[-1] += f"{value}{behind}"
    return Rule(Key(chain, tuple(shape)), tuple(values), line)


def _mark_of(word: str, value: str, behind: str) -> str:
    """What kind of a slot the value is in; "" if in none."""
    if word[1] == "c":
        return f"{_NAME}{len(value)}" if behind == '"' else ""
    if word[2] == "p":
        return _PORT if value.isdigit() else ""
    host, slash, length = value.partition("/")
    if slash and not (length.isdigit() and int(length) >= _SHORTEST):
        return ""
    if ":" not in host:
        return f"{_FOUR}{length}" if _QUAD.fullmatch(host) else ""
    # nft writes addresses with an IPv4 address at their end in a way of its own
    return f"{_SIX}{length}" if not host.startswith("::") and ip.parse(host) else ""


def samples(key: Key) -> tuple[str, ...]:
    """Values that stand out, for the slots of a shape."""
    return tuple(_sample(mark, number) for number, mark in enumerate(key.parts[1::2]))


def _sample(mark: str, number: int) -> str:
    kind, rest = mark[:2], mark[2:]
    if kind == _PORT:
        return str(_ODD_PORT + _STEP * number)
    if kind == _NAME:
        return _ODD_NAME[: int(rest)]
    family, odd = (ip.INET, _ODD_FOUR) if kind == _FOUR else (ip.INET6, _ODD_SIX)
    width = ip.WIDTH[family]
    length = int(rest or width)
    # In the bits that are left whatever the prefix.
    value = (odd ^ number << (width - _SHORTEST + 1)) & ip.mask(family, length)
    return f"{ip.text(family, value)}{f'/{rest}' if rest else ''}"


def line_of(key: Key, values: Sequence[str]) -> str:
    """The rule of a shape with these values."""
    line = list(key.parts)
    line[1::2] = values
    return "".join(line)


def template(key: Key, values: Sequence[str], text: str, octets: bytes) -> Template | None:
    """What a sample teaches: its text, and its bytes. None if the values don't come back clearly."""
    marks = key.parts[1::2]
    texts = _pieces(text, [_word(*pair) for pair in zip(marks, values, strict=True)])
    places = _pieces(octets, [_octets(*pair) for pair in zip(marks, values, strict=True)])
    if texts is None or places is None:
        return None
    words = "%s".join(piece.replace("%", "%%") for piece in texts[0])
    return Template(words, texts[1], b"%b".join(piece.replace(b"%", b"%%") for piece in places[0]), places[1])


def texts_of(key: Key, found: Template, rules: Sequence[Rule]) -> Sequence[str]:
    """Rules of a shape in the kernel's words."""
    odd = samples(key)
    marks = key.parts[1::2]
    if found.text % tuple([_word(marks[n], odd[n]) for n in found.texts]) == line_of(key, odd):
        return [rule.line for rule in rules]
    columns = [[_word(marks[n], rule.values[n]) for rule in rules] for n in found.texts]
    return (
        [found.text % row for row in zip(*columns, strict=True)]
        if columns
        else [found.text % ()] * len(rules)
    )


def octets_of(key: Key, found: Template, rules: Sequence[Rule]) -> Sequence[bytes]:
    """Rules of a shape in the kernel's bytes."""
    marks = key.parts[1::2]
    columns = [_column(marks[n], [rule.values[n] for rule in rules]) for n in found.places]
    if not columns:
        return [found.octets % ()] * len(rules)
    return [found.octets % row for row in zip(*columns, strict=True)]


def _pieces(whole: AnyStr, values: Sequence[AnyStr]) -> tuple[list[AnyStr], tuple[int, ...]] | None:
    """What's around the values, and their order there; None if one isn't there exactly once."""
    if any(whole.count(value) != 1 for value in values):
        return None
    order = sorted(range(len(values)), key=lambda number: whole.index(values[number]))
    pieces: list[AnyStr] = []
    at = 0
    for number in order:
        start = whole.index(values[number])
        if start < at:
            return None
        pieces.append(whole[at:start])
        at = start + len(values[number])
    pieces.append(whole[at:])
    return pieces, tuple(order)


def _word(mark: str, value: str) -> str:
    return f'"{value}"' if mark[1] == "n" else value


def _octets(mark: str, value: str) -> bytes:
    return _column(mark, [value])[0]


def _column(mark: str, values: Sequence[str]) -> list[bytes]:
    """As the kernel keeps them. Of a prefix as many groups of four as it reaches into: the rest is zero."""
    kind, rest = mark[1], mark[2:]
    if kind == "p":
        return [int(value).to_bytes(2, "big") for value in values]
    if kind == "n":
        head = bytes([0, int(rest) + 1])  # NFTNL_UDATA_RULE_COMMENT
        return [b"%b%b\0" % (head, value.encode()) for value in values]
    hosts = [value.partition("/")[0] for value in values]
    if kind == "a":
        return [bytes(map(int, host.split("."))) for host in hosts]
    groups = -(-int(rest or 128) // 32) * 4
    return [found.value.to_bytes(16, "big")[:groups] for host in hosts if (found := ip.parse(host))]


class Sketch(NamedTuple):
    """A table with one rule of each shape and few members in its sets. `script` makes it, `rules` and
    `members` are the whole.
    """

    script: str
    rules: tuple[Rule, ...]
    shapes: tuple[Key, ...]
    members: Mapping[str, tuple[str, ...]]


def sketch(source: str) -> Sketch | None:
    """Of a compiled table; None if it isn't worth while."""
    rules: list[Rule] = []
    shapes: dict[Key, None] = {}
    members: dict[str, list[str]] = {}
    script: list[str] = []
    chain = filled = ""
    for line in source.split("\n"):
        if not line.startswith("\t\t"):
            chain = line[7:-2] if line.startswith("\tchain ") else ""
            filled = line[5:-2] if line.startswith("\tset ") else ""
        elif chain and not is_declaration(line[2:]):
            rule = taken_apart(chain, line[2:])
            rules.append(rule)
            if rule.key in shapes:
                continue
            shapes[rule.key] = None
            line = f"\t\t{line_of(rule.key, samples(rule.key))}"  # noqa: PLW2901 - what stands for it
        elif filled and (filled in members or line.startswith(_ELEMENTS)):
            more = filled in members
            own = members.setdefault(filled, [])
            inner = line.strip().removeprefix("elements = { ").removesuffix(" }").removesuffix(",")
            own += inner.split(", ")
            if more:
                continue
            line = f"\t\telements = {{ {inner} }}"  # noqa: PLW2901 - what stands for all of them
        script.append(line)
    count = len(rules) + sum(map(len, members.values()))
    if count < WORTH_WHILE or len(shapes) * MOST_SHARE > max(len(rules), WORTH_WHILE):
        return None
    return Sketch("\n".join(script), tuple(rules), tuple(shapes), {n: tuple(m) for n, m in members.items()})


class Forecast(NamedTuple):
    """What the whole table will be: in the kernel's words, and its image."""

    objects: tuple[str, ...]
    elements: tuple[tuple[str, tuple[str, ...]], ...]
    rules: tuple[tuple[str, str], ...]
    bodies: tuple[bytes, ...]
    heads: frozenset[bytes]
    edges: Mapping[str, tuple[bytes, bytes]]

    def is_of(self, image: NftImage) -> bool:
        return (
            self.bodies == image.bodies
            and tuple(chain for chain, _ in self.rules) == image.chains
            and self.heads == image.heads
            and self.edges == image.members
        )


def forecast(drawn: Sketch, trial: NftTrial) -> Forecast | None:
    """By what the kernel made of the sketch; None if that's not clear enough."""
    image, listed = trial.image, parse(trial.text)
    chains = tuple(key.chain for key in drawn.shapes)
    if image is None or image.chains != chains or tuple(chain for chain, _ in listed.rules) != chains:
        return None
    templates: list[Template] = []
    for key, (_, text), octets in zip(drawn.shapes, listed.rules, image.bodies, strict=True):
        found = template(key, samples(key), text, octets)
        if found is None:
            return None
        templates.append(found)
    ranges = {name: _edges(image, drawn, name) for name in image.members}
    elements = _elements(drawn, listed)
    if elements is None or None in ranges.values():
        return None
    whole = {name: both for name, both in ranges.items() if both is not None}
    return Forecast(listed.objects, elements, *_all(drawn, templates), image.heads, whole)


def _all(
    drawn: Sketch, templates: Sequence[Template]
) -> tuple[tuple[tuple[str, str], ...], tuple[bytes, ...]]:
    """Every rule in words and in bytes; those of a shape at once."""
    alike: dict[Key, list[int]] = {key: [] for key in drawn.shapes}
    for number, rule in enumerate(drawn.rules):
        alike[rule.key].append(number)
    words: dict[int, tuple[str, str]] = {}
    octets: dict[int, bytes] = {}
    for (key, numbers), found in zip(alike.items(), templates, strict=True):
        rules = [drawn.rules[number] for number in numbers]
        texts = texts_of(key, found, rules)
        words.update(zip(numbers, [(key.chain, text) for text in texts], strict=True))
        octets.update(zip(numbers, octets_of(key, found, rules), strict=True))
    count = range(len(drawn.rules))
    return tuple([words[n] for n in count]), tuple([octets[n] for n in count])


def _elements(drawn: Sketch, listed: Listing) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """All members of each set, if those that were shown came back as they are."""
    found = []
    for name, shown in listed.elements:
        own = drawn.members.get(name, ())
        if shown != tuple(sorted(own[:PER_LINE])):
            return None
        found.append((name, shown if len(own) <= PER_LINE else tuple(sorted(own))))
    return tuple(found)


def _edges(image: NftImage, drawn: Sketch, name: str) -> tuple[bytes, bytes] | None:
    """Where the ranges of all members begin and end, if those that were shown are as thought."""
    own = drawn.members.get(name, ())
    shown = own[:PER_LINE]
    for is_interval in (True, False):
        if edges(shown, is_interval=is_interval) == image.members[name]:
            return edges(own, is_interval=is_interval)
    return None
