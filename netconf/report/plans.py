"""A plan as the text a person reviews, as JSON, and as commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import cache
from typing import Any

from netconf.core.change import Action, Change
from netconf.core.diagnostics import Where
from netconf.core.effects import Disruption, cascades, disruption, reversible
from netconf.core.ids import ROUTE, SYSCTL, ResourceId
from netconf.core.image import told
from netconf.core.plan import Plan
from netconf.core.resource import Resource
from netconf.report.style import Style, safe

PLAN_FORMAT = "netconf.plan/1"

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "-/+", Action.DELETE: "-"}
_COLOURS = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.REPLACE: "yellow", Action.DELETE: "red"}
_ACTIONS = {
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.REPLACE: ["delete", "create"],
    Action.DELETE: ["delete"],
}
FOREVER = 0xFFFFFFFF
"""A lifetime without end, in seconds (INFINITY_LIFE_TIME)."""

_HIDDEN = {
    "name",
    "link",
    "ip",
    "length",
    "to",
    "path",
    "ifindex",
    "peer_ifindex",
    "far",
    "order",
    "table",
    "tos",
}
"""Fields that stand in the id already, or mean nothing to people."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what its report needs besides: where things are written, and the commands."""

    plan: Plan
    where: Callable[[ResourceId], Where]
    commands: Mapping[ResourceId, Sequence[str]]


def text(view: PlanView, style: Style) -> str:
    """Every change in the order it will be made, and a summary line. The sysctls that go or come
    back with a link are one line.
    """
    lines: list[str] = []
    told: set[tuple[Action, ResourceId | None]] = set()
    for change in ordered(view.plan):
        group = (change.action, change.because)
        if change.because is None or change.id.kind != SYSCTL:
            lines += _change_lines(change, view.where(change.id), style)
        elif group not in told:
            told.add(group)
            alike = [c for c in view.plan.changes.values() if (c.action, c.because) == group]
            number = sum(c.id.kind == SYSCTL for c in alike)
            lines.append(f"{_sign(change, style)} {number} sysctls {_reason(change)}")
    return "\n".join([*lines, *([""] if lines else []), summary_line(view.plan)])


def ordered(plan: Plan) -> Iterator[Change]:
    """The changes in the order their first steps are done."""
    seen: set[ResourceId] = set()
    for step in plan.steps():
        if step.id not in seen:
            seen.add(step.id)
            yield plan.changes[step.id]


def _sign(change: Change, style: Style) -> str:
    return style.paint(f"{SIGNS[change.action]:>3}", _COLOURS[change.action], "bold")


def _signed(line: str, style: Style) -> str:
    """A line that begins with its sign."""
    colour = {"+": "green", "-": "red"}.get(line[:1])
    return style.paint(safe(line), colour) if colour else safe(line)


def _reason(change: Change) -> str:
    """Why something changes that nobody asked to change."""
    return f"[lost with {change.because}]" if change.after is None else f"[put back after {change.because}]"


def _change_lines(change: Change, where: Where, style: Style) -> Iterator[str]:
    felt = disruption(change)
    notes = [f"({felt.value})"] if felt is not Disruption.NONE else []
    if change.because is not None:
        notes.append(_reason(change))
    if where.line:
        notes.append(style.paint(f"{where.file}:{where.line}", "dim"))
    yield " ".join([f"{_sign(change, style)} {safe(str(change.id))}", *notes])
    lines = change.after.differences(change.before) if change.after is not None else ()
    yield from (f"        {_signed(line, style)}" for line in lines)
    for name, old, new in () if lines else fields(change):
        arrow = f"{_word(old)} → {_word(new)}" if change.before is not None else _word(new)
        yield f"        {name}: {safe(arrow)}"


def fields(change: Change) -> Iterator[tuple[str, Any, Any]]:
    """The fields worth showing: what differs, and of a new object what is set."""
    if change.after is None or change.before == change.after:
        return
    old, new = _flat(change.before), _flat(change.after)
    hidden = _HIDDEN | ({"metric"} if change.id.kind == ROUTE else set())
    cls: Any = type(change.after)
    usual = _defaults(cls) if change.before is None else {}
    for name in sorted(old.keys() | new.keys()):
        if name in hidden or old.get(name) == new.get(name):
            continue
        if change.before is not None or new[name] not in (usual.get(name), "", (), FOREVER):
            yield name, old.get(name), new.get(name)


@cache
def _defaults(cls: Any) -> dict[str, Any]:
    """What the fields of a resource are unless somebody says otherwise."""
    return {field.name: field.default for field in dataclass_fields(cls)}


def _flat(resource: Resource | None) -> dict[str, Any]:
    """The image with options and metrics as fields of their own."""
    if resource is None:
        return {}
    image = told(resource)
    for name in ("options", "metrics"):
        image.update(dict(image.pop(name, ())))
    return image


def _word(value: Any) -> str:
    if value is None or value in ("", ()):
        return "none"
    if type(value) is tuple:
        return ", ".join(_word(part) for part in value)
    return "forever" if value == FOREVER else str(value)


def counts(plan: Plan) -> dict[str, int]:
    """How many objects by action."""
    found = Counter(change.action for change in plan.changes.values())
    return {action.value: found[action] for action in Action}


def summary_line(plan: Plan) -> str:
    """The changes asked for, and how many more follow from them."""
    if not plan:
        return "No changes. The host is as the document says."
    own = Counter(change.action for change in plan.changes.values() if change.because is None)
    more = len(plan.changes) - own.total()
    tail = f" {more} more follow from them." if more else ""
    return "Plan: " + ", ".join(f"{own[action]} to {action.value}" for action in Action) + "." + tail


def json_rows(view: PlanView) -> list[dict[str, Any]]:
    """The `resource_changes` of the JSON output, in the order of the plan."""
    rows = []
    carried = cascades(view.plan.changes)
    for change in ordered(view.plan):
        where = view.where(change.id)
        rows.append(
            {
                "address": str(change.id),
                "actions": _ACTIONS[change.action],
                "before": None if change.before is None else told(change.before),
                "after": None if change.after is None else told(change.after),
                "effects": {
                    "disruption": disruption(change).value,
                    "cascades": [str(key) for key in carried.get(change.id, ())],
                    "reversible": reversible(change),
                },
                "lines": list(change.after.differences(change.before) if change.after is not None else ()),
                "where": {"file": where.file, "line": where.line, "column": where.column},
                "commands": list(view.commands.get(change.id, ())),
            }
        )
    return rows


def json_changes(plan: Plan) -> dict[str, dict[str, Any]]:
    """{"address": {"old", "new"}}, the form Salt reads."""
    return {
        str(key): {
            "old": None if change.before is None else told(change.before),
            "new": None if change.after is None else told(change.after),
        }
        for key, change in sorted(plan.changes.items())
    }
