"""What a user may write about the addresses of a link."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from netconf.core.duration import milliseconds
from netconf.grammar import Strict, reject
from netconf.grammar.addresses import host_address, interface_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration

Lifetime = Literal["forever"] | Duration


class Address(Strict):
    """One address; a plain `192.0.2.1/24` is short for `{address: 192.0.2.1/24}`."""

    address: Annotated[str, BeforeValidator(interface_address)] = Field(
        description="address with prefix length"
    )
    peer: Annotated[str, BeforeValidator(host_address)] | None = Field(
        None, description="far end of a point-to-point address; the prefix length is the peer's"
    )
    broadcast: Annotated[str, BeforeValidator(host_address)] | None = Field(
        None, description="IPv4 broadcast address"
    )
    label: Annotated[str, Field(min_length=1, max_length=15)] | None = Field(
        None, description="IPv4 label, the link's name with a suffix: eth0:web"
    )
    scope: Literal["global", "site", "link", "host"] | None = Field(None, description="IPv4 scope")
    metric: Annotated[int, Field(ge=0, lt=1 << 32)] | None = Field(
        None, description="metric of the prefix route"
    )
    valid_lifetime: Lifetime | None = Field(None, description="how long it stays; forever or a time")
    preferred_lifetime: Lifetime | None = Field(
        None, description="how long new connections use it; 0s makes it deprecated"
    )
    flags: list[Literal["nodad", "home", "mngtmpaddr", "noprefixroute", "autojoin", "optimistic"]] | None = (
        Field(None, description="flags; all but noprefixroute and autojoin are IPv6's")
    )

    @model_validator(mode="after")
    def _fits(self) -> Address:
        v6 = ":" in self.address
        for name in ("broadcast", "label", "scope"):
            if v6 and getattr(self, name) is not None:
                reject("NC2205", f"{name} is for IPv4 only", f"{self.address} is IPv6", f"remove {name}")
        extra = sorted(set(self.flags or ()) - {"noprefixroute", "autojoin"})
        if not v6 and extra:
            reject("NC2206", f"flag {extra[0]} is for IPv6 only", f"{self.address} is IPv4", "remove it")
        for name, other in (("peer", self.peer), ("broadcast", self.broadcast)):
            if other is not None and (":" in other) != v6:
                reject(
                    "NC2207",
                    f"{name} {other} is of the other address family",
                    f"the address is {self.address}",
                    "correct one",
                )
        if _seconds(self.preferred_lifetime) > _seconds(self.valid_lifetime):
            reject(
                "NC2208",
                "preferred_lifetime is longer than valid_lifetime",
                "the kernel refuses that",
                "shorten it",
            )
        return self


def _seconds(lifetime: str | None) -> float:
    return float("inf") if lifetime in (None, "forever") else milliseconds(str(lifetime)) / 1000


def _shorthand(value: Any) -> Any:
    return {"address": value} if isinstance(value, str) else value


AddressEntry = Annotated[
    Address,
    BeforeValidator(_shorthand),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Address"}]}),
]


def _distinct(entries: list[Address]) -> list[Address]:
    seen: set[str] = set()
    for entry in entries:
        key = f"{entry.address} {entry.peer}"
        if key in seen:
            reject(
                "NC2209", f"{entry.address} is listed twice", "an address exists once on a link", "remove one"
            )
        seen.add(key)
    v6 = [entry.address.partition("/")[0] for entry in entries if ":" in entry.address]
    for text in v6:
        if v6.count(text) > 1:
            reject(
                "NC2210",
                f"{text} is listed with two prefix lengths",
                "IPv6 has an address once on a link",
                "remove one",
            )
    return entries


class InterfaceAddresses(Strict):
    """The addresses of one link."""

    addresses: Annotated[list[AddressEntry], AfterValidator(_distinct)] | None = Field(
        None, description="all permanent addresses of the link; [] = none"
    )


class Spec(Strict):
    """The part of a document that describes addresses."""

    interfaces: dict[LinkName, InterfaceAddresses] = Field(default_factory=dict)
