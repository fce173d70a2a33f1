"""What a user may write about multicast databases."""

from __future__ import annotations

import re
from typing import Annotated, Literal

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


MOST_SENDERS = 32
"""PG_SRC_ENT_LIMIT of net/bridge/br_private.h."""
_EXAMPLE = "write a group such as 239.1.1.1 or ff0e::1"
_ALL_NODES = 0xFF02 << 112 | 1


def _senders(entries: list[str]) -> list[str]:
    for number, one in enumerate(entries):
        if one in entries[:number]:
            reject(
                "NC3205", f"{one} is listed twice", "a sender is in the list once", "remove one", at=(number,)
            )
    return entries


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
    filter_mode: Literal["include", "exclude"] | None = Field(
        None, description="the senders of source_list alone, or all but them; left out = all"
    )
    source_list: (
        Annotated[
            list[Annotated[str, BeforeValidator(unicast_address)]],
            Field(min_length=1, max_length=MOST_SENDERS),
            AfterValidator(_senders),
        ]
        | None
    ) = Field(None, description="IP addresses of senders, with filter_mode")
    protocol: Annotated[int, Field(ge=4, le=255)] | None = Field(
        None, description="number of rt_protos that the entry carries; a new one has 4, static"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Membership:
        for sender in ([] if self.source is None else [self.source]) + (self.source_list or []):
            if _MAC.fullmatch(self.group) or (":" in self.group) != (":" in sender):
                where = "source" if sender == self.source else "source_list"
                reject(
                    "NC3203",
                    f"{sender} sends nothing to {self.group}",
                    f"{where} and group are addresses of one family",
                    f"correct {where}, or remove it",
                )
        if self.source is not None and (self.filter_mode or self.source_list):
            reject(
                "NC3206",
                f"source with {'filter_mode' if self.filter_mode else 'source_list'}",
                "an entry of one sender has no filter",
                "remove source, or filter_mode and source_list",
            )
        if (self.filter_mode is None) != (self.source_list is None):
            reject(
                "NC3207",
                "source_list without filter_mode"
                if self.filter_mode is None
                else f"filter_mode: {self.filter_mode} without source_list",
                "it isn't said which senders are meant, or what is done with them",
                "write both, or none for all senders",
            )
        return self


def _distinct(entries: list[Membership]) -> list[Membership]:
    seen: dict[tuple[object, ...], int] = {}
    listed = {(one.group, sender, one.vlan) for one in entries for sender in one.source_list or ()}
    for number, one in enumerate(entries):
        if (one.group, one.source, one.vlan) in listed:
            reject(
                "NC3208",
                f"{one.source} is in a source_list of {one.group}, too",
                "the kernel makes an entry of its own for each sender of a list",
                "remove this entry, or the sender from the list",
                at=(number,),
            )
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
