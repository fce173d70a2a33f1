"""Short flow collections, taken out of a text before the YAML parser reads it: `{to: 10.0.0.0/8, dev: eth0}`, `[a, b]`.

A generated document has tens of thousands of them, and the parser's events for the scalars in them take most of its time.
What is taken out leaves a word in its place. It stood for a collection if the parser gives that word alone as a value;
in a comment, in a quoted or block text or where YAML has no value it doesn't, and then the text has to be read as it is.
Only what can't mean anything else is taken: one line, plain words of ASCII, `, ` and `: ` as separators, nothing nested.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from netconf.inventory.scalars import Plain, Scalar, resolved

TAKEN = "_taken-out_"
"""The word that's left."""

RUN = "_taken-outs_"
"""The word that's left of all in a run of items of a list that are nothing but such words."""

LEAST = 1 << 14
"""Characters of a text that this is worth while for."""

_WORD = r"[A-Za-z0-9_][A-Za-z0-9_./-]*+"
_PAIR = rf"[A-Za-z_][A-Za-z0-9_-]*+: {_WORD}"
_FLOW = re.compile(
    rf"(?<=[:-] )(?:\{{({_PAIR}(?:, {_PAIR})*+)\}}|\[({_WORD}(?:, {_WORD})*+)\])(?=[,}}\r\n])",
)
"""Its groups are what's in a mapping and in a list."""


_LINES = re.compile(rf"^( *+)- {TAKEN}\n(?:\1- {TAKEN}\n)++", re.MULTILINE)
"""Of one indentation: where the first is an item of a list, the others are items of the same one."""

Flow = dict[str, Plain] | list[Plain]


class Shortened(NamedTuple):
    """A text without its short collections, and these in their order, those of a run together."""

    content: str
    taken: list[Flow | tuple[Flow, ...]]


def shortened(content: str) -> Shortened | None:
    """None if there's nothing to be taken out, or something that the strict rules refuse."""
    if len(content) < LEAST or "\t" in content or TAKEN in content or RUN in content:
        return None
    parts = _FLOW.split(content)
    try:
        taken = _values(parts[1::3], parts[2::3])
    except ValueError:
        return None
    return _in_runs(TAKEN.join(parts[::3]), taken) if taken else None


def _in_runs(content: str, taken: list[Flow]) -> Shortened:
    """`taken` are what was taken out of the content."""
    rest: list[str] = []
    found: list[Flow | tuple[Flow, ...]] = []
    at = done = 0
    for run in _LINES.finditer(content):
        alone = done + content.count(TAKEN, at, run.start())
        end = alone + run[0].count(TAKEN)
        found += [*taken[done:alone], tuple(taken[alone:end])]
        rest += [content[at : run.start()], run[1], f"- {RUN}\n"]
        at, done = run.end(), end
    return Shortened("".join([*rest, content[at:]]), [*found, *taken[done:]])


class _Words(dict[str, Scalar]):
    """Words that were met, by how they're written: most are met many times."""

    def __missing__(self, word: str) -> Scalar:
        value = self[word] = resolved(word)
        return value


def _values(mappings: list[str | None], lists: list[str]) -> list[Flow]:
    """Each is the inside of a mapping or of a list. Raises ValueError for what is to be refused."""
    words = _Words()
    taken: list[Flow] = []
    for pairs, items in zip(mappings, lists, strict=True):
        if pairs is None:
            taken.append([item if "." in item else words[item] for item in items.split(", ")])
            continue
        found: dict[str, Plain] = {}
        for pair in pairs.split(", "):
            key, word = pair.split(": ")
            if key in found:
                raise ValueError
            found[key] = word if "." in word else words[word]
        taken.append(found)
    return taken
