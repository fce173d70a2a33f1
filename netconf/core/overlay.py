"""UNSET and the overlay of a desired value over the observed one.

UNSET means the user said nothing (leave it), None means the user said "none".
"""

from __future__ import annotations

import enum
from dataclasses import fields, replace
from functools import cache
from typing import Any, Protocol, TypeVar, runtime_checkable


class Unset(enum.Enum):
    """The type of UNSET, so that mypy can tell `T | Unset` from `T | None`."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET

T = TypeVar("T")


@runtime_checkable
class Overlays(Protocol):
    """A resource with fields that fill in more than one by one (a table of options, say)."""

    def overlay(self, observed: Any) -> Any: ...


@cache
def field_names(cls: Any) -> tuple[str, ...]:
    """The names of a dataclass's fields, in order."""
    return tuple(field.name for field in fields(cls))


def overlay(desired: T, observed: T) -> T:
    """Fill the UNSET fields of `desired` from `observed`; both are the same dataclass."""
    if isinstance(desired, Overlays):
        filled: T = desired.overlay(observed)
        return filled
    return fill(desired, observed)


def fill(desired: T, observed: T) -> T:
    """Field-by-field overlay, the rule for every resource that has no rule of its own."""
    cls: Any = type(desired)
    unset = {name: getattr(observed, name) for name in field_names(cls) if getattr(desired, name) is UNSET}
    filled: T = replace(desired, **unset) if unset else desired  # type: ignore[type-var]
    return filled


def given(value: T | Unset, default: T) -> T:
    """`value` unless it's UNSET, then `default`."""
    return default if isinstance(value, Unset) else value
