"""The short way for a firewall that nobody has touched since it was verified.

What is kept is the table in the kernel's words, what it was made of, and the generation of rules at
which it was seen to be so. As long as the kernel's generation is that one, nothing has changed,
and neither a throw-away namespace nor a listing is needed to know it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from netconf.domains.firewall.resource import Table
from netconf.system.ports import System

UNSEEN = "flowtable "
"""A flowtable loses a device that goes without a new generation."""


def keep(table: Table, found: Table | None, generation: int, system: System) -> None:
    """After a look that saw what was wanted, at this generation before it."""
    if found != table or generation < 0 or generation != system.nft.generation():
        return
    if any(text.startswith(UNSEEN) for text in table.objects):
        return
    kept = {
        "generation": generation,
        "source": _digest(table.source),
        "objects": table.objects,
        "elements": table.elements,
        "rules": table.rules,
    }
    system.memory.keep(_name(table.family, table.name), json.dumps(kept).encode())


def wanted(table: Table, system: System) -> Table | None:
    """The table in the kernel's words, if it's the one that was kept and is still there."""
    kept = _recall(table.family, table.name, system)
    if kept is None or kept["source"] != _digest(table.source):
        return None
    system.memory.trust(_name(table.family, table.name))
    return _filled(table, kept)


def seen(family: str, name: str, system: System) -> Table | None:
    """The live table without looking, if that's the one that was asked for in this run."""
    if not system.memory.trusted(_name(family, name)):
        return None
    kept = _recall(family, name, system)
    return None if kept is None else _filled(Table(family, name), kept)


def _recall(family: str, name: str, system: System) -> dict[str, Any] | None:
    raw = system.memory.recall(_name(family, name))
    if raw is None:
        return None
    kept: dict[str, Any] = json.loads(raw)
    return kept if kept["generation"] == system.nft.generation() else None


def _filled(table: Table, kept: dict[str, Any]) -> Table:
    return replace(
        table,
        objects=tuple(kept["objects"]),
        elements=tuple((name, tuple(members)) for name, members in kept["elements"]),
        rules=tuple((chain, text) for chain, text in kept["rules"]),
        origins=(),
    )


def _name(family: str, name: str) -> str:
    return f"firewall-{family}-{name}"


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode(errors="surrogateescape")).hexdigest()
