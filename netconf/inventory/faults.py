"""pydantic's errors, sorted: which place each one is about, and one branch per union.

A value that fits no branch of a union has an error for each of them. People mean one branch; the
errors of the others are noise. The branch meant is the one that recognised the value: its complaint
is about something inside, or about more than the value's type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netconf.core.diagnostics import DocumentPath
from netconf.inventory.shape import KEY, Shape, Step, trace

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

MISMATCHES: dict[str, str] = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "null",
}
"""The errors that say only that a value is of another type, and the type wanted, in users' words."""

KINDS: dict[str, str] = {
    "str": "text",
    "int": "an integer",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozenset": "a list",
    "dict": "a mapping",
    "model-fields": "a mapping",
}
"""The types of pydantic's schemas, in the same words."""

CHOICES = frozenset({"literal_error", "enum"})

_ABOUT_KEYS = frozenset({"extra_forbidden", "missing", "union_tag_not_found"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of pydantic's: its location told apart, and what the model allows there.

    `alternatives` are the errors that it stands for, where no branch of a union was recognised.
    """

    type: str
    message: str
    input: Any
    context: dict[str, Any]
    steps: tuple[Step, ...]
    shape: Shape
    alternatives: tuple[Fault, ...] = ()

    @property
    def path(self) -> DocumentPath:
        path = tuple(step.part for step in self.steps if not step.is_label and step.part != KEY)
        path += tuple(self.context.get("at", ()))
        return (*path, self.discriminator) if self.discriminator else path

    @property
    def discriminator(self) -> str:
        """The key that says which branch of a tagged union is meant, if that key is the problem."""
        if self.type not in {"union_tag_invalid", "union_tag_not_found"}:
            return ""
        return str(self.context.get("discriminator", "")).strip("'")

    @property
    def is_about_key(self) -> bool:
        return self.type in _ABOUT_KEYS or self.steps[-1:] == (Step(KEY),)

    @property
    def is_mismatch(self) -> bool:
        return self.type in MISMATCHES or self.type in CHOICES


def faults(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """What is wrong with a value, without the noise of unions, in pydantic's order otherwise."""
    found = []
    for raw in error.errors(include_url=False, include_input=True):
        loc = raw["loc"]
        # The last part of these two is a key that isn't there: what counts is the mapping around it.
        inner = 1 if raw["type"] in {"extra_forbidden", "missing"} and loc else 0
        steps, shape = trace(model, loc[: len(loc) - inner])
        steps += tuple(Step(part) for part in loc[len(loc) - inner :])
        found.append(Fault(raw["type"], raw["msg"], raw["input"], raw.get("ctx", {}), steps, shape))
    return _without_noise(found)


def _without_noise(found: list[Fault]) -> list[Fault]:
    out: list[Fault] = []
    unions: dict[tuple[Step, ...], dict[str | int, list[Fault]]] = {}
    for fault in found:
        at = next((i for i, step in enumerate(fault.steps) if step.is_label), None)
        if at is None:
            out.append(fault)
            continue
        inner = replace(fault, steps=(*fault.steps[:at], *fault.steps[at + 1 :]))
        branches = unions.setdefault(fault.steps[:at], {})
        branches.setdefault(fault.steps[at].part, []).append(inner)
    for place, branches in unions.items():
        out += _meant([_without_noise(branch) for branch in branches.values()], len(place))
    return out


def _meant(branches: list[list[Fault]], depth: int) -> list[Fault]:
    """The errors of the branch that recognised the value; one error for all if none did."""
    recognised = [
        branch
        for branch in branches
        if not all(fault.is_mismatch and len(fault.path) == depth for fault in branch)
    ]
    if recognised:
        return min(recognised, key=len)
    every = tuple(fault for branch in branches for fault in branch)
    return [replace(every[0], alternatives=every if len(every) > 1 else ())]
