"""What a user may write about what a route puts around packets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from netconf.core import ip
from netconf.grammar import Strict, reject, shown, tables
from netconf.grammar.addresses import host_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Switch

Byte = Annotated[int, Field(ge=0, le=255)]
Label = Annotated[int, Field(ge=0, le=(1 << 20) - 1)]
Id = Annotated[int, Field(ge=0, le=(1 << 64) - 1)]


def _of_family(family: int) -> BeforeValidator:
    def check(value: Any) -> str:
        text = host_address(value)
        found = ip.parse(text)
        if found is not None and found.family != family:
            version = 4 if family == ip.INET else 6
            reject(
                "NC2340",
                f"{shown(text)} is not an IPv{version} address",
                f"packets go on as IPv{version}",
                "write another address, or encap of the other version",
            )
        return text

    return BeforeValidator(check)


Ipv4 = Annotated[str, _of_family(ip.INET)]
Ipv6 = Annotated[str, _of_family(ip.INET6)]


class Mpls(Strict):
    """A stack of MPLS labels."""

    labels: Annotated[list[Label], Field(min_length=1, max_length=30)] = Field(description="outermost first")
    ttl: Annotated[int, Field(ge=1, le=255)] | None = Field(
        None, description="TTL of the labels; left out = that of the packet, or net.mpls.default_ttl"
    )

    @model_validator(mode="after")
    def _not_implicit_null(self) -> Mpls:
        if 3 in self.labels:
            reject("NC2341", "label 3 can't be sent", "it stands for none (RFC 3032)", "remove it")
        return self


class Ip(Strict):
    """An IPv4 header, by a tunnel that is external."""

    id: Id = Field(0, description="key or ID of the tunnel")
    dst: Ipv4 = Field(description="the other end")
    src: Ipv4 | None = Field(None, description="source address")
    ttl: Byte = Field(0, description="TTL; 0 = the tunnel's")
    tos: Byte = Field(0, description="type of service")


class Ip6(Strict):
    """An IPv6 header, by a tunnel that is external."""

    id: Id = Field(0, description="key or ID of the tunnel")
    dst: Ipv6 = Field(description="the other end")
    src: Ipv6 | None = Field(None, description="source address")
    hoplimit: Byte = Field(0, description="hop limit; 0 = the tunnel's")
    tc: Byte = Field(0, description="traffic class")


class Seg6(Strict):
    """An IPv6 segment routing header (RFC 8754)."""

    mode: Literal["encap", "inline"] = Field(
        "encap", description="in a header of its own, or in that of the packet (IPv6)"
    )
    segments: Annotated[list[Ipv6], Field(min_length=1, max_length=16)] = Field(
        description="addresses the packets pass, the first one first"
    )


def _table(value: Any, info: ValidationInfo) -> int:
    return tables.table(value, info, "NC2310", "NC2311")


Table = Annotated[int, BeforeValidator(_table), WithJsonSchema({"type": ["integer", "string"]})]

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "End": (),
    "End.X": ("nh6",),
    "End.T": ("table",),
    "End.DX2": ("oif",),
    "End.DX4": ("nh4",),
    "End.DX6": ("nh6",),
    "End.DT4": ("vrftable",),
    "End.DT6": ("table", "vrftable"),
    "End.DT46": ("vrftable",),
    "End.B6": ("segments",),
    "End.B6.Encaps": ("segments",),
}
"""One of these goes with each (seg6_action_table of net/ipv6/seg6_local.c)."""


class Seg6local(Strict):
    """What this host does as an endpoint of segment routing (RFC 8986)."""

    action: Literal[
        "End", "End.X", "End.T", "End.DX2", "End.DX4", "End.DX6", "End.DT4", "End.DT6", "End.DT46", "End.B6",
        "End.B6.Encaps",
    ] = Field(description="what is done with packets to the route's destination")  # fmt: skip
    nh4: Ipv4 | None = Field(None, description="next hop of the IPv4 packet inside, for End.DX4")
    nh6: Ipv6 | None = Field(None, description="next hop, for End.X; that of the packet inside, for End.DX6")
    table: Table | None = Field(None, description="routing table to look into, for End.T and End.DT6")
    vrftable: Table | None = Field(
        None,
        description="table of the VRF that the packet inside goes on in, for End.DT4, End.DT6 and End.DT46",
    )
    oif: LinkName | None = Field(None, description="link for the Ethernet frame inside, for End.DX2")
    segments: Annotated[list[Ipv6], Field(min_length=1, max_length=16)] | None = Field(
        None, description="addresses the packets pass next, the first one first, for End.B6 and End.B6.Encaps"
    )
    count: Switch = Field("off", description="count packets, bytes and errors")

    @model_validator(mode="after")
    def _fits_action(self) -> Seg6local:
        said = [name for name in PARTS if getattr(self, name) is not None]
        fitting = ACTIONS[self.action]
        extra = [name for name in said if name not in fitting]
        if extra:
            reject(
                "NC2350",
                f"{extra[0]} with action: {self.action}",
                "the kernel would drop it",
                f"remove {extra[0]}, or write another action",
            )
        if fitting and len(said) != 1:
            what = " and ".join(said) if said else f"no {' or '.join(fitting)}"
            reject(
                "NC2351",
                f"action: {self.action} with {what}",
                "it says where packets go next"
                if fitting != ("segments",)
                else "it says what they pass next",
                "remove one" if said else f"add {' or '.join(fitting)}",
            )
        return self


PARTS = ("nh4", "nh6", "table", "vrftable", "oif", "segments")


class Encap(Strict):
    """What is put around packets: one of these."""

    mpls: Mpls | None = Field(None, description="labels")
    ip: Ip | None = Field(None, description="an IPv4 header")
    ip6: Ip6 | None = Field(None, description="an IPv6 header")
    seg6: Seg6 | None = Field(None, description="a list of segments")
    seg6local: Seg6local | None = Field(None, description="or what is done with packets as an endpoint")

    @model_validator(mode="after")
    def _one(self) -> Encap:
        if len(self.model_fields_set) != 1:
            given = ", ".join(sorted(self.model_fields_set)) or "nothing"
            reject(
                "NC2342",
                f"encap with {given}",
                "a route puts packets into one thing",
                "write one of mpls, ip, ip6, seg6, seg6local",
            )
        return self
