"""The text of a source: lines and positions for people."""

from __future__ import annotations

import re
from functools import cached_property

from netconf.core.diagnostics import DocumentPath, Where

# The breaks that YAML knows; NEL, LS and PS never get here, they count as invisible characters.
_BREAK = re.compile("\r\n|\n|\r")

MAX_SHOWN = 500
"""A line longer than this isn't shown with a finding: it is generated JSON, not something to look at."""


class Text:
    """A source's text with its name. Lines and columns are counted from 1, in characters."""

    def __init__(self, name: str, content: str) -> None:
        self.name = name
        self.content = content

    @cached_property
    def lines(self) -> list[str]:
        return _BREAK.split(self.content)

    def line(self, number: int) -> str:
        """The text of a line; empty outside of the text."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def where(self, line: int, column: int, path: DocumentPath = ()) -> Where:
        shown = self.line(line)
        return Where(self.name, line, column, path, shown if len(shown) <= MAX_SHOWN else "")

    def where_at(self, index: int) -> Where:
        """The position of the character at an index of the content."""
        before = _BREAK.split(self.content[:index])
        return self.where(len(before), len(before[-1]) + 1)
