"""Observed virtual functions as the document that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netconf.domains.sriov.resource import UNKNOWN, Vf, Vfs


def capture(found: Iterable[Vfs | Vf]) -> Mapping[str, Any]:
    """Of NICs that have some; what a driver doesn't tell can't be asked for."""
    interfaces: dict[str, Any] = {}
    for one in found:
        if isinstance(one, Vfs) and one.count:
            interfaces[one.link] = {"sriov": {"vfs": one.count, "vf": {}}}
        elif isinstance(one, Vf):
            interfaces[one.link]["sriov"]["vf"][str(one.number)] = _entry(one)
    return {"interfaces": interfaces} if interfaces else {}


def _entry(vf: Vf) -> dict[str, Any]:
    fields = [
        ("mac", vf.mac, not vf.mac),
        ("vlan", vf.vlan, False),
        ("qos", vf.qos, not vf.vlan),
        ("vlan_protocol", vf.vlan_protocol, not vf.vlan),
        ("min_tx_rate", _rate(vf.rates[0]), False),
        ("max_tx_rate", _rate(vf.rates[1]), False),
        *((name, getattr(vf, name), False) for name in ("spoofcheck", "trust", "link_state")),
    ]
    return {name: value for name, value, left_out in fields if not left_out and value != UNKNOWN}


def _rate(mbit: int) -> str:
    return f"{mbit}mbit" if mbit else "none"
