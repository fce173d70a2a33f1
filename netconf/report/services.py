"""Services that are announced while they work, as tables and JSON."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from netconf.core.health import Checked, Service, ServiceStanding
from netconf.report.style import Style
from netconf.report.tables import table

NOT_RUNNING = "netconf health isn't running: nothing looks after these services"


def text(standings: Sequence[ServiceStanding], style: Style, *, runs: bool) -> str:
    rows = [("SERVICE", "STATE", "SINCE", "REASON"), *map(_row, standings)]
    return "\n".join([*table(rows, style), *([] if runs else [style.paint(NOT_RUNNING, "yellow")])])


def _row(standing: ServiceStanding) -> tuple[str, str, str, str]:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(standing.since)) if standing.since else "-"
    return (standing.name, standing.state, since, standing.reason)


def json_object(standings: Sequence[ServiceStanding], *, runs: bool) -> dict[str, Any]:
    """The `health` of the JSON output."""
    return {"running": runs, "services": [standing._asdict() for standing in standings]}


def checks_text(checked: Sequence[Checked], style: Style) -> str:
    rows = [("SERVICE", "CHECK", "RESULT")]
    rows += [(service.name, _check(service), _result(complaint)) for service, complaint in checked]
    return "\n".join(table(rows, style))


def checks_json(checked: Sequence[Checked]) -> dict[str, Any]:
    """The object of netconf health --once --json; `works` is null without a check."""
    return {
        "format": "netconf.health/1",
        "services": [
            {
                "name": service.name,
                "check": _check(service),
                "works": None if complaint is None else not complaint,
                "reason": complaint or "",
            }
            for service, complaint in checked
        ],
    }


def _check(service: Service) -> str:
    return f"{service.check.kind} {' '.join(service.check.target)}" if service.check else str(service.when)


def _result(complaint: str | None) -> str:
    return "-" if complaint is None else complaint or "good"
