"""What a user may write about what a route puts around packets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import host_address

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
                f"the packets are put into IPv{version}",
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


class Encap(Strict):
    """What is put around packets: one of these."""

    mpls: Mpls | None = Field(None, description="labels")
    ip: Ip | None = Field(None, description="an IPv4 header")
    ip6: Ip6 | None = Field(None, description="an IPv6 header")
    seg6: Seg6 | None = Field(None, description="a list of segments")

    @model_validator(mode="after")
    def _one(self) -> Encap:
        if len(self.model_fields_set) != 1:
            given = ", ".join(sorted(self.model_fields_set)) or "nothing"
            reject(
                "NC2342",
                f"encap with {given}",
                "a route puts packets into one thing",
                "write one of mpls, ip, ip6, seg6",
            )
        return self
