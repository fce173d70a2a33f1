"""Status and history as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from netconf.core.diagnostics import Diagnostic
from netconf.core.plan import Plan
from netconf.report import findings, plans, results
from netconf.report.results import RESULT_FORMAT
from netconf.report.style import Style, safe


class Row(NamedTuple):
    """One generation. `created` in seconds since the epoch."""

    number: int
    created: float
    tx: str
    source: str
    summary: dict[str, int]
    comment: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """What `status` tells. `drift` is None if nothing was applied or no plan could be made."""

    host: str
    netns: str
    current: Row | None
    holder: str
    drift: Plan | None
    problem: str
    trial: tuple[str, float] | None = None
    """The transaction that waits to be confirmed, and for how many seconds yet."""


def status_text(view: StatusView, style: Style) -> str:
    lines = [f"host:        {view.host}" + (f" ({view.netns})" if view.netns else "")]
    if view.current is None:
        lines.append("generation:  none, netconf has applied nothing here")
    else:
        lines.append(f"generation:  {_line(view.current)}")
    lines.append(f"lock:        {safe(view.holder) if view.holder else 'free'}")
    if view.trial is not None:
        tx, left = view.trial
        on_trial = style.paint(f"transaction {tx}, {left:.0f} s left", "yellow", "bold")
        lines.append(f"trial:       {on_trial}")
        lines.append(f"             netconf confirm {tx} keeps it, netconf rollback {tx} undoes it")
    if view.problem:
        lines.append(f"drift:       {style.paint('unknown', 'yellow')}: {safe(view.problem)}")
    elif view.drift:
        number = len(view.drift.changes)
        lines.append(
            f"drift:       {style.paint(f'{number} objects differ', 'yellow', 'bold')} from the document:"
        )
        lines += [
            f"             {plans.SIGNS[change.action]} {safe(str(key))}"
            for key, change in sorted(view.drift.changes.items())
        ]
    elif view.drift is not None:
        lines.append(f"drift:       {style.paint('none', 'green')}, the host is as the document says")
    return "\n".join(lines)


def status_json(view: StatusView, warnings: Sequence[Diagnostic]) -> dict[str, Any]:
    drift = None if view.drift is None else [str(key) for key in sorted(view.drift.changes)]
    return {
        "format": RESULT_FORMAT,
        "command": "status",
        "exit": 0,
        "host": view.host,
        "netns": view.netns,
        "generation": None if view.current is None else _json_row(view.current),
        "lock": view.holder or None,
        "drift": drift,
        "problem": view.problem or None,
        "trial": None if view.trial is None else results.confirmation(*view.trial),
        "diagnostics": findings.json_rows(warnings),
    }


def history_text(rows: Sequence[Row], current: int, style: Style) -> str:
    """The newest first."""
    if not rows:
        return "netconf has applied nothing here."
    lines = [f"{'*' if row.number == current else ' '} {_line(row)}" for row in reversed(rows)]
    return "\n".join(style.paint(line, "bold") if line.startswith("*") else line for line in lines)


def history_json(rows: Sequence[Row], current: int, warnings: Sequence[Diagnostic]) -> dict[str, Any]:
    return {
        "format": RESULT_FORMAT,
        "command": "history",
        "exit": 0,
        "current": current,
        "generations": [_json_row(row) for row in rows],
        "diagnostics": findings.json_rows(warnings),
    }


def generation_json(row: Row, document: str) -> dict[str, Any]:
    """`document` is YAML text."""
    return {
        "format": RESULT_FORMAT,
        "command": "history",
        "exit": 0,
        "generation": _json_row(row),
        "document": document,
    }


def diff_json(old: int, new: int, lines: Sequence[str]) -> dict[str, Any]:
    """`lines` are those of a unified diff, none if the documents are the same."""
    return {
        "format": RESULT_FORMAT,
        "command": "history",
        "exit": 0,
        "from": old,
        "to": new,
        "diff": list(lines),
    }


def _line(row: Row) -> str:
    when = datetime.fromtimestamp(row.created, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    changes = " ".join(f"{sign}{row.summary.get(word, 0)}" for word, sign in _SIGNS.items())
    comment = f"  ({safe(row.comment)})" if row.comment else ""
    return f"{row.number:<4} {when}  {changes}  {safe(row.source)}{comment}"


_SIGNS = {"create": "+", "update": "~", "replace": "-/+", "delete": "-"}


def _json_row(row: Row) -> dict[str, Any]:
    return row._asdict()
