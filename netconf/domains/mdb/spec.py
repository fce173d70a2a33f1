"""What a user may write about multicast databases."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import host_address, is_multicast, unicast_address
from netconf.grammar.names import LinkName

_MAC = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}")


def _group(value: object) -> str:
    """A multicast address of IP, or of Ethernet; canonical text."""
    text = value.lower() if isinstance(value, str) else ""
    if _MAC.fullmatch(text):
        if not int(text[:2], 16) & 1 or text.startswith("ff"):
            reject("NC3201", f"{value} is no multicast address", "one station has it, or all", _EXAMPLE)
        return text.replace("-", ":")
    address = ip.parse(host_address(value))
    if address is None or not is_multicast(address):
        reject("NC3201", f"{shown(value)} is no multicast address", "it's that of a host", _EXAMPLE)
    local = address.value >> 8 == 0xE00000 if address.family == ip.INET else address.value == _ALL_NODES
    if local:
        reject(
            "NC3202",
            f"{address} goes to all ports anyway",
            "every host of a network is in it, so bridges keep no ports for it",
            "remove it",
        )
    return str(address)


_EXAMPLE = "write a group such as 239.1.1.1 or ff0e::1"
_ALL_NODES = 0xFF02 << 112 | 1


class Membership(Strict):
    """One group that a port is in."""

    group: Annotated[str, BeforeValidator(_group)] = Field(
        description="multicast address: of IPv4, IPv6, or a MAC address"
    )
    source: Annotated[str, BeforeValidator(unicast_address)] | None = Field(
        None, description="IP address of the one sender; left out = all senders"
    )
    vlan: Annotated[int, Field(ge=1, le=4094)] | None = Field(
        None, description="VLAN; needed where the bridge filters VLANs"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Membership:
        if self.source is None:
            return self
        if _MAC.fullmatch(self.group) or (":" in self.group) != (":" in self.source):
            reject(
                "NC3203",
                f"{self.source} sends nothing to {self.group}",
                "source and group are addresses of one family",
                "correct source, or remove it",
            )
        return self


def _distinct(entries: list[Membership]) -> list[Membership]:
    seen: dict[tuple[object, ...], int] = {}
    for number, one in enumerate(entries):
        first = seen.setdefault((one.group, one.source, one.vlan), number)
        if first != number:
            reject(
                "NC3204",
                f"mdb[{first}] and mdb[{number}] are both {one.group}",
                "a port is in a group once",
                "remove one",
                at=(number,),
            )
    return entries


class InterfaceMdb(Strict):
    """The groups of one port."""

    mdb: Annotated[list[Membership], AfterValidator(_distinct)] | None = Field(
        None, description="all groups the port of a bridge is in for good; [] = none but those it has joined"
    )


class Spec(Strict):
    """The part of a document that describes multicast databases."""

    interfaces: dict[LinkName, InterfaceMdb] = Field(default_factory=dict)
