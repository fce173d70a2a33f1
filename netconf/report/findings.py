"""Diagnostics as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netconf.core.diagnostics import Diagnostic, Severity, dotted
from netconf.report.style import Style, safe

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


def text(findings: Sequence[Diagnostic], style: Style) -> str:
    """One block each: what and where, the source line with a caret, why, and what to do."""
    return "\n".join(_block(finding, style) for finding in _ordered(findings))


def _ordered(findings: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """In the order of the document, which is how they are worked off; those without a place last."""
    return sorted(findings, key=lambda found: (not found.where.line, found.where.line, found.where.column))


def _block(finding: Diagnostic, style: Style) -> str:
    head = style.paint(f"{finding.severity.value}[{finding.code}]", _COLOURS[finding.severity], "bold")
    place = ": ".join(part for part in (str(finding.where), dotted(finding.where.path)) if part)
    named = not place or finding.summary.startswith(f"{place}: ")
    lines = [safe(f"{head} {finding.summary}" if named else f"{head} {place}: {finding.summary}")]
    if style.colour:
        lines = [head + lines[0][len(safe(head)) :]]
    if finding.where.text and finding.where.column:
        margin = f"{finding.where.line:>5} | "
        lines.append(style.paint(margin, "dim") + safe(finding.where.text))
        lines.append(" " * (len(margin) + finding.where.column - 1) + style.paint("^", "bold"))
    if finding.detail:
        lines.append(f"  why: {safe(finding.detail)}")
    if finding.hint:
        lines.append(f"  fix: {safe(finding.hint)}")
    return "\n".join(lines)


def json_rows(findings: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """The `diagnostics` of the JSON output."""
    return [
        {
            "severity": finding.severity.value,
            "code": finding.code,
            "summary": finding.summary,
            "detail": finding.detail,
            "hint": finding.hint,
            "path": dotted(finding.where.path),
            "file": finding.where.file,
            "line": finding.where.line,
            "column": finding.where.column,
            "origin": [],
        }
        for finding in _ordered(findings)
    ]
