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
from netconf.core.ids import ResourceId
from netconf.core.image import encode
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

_HIDDEN = {"name", "link", "ip", "length", "to", "path", "ifindex", "peer_ifindex", "order", "table", "tos"}
"""Fields that stand in the id already, or mean nothing to people."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what its report needs besides: where things are written, and the commands."""

    plan: Plan
    where: Callable[[ResourceId], Where]
    commands: Mapping[ResourceId, Sequence[str]]


def text(view: PlanView, style: Style) -> str:
    """Every change in the order it will be made, and a summary line."""
    changes = view.plan.changes
    lines: list[str] = []
    seen: set[ResourceId] = set()
    for step in view.plan.steps():
        if step.id not in seen:
            seen.add(step.id)
            lines += _change_lines(changes[step.id], view.where(step.id), style)
    return "\n".join([*lines, *([""] if lines else []), summary_line(view.plan)])


def _change_lines(change: Change, where: Where, style: Style) -> Iterator[str]:
    sign = style.paint(f"{SIGNS[change.action]:>3}", _COLOURS[change.action], "bold")
    felt = disruption(change)
    notes = [f"({felt.value})"] if felt is not Disruption.NONE else []
    if change.because is not None:
        verb = "goes with" if change.after is None else "comes back after"
        notes.append(f"[{verb} {change.because}]")
    if where.line:
        notes.append(style.paint(f"{where.file}:{where.line}", "dim"))
    yield " ".join([f"{sign} {safe(str(change.id))}", *notes])
    for name, old, new in fields(change):
        arrow = f"{_word(old)} → {_word(new)}" if change.before is not None else _word(new)
        yield f"        {name}: {safe(arrow)}"


def fields(change: Change) -> Iterator[tuple[str, Any, Any]]:
    """The fields worth showing: what differs, and of a new object what is set."""
    if change.after is None or change.before == change.after:
        return
    old, new = _flat(change.before), _flat(change.after)
    usual = _defaults(type(change.after)) if change.before is None else {}
    for name in sorted(old.keys() | new.keys()):
        if name in _HIDDEN or old.get(name) == new.get(name):
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
    image = encode(resource)
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
    if not plan:
        return "No changes. The host is as the document says."
    return "Plan: " + ", ".join(f"{number} to {word}" for word, number in counts(plan).items()) + "."


def json_rows(view: PlanView) -> list[dict[str, Any]]:
    """The `resource_changes` of the JSON output, in the order of the plan."""
    rows = []
    seen: set[ResourceId] = set()
    carried = cascades(view.plan.changes)
    for step in view.plan.steps():
        if step.id in seen:
            continue
        seen.add(step.id)
        change = view.plan.changes[step.id]
        where = view.where(step.id)
        rows.append(
            {
                "address": str(change.id),
                "actions": _ACTIONS[change.action],
                "before": None if change.before is None else encode(change.before),
                "after": None if change.after is None else encode(change.after),
                "effects": {
                    "disruption": disruption(change).value,
                    "cascades": [str(key) for key in carried.get(change.id, ())],
                    "reversible": reversible(change),
                },
                "where": {"file": where.file, "line": where.line, "column": where.column},
                "commands": list(view.commands.get(change.id, ())),
            }
        )
    return rows


def json_changes(plan: Plan) -> dict[str, dict[str, Any]]:
    """{"address": {"old", "new"}}, the form Salt reads."""
    return {
        str(key): {
            "old": None if change.before is None else encode(change.before),
            "new": None if change.after is None else encode(change.after),
        }
        for key, change in sorted(plan.changes.items())
    }
