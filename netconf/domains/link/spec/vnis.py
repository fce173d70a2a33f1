"""The VNIs of a vxlan that filters them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from netconf.domains.link.spec.numbers import bounds, span
from netconf.grammar import Strict, reject
from netconf.grammar.addresses import host_address

MOST = (1 << 24) - 1


def _numbers(value: Any) -> str:
    return span(value, MOST, "NC2080", "a VNI")


class VniEntry(Strict):
    """A VNI, or a range of them."""

    vni: Annotated[str, BeforeValidator(_numbers, json_schema_input_type=int | str)] = Field(
        description="VXLAN network identifier, or LOW-HIGH"
    )
    remote: Annotated[str, BeforeValidator(host_address)] | None = Field(
        None, description="unicast peer or multicast group for unknown destinations; left out = the link's"
    )

    @property
    def bounds(self) -> tuple[int, int]:
        return bounds(self.vni)


def _shorthand(value: Any) -> Any:
    return {"vni": value} if isinstance(value, int | str) else value


Entry = Annotated[VniEntry, BeforeValidator(_shorthand, json_schema_input_type=int | str | VniEntry)]


def _distinct(entries: list[VniEntry]) -> list[VniEntry]:
    last = 0
    for entry in sorted(entries, key=lambda one: one.bounds):
        first, end = entry.bounds
        if first <= last:
            reject("NC2081", f"VNI {first} is listed twice", "a vxlan has it once", "remove one")
        last = end
    return entries


Vnis = Annotated[list[Entry], AfterValidator(_distinct)]
