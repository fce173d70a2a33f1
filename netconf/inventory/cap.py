"""How many findings are told at once: enough to fix a file in one go, not enough to flood a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from netconf.core.diagnostics import Diagnostic, Severity
from netconf.inventory.codes import Code

MAX_FINDINGS = 50


def capped(found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """The first MAX_FINDINGS and a note that counts the rest."""
    more = len(found) - MAX_FINDINGS
    if more <= 0:
        return found
    return [*found[:MAX_FINDINGS], _note(f"... and {more} more")]


def stopped(found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """The findings of a reader that stops at MAX_FINDINGS, with a note if it did."""
    if len(found) < MAX_FINDINGS:
        return found
    return [*found, _note(f"... and perhaps more: reading stopped after {MAX_FINDINGS}")]


def _note(summary: str) -> Diagnostic:
    return Diagnostic(Severity.NOTE, Code.MORE, summary)
