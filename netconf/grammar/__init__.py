"""The words users write: field types, units and name rules that the specs of all domains share."""

from __future__ import annotations

import json
from typing import NoReturn

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

_SHOWN = 60


class Strict(BaseModel):
    """Base of every spec: unknown keys are errors, nothing is converted silently, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def reject(code: str, what: str, why: str, fix: str, at: tuple[str | int, ...] = ()) -> NoReturn:
    """Refuse a value from inside a validator: what is wrong, why it can't be, what to write. `at` is
    the place within the value, if it's a part of it that is to be corrected.
    """
    # Braces would be read as placeholders of the message template.
    raise PydanticCustomError(code, "{what}", {"what": what, "why": why, "fix": fix, "at": at})


def shown(value: object) -> str:
    """A value for a message, as people write it and short; lists and mappings by their kind only."""
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f'{text[:_SHOWN]}..."'
