"""What strict YAML is made of, and what a plain word in it is: a number, a switch, null or text."""

from __future__ import annotations

import re

Scalar = str | int | bool | None
Plain = dict[str, "Plain"] | list["Plain"] | Scalar
"""What a document is made of; JSON holds it without loss."""

_PLAIN = re.compile(
    r"(?P<int>[-+]?(?:0|[1-9][0-9]{0,19}))"
    r"|(?P<hex>0x[0-9a-fA-F]{1,20})"
    r"|(?P<null>|~|null)"
    r"|(?P<bool>true|false)"
    r"|(?P<refused>[-+]?[0-9]+|0x[0-9a-fA-F]+)"
)


class RefusedNumberError(ValueError):
    """A number that other readers of YAML take for another one, or that's too long."""


def resolved(word: str) -> Scalar:
    """The value of a scalar without quotes. Raises RefusedNumberError."""
    if "." in word:  # as in most that isn't a name, and in nothing below
        return word
    match = _PLAIN.fullmatch(word)
    kind = match and match.lastgroup
    if kind is None:
        return word
    if kind == "int":
        return int(word)
    if kind == "hex":
        return int(word, 16)
    if kind == "bool":
        return word == "true"
    if kind == "null":
        return None
    raise RefusedNumberError(word)
