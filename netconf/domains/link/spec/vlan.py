"""Options of a VLAN."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName
from netconf.grammar.values import Switch

_MAPPING = re.compile(r"(0|[1-9]\d{0,9}):(0|[1-9]\d{0,9})")


def _mapped(entries: list[str], most_from: int, most_to: int) -> list[str]:
    found: dict[int, int] = {}
    for entry in entries:
        match = _MAPPING.fullmatch(entry)
        first, second = map(int, match.groups()) if match else (-1, -1)
        if not (0 <= first <= most_from and 1 <= second <= most_to):
            reject(
                "NC2039",
                f"{shown(entry)} is not a mapping of priorities",
                f"it's FROM:TO, from 0 to {most_from} to 1 to {most_to}; what isn't mapped goes to 0",
                'write one such as "3:5"',
            )
        if first in found:
            reject("NC2040", f"priority {first} is mapped twice", "it goes to one other", "remove one")
        found[first] = second
    return [f"{first}:{second}" for first, second in sorted(found.items())]


def _ingress(entries: list[str]) -> list[str]:
    return _mapped(entries, 7, 0xFFFFFFFF)


def _egress(entries: list[str]) -> list[str]:
    return _mapped(entries, 0xFFFFFFFF, 7)


class Vlan(Strict):
    """A VLAN on a parent link."""

    parent: LinkName = Field(description="the link that carries the tagged frames")
    id: int = Field(ge=1, le=4094, description="VLAN id")
    protocol: Literal["802.1q", "802.1ad"] = Field("802.1q", description="tag protocol")
    reorder_hdr: Switch | None = Field(None, description="show frames without their tag")
    gvrp: Switch | None = Field(None, description="announce the VLAN by GVRP")
    mvrp: Switch | None = Field(None, description="announce the VLAN by MVRP")
    loose_binding: Switch | None = Field(None, description="don't follow the parent's up and down")
    bridge_binding: Switch | None = Field(None, description="follow the bridge ports of this VLAN")
    ingress_qos_map: Annotated[list[str], AfterValidator(_ingress)] | None = Field(
        None, description="FROM:TO, priorities of tags to those of packets; all of them"
    )
    egress_qos_map: Annotated[list[str], AfterValidator(_egress)] | None = Field(
        None, description="FROM:TO, priorities of packets to those of tags; all of them"
    )
