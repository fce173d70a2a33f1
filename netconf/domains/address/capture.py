"""Observed addresses as the document that asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from netconf.core import ids
from netconf.core.overlay import UNSET
from netconf.core.resource import State
from netconf.domains.address.resource import Address


def capture(observed: State) -> Mapping[str, Any]:
    """The permanent addresses, in the kernel's order; a link without any gets an empty list."""
    found: dict[str, list[Address]] = defaultdict(list)
    for resource in observed.values():
        if isinstance(resource, Address) and not resource.foreign:
            found[resource.link].append(resource)
    links = sorted(key.name[0] for key in observed if key.kind == ids.LINK)
    return {"interfaces": {name: {"addresses": [_entry(a) for a in found[name]]} for name in links}}


def _entry(address: Address) -> Any:
    plain = f"{address.ip}/{address.length}"
    defaults = {
        "peer": "",
        "label": address.link,
        "scope": "host" if address.ip.startswith("127.") else "global",
        "broadcast": "",
        "metric": 0,
        "flags": (),
    }
    extra = {
        name: list(value) if isinstance(value, tuple) else value
        for name, default in defaults.items()
        if (value := getattr(address, name)) not in (default, UNSET)
    }
    return {"address": plain, **extra} if extra else plain
