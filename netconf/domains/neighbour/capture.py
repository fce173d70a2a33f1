"""Observed neighbours as the document that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netconf.domains.neighbour.resource import Neighbour


def capture(found: Iterable[Neighbour]) -> Mapping[str, Any]:
    """The neighbours a document may take over: those made by hand and by netconf. Hardware addresses
    other than MAC addresses (of tunnels) can't be written in a document.
    """
    entries = sorted(found, key=lambda one: one.id)
    return {"neighbours": [_entry(one) for one in entries if one.proxy or len(one.hardware) == 17]}


def _entry(one: Neighbour) -> dict[str, Any]:
    out: dict[str, Any] = {"dev": one.link, "address": one.ip}
    if one.proxy:
        out["proxy"] = "on"
    else:
        out["lladdr"] = one.hardware
    if one.router:
        out["router"] = "on"
    return out
