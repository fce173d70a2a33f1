"""UNSET and the overlay of a desired value over the observed one.

UNSET means the user said nothing (leave it), None means the user said "none".
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any, TypeVar


class Unset(enum.Enum):
    """The type of UNSET, so that mypy can tell `T | Unset` from `T | None`."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET

T = TypeVar("T")


@cache
def field_names(cls: Any) -> tuple[str, ...]:
    """The names of a dataclass's fields, in order."""
    return tuple(field.name for field in fields(cls))


def matches(desired: T, observed: T) -> bool:
    """Whether every field that is set is equal: then there's nothing to change. The reverse isn't
    true of classes with an overlay of their own.
    """
    cls: Any = type(desired)
    return matcher(cls)(desired, observed)


@cache
def matcher(cls: Any) -> Callable[[Any, Any], bool]:
    """`matches` for objects of a class: a comparison of its fields, written out. Tens of thousands of objects pass
    here, most of them as they should be. Fields that are always set aren't asked whether they are.
    """
    terms = []
    for field in fields(cls):
        if field.compare:
            equal = f"one.{field.name} == other.{field.name}"
            terms.append(f"(one.{field.name} is UNSET or {equal})" if "Unset" in str(field.type) else equal)
    # "if" has the interpreter compare without a result to keep: it's faster than "and" alone
    code = f"lambda one, other: True if {' and '.join(terms) or True} else False"
    found: Callable[[Any, Any], bool] = eval(code, {"UNSET": UNSET})  # noqa: S307 - of names of fields
    return found


def overlay(desired: T, observed: T) -> T:
    """Fill the UNSET fields of `desired` from `observed`; both are the same dataclass.

    A class that fills in more than field by field (a table of options, say) has an `overlay` of
    its own.
    """
    own: Callable[[T, T], T] | None = getattr(type(desired), "overlay", None)
    return own(desired, observed) if own else fill(desired, observed)


def fill(desired: T, observed: T) -> T:
    """Field-by-field overlay, the rule for every resource that has no rule of its own."""
    cls: Any = type(desired)
    unset = {name: getattr(observed, name) for name in field_names(cls) if getattr(desired, name) is UNSET}
    filled: T = replace(desired, **unset) if unset else desired  # type: ignore[type-var]
    return filled


def given(value: T | Unset, default: T) -> T:
    """`value` unless it's UNSET, then `default`."""
    return default if isinstance(value, Unset) else value
