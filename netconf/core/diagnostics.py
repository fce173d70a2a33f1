"""Findings for people: accumulated over a phase, never first-failure only."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Severity(enum.Enum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


DocumentPath = tuple[str | int, ...]
"""Keys and list indexes from the root of the document to a value."""


def dotted(path: DocumentPath) -> str:
    """A document path as people write it: `interfaces.eth0.addresses[0]`."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            out += f".{part}" if out else part
    return out


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a source: file, 1-based line and column (0 = unknown), path in the document,
    and the source line itself for the caret display.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    path: DocumentPath = ()
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong (summary), why it can't be (detail), what to do (hint)."""

    severity: Severity
    code: str
    summary: str
    detail: str = ""
    hint: str = ""
    where: Where = field(default_factory=Where)
    resource: str = ""


def error(
    code: str, summary: str, detail: str = "", hint: str = "", *, path: DocumentPath = (), resource: str = ""
) -> Diagnostic:
    """An error at a document path; the file position is filled in where the source is known."""
    return Diagnostic(Severity.ERROR, code, summary, detail, hint, Where(path=path), resource)


def warning(
    code: str, summary: str, detail: str = "", hint: str = "", *, path: DocumentPath = (), resource: str = ""
) -> Diagnostic:
    """A warning at a document path."""
    return Diagnostic(Severity.WARNING, code, summary, detail, hint, Where(path=path), resource)
