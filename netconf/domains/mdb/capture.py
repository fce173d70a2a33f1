"""Observed memberships as the document that asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from netconf.core.resource import State
from netconf.domains.mdb.resource import Membership


def capture(observed: State) -> Mapping[str, Any]:
    """The groups by port; one without any isn't mentioned. Filters can't be written in a document."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key in sorted(observed):
        one = observed[key]
        if isinstance(one, Membership) and not one.foreign:
            fields = (("source", one.source), ("vlan", one.vlan))
            extra = {name: value for name, value in fields if value}
            found[one.link].append({"group": one.group} | extra)
    return {"interfaces": {name: {"mdb": entries} for name, entries in found.items()}} if found else {}
