"""Colours, and making strings that came from the kernel or a file safe to print."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_CODES = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36, "bold": 1, "dim": 2}


@dataclass(frozen=True, slots=True)
class Style:
    """Whether to colour. Only for terminals; see cli."""

    colour: bool = False

    def paint(self, text: str, *names: str) -> str:
        if not self.colour:
            return text
        codes = ";".join(str(_CODES[name]) for name in names)
        return f"\x1b[{codes}m{text}\x1b[0m"


PLAIN = Style()


def safe(text: str) -> str:
    """Control, format and bidi characters as escapes: a link's alias may hold terminal codes."""
    if text.isprintable():
        return text
    return "".join(
        c if c == "\n" or not _is_control(c) else c.encode("unicode_escape").decode() for c in text
    )


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
