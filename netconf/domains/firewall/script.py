"""nft text under construction, in the layout of `nft list`, each line with the document path it comes from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from netconf.core.diagnostics import DocumentPath

PER_LINE = 64
"""Elements of a set in a line."""


class Origin(NamedTuple):
    """From this line on (1-based), the text comes from this place of the document."""

    line: int
    path: DocumentPath


def origin_of(origins: Sequence[Origin], line: int) -> DocumentPath:
    """Where a line comes from."""
    number = bisect_right(origins, (line, (chr(0x10FFFF),))) - 1
    return origins[number].path if number >= 0 else ()


class Script:
    """Lines of a table, with their origins."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.origins: list[Origin] = []

    def add(self, line: str, path: DocumentPath = ()) -> None:
        if not self.origins or self.origins[-1].path != path:
            self.origins.append(Origin(len(self.lines) + 1, path))
        self.lines.append(line)

    @contextmanager
    def block(self, head: str, path: DocumentPath = (), indent: str = "\t") -> Iterator[None]:
        """`head { … }`"""
        self.add(f"{indent}{head} {{", path)
        yield
        self.add(f"{indent}}}", path)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


class Line(NamedTuple):
    """A rule of a chain, and where it comes from."""

    text: str
    path: DocumentPath = ()


def braced(items: Iterable[str]) -> str:
    """One, or an anonymous set."""
    found = list(items)
    return found[0] if len(found) == 1 else f"{{ {', '.join(found)} }}"


def elements(members: Sequence[str]) -> Iterator[str]:
    """The lines of a set's elements."""
    for start in range(0, len(members), PER_LINE):
        head = "elements = { " if start == 0 else "  "
        tail = " }" if start + PER_LINE >= len(members) else ","
        yield f"{head}{', '.join(members[start : start + PER_LINE])}{tail}"
