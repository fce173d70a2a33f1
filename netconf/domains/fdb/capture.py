"""Observed entries as the document that asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from netconf.core.resource import State
from netconf.domains.fdb.resource import Entry


def capture(observed: State) -> Mapping[str, Any]:
    """The entries by link; a link without any isn't mentioned."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for key in sorted(observed):
        resource = observed[key]
        if isinstance(resource, Entry):
            found[resource.link].append(resource)
    if not found:
        return {}
    return {"interfaces": {name: {"fdb": [_entry(one) for one in found[name]]} for name in found}}


def _entry(one: Entry) -> dict[str, Any]:
    usual = one.bridge == one.link
    state = "permanent" if one.permanent else "static"
    fields = (
        ("vlan", one.vlan),
        ("state", "" if one.tunnel or bool(one.permanent) == usual else state),
        ("sticky", "on" if one.sticky else ""),
        ("dst", one.dst),
        ("port", one.port),
        ("vni", one.vni),
        ("via", one.via),
        ("src_vni", one.src_vni),
        ("nhid", one.nhid),
    )
    return {"lladdr": one.lladdr} | {name: value for name, value in fields if value}
