"""Routing tables by number or name. Names are those every host has and those of the document's section
`tables`, which the document's reader passes as validation context.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

from pydantic import ValidationInfo

from netconf.grammar import reject, shown

ALWAYS: Mapping[str, int] = {"main": 254, "local": 255, "default": 253}
"""RT_TABLE_* of linux/rtnetlink.h."""

CONTEXT = "tables"
"""The key of the validation context, and of the section."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
OTHER_WORDS = {"all", "cache", "unspec", "l3mdev"}
"""They mean something else to `ip route` and `ip rule`, or here."""

LAST = (1 << 32) - 1
_FEW = 8


def is_name(text: str) -> bool:
    """Whether a table may be called so."""
    return bool(_NAME.fullmatch(text)) and text not in OTHER_WORDS


def table(value: Any, info: ValidationInfo, unknown: str, wrong: str, also: tuple[str, ...] = ()) -> int:
    """The number of a table; `unknown` and `wrong` are the codes of a refusal, `also` other words that
    may stand in its place.
    """
    if isinstance(value, str):
        names: dict[str, int] = {**ALWAYS, **((info.context or {}).get(CONTEXT) or {})}
        if value not in names:
            _unknown(value, names, unknown)
        return names[value]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LAST:
        reject(
            wrong,
            f"{shown(value)} is not a routing table",
            "tables are numbered 1 to 4294967295",
            f"write {', '.join((*ALWAYS, *also))} or a number",
        )
    return value


def _unknown(value: str, names: Mapping[str, int], code: str) -> NoReturn:
    close = get_close_matches(value.lower(), names, 1)
    number = value.isascii() and value.isdigit()
    listed = ", ".join([*names][:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
    fix = "write its number" + (f", or give it the name: tables: {{{value}: 100}}" if is_name(value) else "")
    fix = f"write {close[0]}" if close else fix
    reject(
        code,
        f"routing table {shown(value)} is not known",
        "a number has no quotes" if number else f"the tables with a name are {listed}",
        "remove the quotes" if number else fix,
    )


def names_in(data: Any) -> dict[str, int]:
    """The names that a document's section gives, of those entries that are right: the section's own
    model refuses the others.
    """
    found = data.get(CONTEXT) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        return {}
    return {
        name: number
        for name, number in found.items()
        if is_name(name)
        and name not in ALWAYS
        and isinstance(number, int)
        and not isinstance(number, bool)
        and 0 < number <= LAST
    }
