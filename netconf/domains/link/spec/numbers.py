"""Numbers that several kinds have."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from netconf.grammar import reject, shown

Count = Annotated[int, Field(ge=0, le=(1 << 32) - 1)]


def span(value: Any, most: int, code: str, noun: str) -> str:
    """A number from 1 to `most`, or a range LOW-HIGH of them, as text. Anything else is refused with the code."""
    low, dash, high = str(value).partition("-")
    first, last = (int(part) if part.isascii() and part.isdecimal() else 0 for part in (low, high or low))
    text = f"{first}-{last}" if dash else str(first)
    if (
        isinstance(value, bool)
        or not 1 <= first <= last <= most
        or (dash and first == last)
        or text != str(value)
    ):
        reject(
            code,
            f"{shown(value)} is not {noun}",
            f"it's a number from 1 to {most}, or LOW-HIGH",
            "write one such as 10 or 10-20",
        )
    return text


def bounds(text: str) -> tuple[int, int]:
    """The first and the last number of such a text."""
    first, _, last = text.partition("-")
    return int(first), int(last or first)
