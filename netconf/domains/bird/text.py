"""bird.conf as lines, each with the document path it comes from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from netconf.core.diagnostics import DocumentPath
from netconf.core.duration import milliseconds

NO_LIST = -1


class Origin(NamedTuple):
    """From this line on (1-based), the text comes from this place of the document. With `first`, that
    is a list, and each line is the next item of it from this one on.
    """

    line: int
    path: DocumentPath
    first: int = NO_LIST


def origin_of(origins: Sequence[Origin], line: int) -> Origin:
    """Where a line comes from, and where that begins."""
    number = bisect_right(origins, line, key=lambda origin: origin.line) - 1
    if number < 0:
        return Origin(1, ())
    found = origins[number]
    if found.first == NO_LIST:
        return found
    return Origin(line, (*found.path, found.first + line - found.line))


class Lines:
    """A text under construction. `at` is the document path of what is being added."""

    def __init__(self, path: DocumentPath) -> None:
        self.lines: list[str] = []
        self.origins: list[Origin] = []
        self._indent = ""
        self._path = path
        self._add_origin()

    def __call__(self, line: str = "") -> None:
        self.lines.append(f"{self._indent}{line}" if line else "")

    def verbatim(self, text: str) -> None:
        """Lines of the user's own, with their own indentation."""
        self.lines.extend(text.rstrip("\n").split("\n"))

    def at(self, *steps: str | int) -> AbstractContextManager[None]:
        """What is added within comes from further down in the document."""
        return self.elsewhere((*self._path, *steps))

    def each(self, step: str, numbered: Iterable[tuple[int, str]]) -> None:
        """A line for each item of a list, of which there can be ten thousands."""
        path, indent, expected = (*self._path, step), self._indent, NO_LIST
        for number, line in numbered:
            if number != expected:
                self.origins.append(Origin(len(self.lines) + 1, path, number))
            expected = number + 1
            self.lines.append(f"{indent}{line}")
        self._add_origin()

    @contextmanager
    def elsewhere(self, path: DocumentPath) -> Iterator[None]:
        """What is added within comes from another place of the document."""
        before = self._path
        self._path = path
        self._add_origin()
        yield
        self._path = before
        self._add_origin()

    @contextmanager
    def block(self, head: str, end: str = "};") -> Iterator[None]:
        """`head { … };`"""
        self(f"{head} {{")
        before, self._indent = self._indent, f"{self._indent}  "
        yield
        self._indent = before
        self(end)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def _add_origin(self) -> None:
        line = len(self.lines) + 1
        if self.origins and self.origins[-1].line == line:
            self.origins.pop()
        if not self.origins or self.origins[-1].path != self._path:
            self.origins.append(Origin(line, self._path))


def quoted(text: str) -> str:
    """A string; the words of the spec have nothing in them that would end it."""
    return f'"{text}"'


def switch(value: object) -> str:
    """yes, no, or the word that is neither."""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def seconds(duration: str) -> str:
    return str(milliseconds(duration) // 1000)


def time(duration: str) -> str:
    length = milliseconds(duration)
    return f"{length // 1000} s" if length % 1000 == 0 else f"{length} ms"


def password(add: Lines, path: str | None, options: Sequence[str] = ()) -> None:
    """The password of a file is put in when the configuration is written (see secrets.py)."""
    if path is None:
        return
    add(f"# password from {path}")
    inside = "".join(f" {option};" for option in options)
    add(f'password ""{f" {{{inside} }}" if inside else ""};')
