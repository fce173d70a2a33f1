"""The JSON object a command prints with --json. Minor versions only add keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from netconf.core.diagnostics import Diagnostic
from netconf.core.errors import NetconfError
from netconf.report import findings, plans
from netconf.report.plans import PLAN_FORMAT, PlanView

RESULT_FORMAT = "netconf.result/1"


class Place(NamedTuple):
    """The host and its network namespace ("" = the initial one), and how long each phase took."""

    host: str
    netns: str
    timing_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a transaction ended, in the words of the JSON output."""

    status: str
    reason: str = ""
    hint: str = ""
    exactness: str = ""
    differences: Sequence[str] = ()


def plan(view: PlanView, place: Place, warnings: Sequence[Diagnostic], status: int) -> dict[str, Any]:
    """The result of `plan`, which exits with `status`."""
    changed = bool(view.plan)
    return {
        "format": PLAN_FORMAT,
        "command": "plan",
        "changed": changed,
        "comment": plans.summary_line(view.plan),
        "status": "planned",
        "exit": status,
        "host": place.host,
        "netns": place.netns,
        "summary": plans.counts(view.plan),
        "changes": plans.json_changes(view.plan),
        "plan": {"format": PLAN_FORMAT, "resource_changes": plans.json_rows(view)},
        "diagnostics": findings.json_rows(warnings),
        "timing_ms": dict(place.timing_ms),
    }


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a transaction did, for the JSON output."""

    command: str
    tx: str
    generation_from: int
    generation_to: int
    exit: int
    changed: bool
    ending: Ending


def applied(
    done: Transaction, view: PlanView, place: Place, warnings: Sequence[Diagnostic]
) -> dict[str, Any]:
    """The result of `apply` and `rollback`."""
    ending = done.ending
    out: dict[str, Any] = {
        "format": RESULT_FORMAT,
        "command": done.command,
        "changed": done.changed,
        "comment": ending.reason or plans.summary_line(view.plan),
        "status": ending.status,
        "reason": ending.reason or None,
        "exit": done.exit,
        "tx": done.tx,
        "generation": {"from": done.generation_from, "to": done.generation_to},
        "host": place.host,
        "netns": place.netns,
        "summary": plans.counts(view.plan),
        "changes": plans.json_changes(view.plan) if done.changed else {},
        "plan": {"format": PLAN_FORMAT, "resource_changes": plans.json_rows(view)},
        "diagnostics": findings.json_rows(warnings),
        "timing_ms": dict(place.timing_ms),
    }
    if ending.exactness:
        out["rollback"] = {"exactness": ending.exactness, "differences": list(ending.differences)}
    return out


def confirmation(tx: str, seconds: float) -> dict[str, Any]:
    """How to keep what's on trial, and for how many seconds it is."""
    return {"tx": tx, "seconds_left": round(seconds, 1), "command": f"netconf confirm {tx}"}


def failure(command: str, err: NetconfError, status: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The result of a command that ended before it could change anything."""
    differences = list(getattr(err, "differences", ()))
    out: dict[str, Any] = {
        "format": RESULT_FORMAT,
        "command": command,
        "changed": False,
        "comment": str(err),
        "status": status,
        "reason": str(err),
        "hint": err.hint,
        "exit": int(err.status),
        "diagnostics": rows,
    }
    if differences:
        out["rollback"] = {"exactness": "incomplete", "differences": differences}
    return out
