"""Observed endpoints and limits as the document that asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netconf.core.resource import State
from netconf.domains.mptcp.resource import FLAGS, Endpoint, Limits


def capture(observed: State, limits: Limits) -> Mapping[str, Any]:
    """Endpoints of the kernel's own making aren't for a document."""
    found = (observed[key] for key in sorted(observed))
    endpoints = [_entry(one) for one in found if isinstance(one, Endpoint) and not one.foreign]
    numbers = {"subflows": limits.subflows, "add_addr_accepted": limits.add_addr_accepted}
    return {"mptcp": {"endpoints": endpoints, "limits": numbers}}


def _entry(one: Endpoint) -> dict[str, Any]:
    fields = (("port", one.port), ("id", one.number), ("dev", one.link))
    out = {"address": one.address} | {name: value for name, value in fields if value}
    return out | {flag: "on" for flag in one.flags if flag in FLAGS}
