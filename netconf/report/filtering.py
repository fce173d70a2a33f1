"""The state of a packet filter as tables and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from netconf.core.filtering import FilterState, SetContents
from netconf.report.style import Style, safe

LISTED = 20
"""Bans of a set in the text; JSON has all."""

GENERATED = "netconf: "


def text(state: FilterState, style: Style) -> str:
    return "\n".join(_lines(state, style))


def _lines(state: FilterState, style: Style) -> Iterator[str]:
    if not state.there:
        yield f"there is no table {safe(state.table)}"
        return
    if state.backend == "iptables":
        yield f"chains {safe(state.table)}-* of iptables and ip6tables"
    else:
        yield f"table {safe(state.table)}"
    rows = [("HOOK", "RULE", "PACKETS", "BYTES")]
    rows += [
        (rule.where, rule.name.removeprefix(GENERATED), str(rule.packets), str(rule.octets))
        for rule in state.rules
    ]
    yield from _table(rows, style)
    if state.sets:
        yield ""
        yield from _table([("SET", "MEMBERS"), *((s.name, str(s.members)) for s in state.sets)], style)
    for found in state.sets:
        yield from _bans(found)


def _bans(found: SetContents) -> Iterator[str]:
    for ban in found.bans[:LISTED]:
        left = f", {ban.left} left" if ban.left else ""
        yield safe(f"{found.name}: {ban.address}{left}")
    if len(found.bans) > LISTED:
        yield f"{safe(found.name)}: and {len(found.bans) - LISTED} more"


def _table(rows: Sequence[tuple[str, ...]], style: Style) -> Iterator[str]:
    """Columns as wide as they must be, under bold heads."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield safe(line) if number else style.paint(line, "bold")


def json_object(state: FilterState) -> dict[str, Any]:
    return {
        "table": state.table,
        "there": state.there,
        "backend": state.backend,
        "rules": [
            {"hook": rule.where, "name": rule.name, "packets": rule.packets, "bytes": rule.octets}
            for rule in state.rules
        ],
        "sets": [
            {
                "name": found.name,
                "members": found.members,
                "bans": [{"address": ban.address, "left": ban.left or None} for ban in found.bans],
            }
            for found in state.sets
        ],
    }
