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

LEAST = 1 << 14
"""Characters of a text that this is worth while for."""

_WORD = r"[A-Za-z0-9_][A-Za-z0-9_./-]*+"
_PAIR = rf"[A-Za-z_][A-Za-z0-9_-]*+: {_WORD}"
_FLOW = re.compile(
    rf"(?<=[:-] )(\{{{_PAIR}(?:, {_PAIR})*+\}}|\[{_WORD}(?:, {_WORD})*+\])(?=[,}}\r\n])",
)

Flow = dict[str, Plain] | list[Plain]


class Shortened(NamedTuple):
    """A text without its short collections, and these in their order."""

    content: str
    taken: list[Flow]


def shortened(content: str) -> Shortened | None:
    """None if there's nothing to be taken out, or something that the strict rules refuse."""
    if len(content) < LEAST or "\t" in content or TAKEN in content:
        return None
    parts = _FLOW.split(content)
    words = _Words()
    try:
        taken = [_value(written, words) for written in parts[1::2]]
    except ValueError:
        return None
    return Shortened(TAKEN.join(parts[::2]), taken) if taken else None


class _Words(dict[str, Scalar]):
    """Words that were met, by how they're written: most are met many times."""

    def __missing__(self, word: str) -> Scalar:
        value = self[word] = resolved(word)
        return value


def _value(written: str, words: _Words) -> Flow:
    """Raises ValueError for what is to be refused."""
    items = written[1:-1].split(", ")
    if written[0] == "[":
        return [item if "." in item else words[item] for item in items]
    found: dict[str, Plain] = {}
    for item in items:
        key, word = item.split(": ")
        found[key] = word if "." in word else words[word]
    if len(found) < len(items):
        raise ValueError
    return found
