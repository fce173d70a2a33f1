"""The VLANs of a bridge and of its ports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.domains.link.spec.numbers import bounds, span
from netconf.grammar import Strict, reject
from netconf.grammar.values import Switch

MOST = 4094


def _numbers(value: Any) -> str:
    return span(value, MOST, "NC2050", "a VLAN id")


class VlanEntry(Strict):
    """A VLAN, or a range of them."""

    id: Annotated[str, BeforeValidator(_numbers, json_schema_input_type=int | str)] = Field(
        description="VLAN id, or LOW-HIGH"
    )
    pvid: Switch | None = Field(None, description="received frames without a tag belong to it")
    untagged: Switch | None = Field(None, description="its frames leave without a tag")
    tunnel_id: int | None = Field(
        None,
        ge=1,
        le=(1 << 24) - 1,
        description="of a port with vlan_tunnel: on, the tunnel's id; of a range the first one's",
    )

    @property
    def bounds(self) -> tuple[int, int]:
        return bounds(self.id)

    @model_validator(mode="after")
    def _one_pvid(self) -> VlanEntry:
        first, last = self.bounds
        if self.pvid == "on" and first != last:
            reject("NC2051", f"pvid: on for {self.id}", "frames belong to one VLAN", "write one id")
        return self


def _shorthand(value: Any) -> Any:
    return {"id": value} if isinstance(value, int | str) else value


Entry = Annotated[VlanEntry, BeforeValidator(_shorthand, json_schema_input_type=int | str | VlanEntry)]


def _distinct(entries: list[VlanEntry]) -> list[VlanEntry]:
    seen: set[int] = set()
    for entry in entries:
        first, last = entry.bounds
        mine = set(range(first, last + 1))
        if mine & seen:
            reject("NC2052", f"VLAN {min(mine & seen)} is listed twice", "a port has it once", "remove one")
        seen |= mine
    pvids = [entry.id for entry in entries if entry.pvid == "on"]
    if len(pvids) > 1:
        reject(
            "NC2051",
            f"pvid: on for {pvids[0]} and {pvids[1]}",
            "frames without a tag belong to one VLAN",
            "remove one",
        )
    return entries


PortVlans = Annotated[list[Entry], AfterValidator(_distinct)]


def _without_tunnels(entries: list[VlanEntry]) -> list[VlanEntry]:
    for entry in entries:
        if entry.tunnel_id is not None:
            reject(
                "NC2053",
                f"tunnel_id for {entry.id} of the bridge itself",
                "only ports have it",
                "remove tunnel_id",
            )
    return entries


OwnVlans = Annotated[PortVlans, AfterValidator(_without_tunnels)]
