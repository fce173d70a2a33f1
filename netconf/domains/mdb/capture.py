"""Observed memberships as the document that asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from netconf.core.overlay import given
from netconf.core.resource import State
from netconf.domains.mdb.resource import STATIC, Membership


def capture(observed: State) -> Mapping[str, Any]:
    """The groups by port; one without any isn't mentioned."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key in sorted(observed):
        one = observed[key]
        if isinstance(one, Membership):
            fields = (
                ("source", one.source),
                ("vlan", one.vlan),
                ("filter_mode", ("include" if one.include else "exclude") if one.sources else ""),
                ("source_list", list(one.sources)),
                ("protocol", 0 if one.protocol == STATIC else given(one.protocol, 0)),
            )
            extra = {name: value for name, value in fields if value}
            found[one.link].append({"group": one.group} | extra)
    return {"interfaces": {name: {"mdb": entries} for name, entries in found.items()}} if found else {}
