"""Observed nexthop objects as the document that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netconf.domains.nexthop.resource import Nexthop


def capture(found: Iterable[Nexthop]) -> Mapping[str, Any]:
    """The nexthops a document may take over: those made by hand and by netconf. An encapsulation can't
    be written in a document.
    """
    entries = sorted(found, key=lambda one: one.id)
    return {"nexthops": {str(one.number): _entry(one) for one in entries if not one.encap}}


def _entry(one: Nexthop) -> dict[str, Any]:
    fields = (
        ("via", one.via),
        ("dev", one.dev),
        ("onlink", "on" if one.onlink else ""),
        ("blackhole", "on" if one.blackhole else ""),
        ("family", one.family if not one.via and one.family == "ipv6" else ""),
        ("group", {str(member.number): member.weight for member in one.members}),
        ("fdb", "on" if one.fdb else ""),
        ("buckets", one.buckets),
        ("idle_timer", one.idle_timer),
        ("unbalanced_timer", one.unbalanced_timer),
    )
    return {name: value for name, value in fields if value}
