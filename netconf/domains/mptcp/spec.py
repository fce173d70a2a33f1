"""What a user may write about MPTCP."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.domains.mptcp.resource import FLAGS, IMPLICIT
from netconf.grammar import Strict, reject
from netconf.grammar.addresses import unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Switch

WORDS = tuple(word for word in FLAGS if word != IMPLICIT)

Limit = Annotated[int, Field(ge=0, le=8)]
"""MPTCP_PM_ADDR_MAX of net/mptcp/protocol.h."""


class Endpoint(Strict):
    """An address that MPTCP may use for more paths of a connection."""

    address: Annotated[str, BeforeValidator(unicast_address)] = Field(description="IP address of this host")
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="port to listen on there; only with signal"
    )
    id: Annotated[int, Field(ge=1, le=255)] | None = Field(
        None, description="number; left out = the lowest that's free"
    )
    dev: LinkName | None = Field(None, description="link that its paths leave by")
    signal: Switch | None = Field(None, description="tell the other side of it, which then may connect to it")
    subflow: Switch | None = Field(None, description="connect from it to the other side")
    backup: Switch | None = Field(None, description="use its paths only when there are no others")
    fullmesh: Switch | None = Field(None, description="connect from it to each address of the other side")

    @property
    def flags(self) -> tuple[str, ...]:
        return tuple(sorted(word for word in WORDS if getattr(self, word) == "on"))

    @model_validator(mode="after")
    def _consistent(self) -> Endpoint:
        flags = self.flags
        if "signal" in flags and "fullmesh" in flags:
            reject(
                "NC3401",
                f"signal and fullmesh for {self.address}",
                "the kernel has one of them for an address",
                "remove one",
            )
        if "fullmesh" in flags and "subflow" not in flags:
            reject(
                "NC3402",
                f"fullmesh without subflow for {self.address}",
                "it's about the connections made from there",
                "add subflow: on",
            )
        if self.port is not None and "signal" not in flags:
            reject(
                "NC3403",
                f"port {self.port} for {self.address} without signal",
                "nobody would connect to a port that nobody is told of",
                "add signal: on, or remove port",
            )
        return self


def _distinct(endpoints: list[Endpoint]) -> list[Endpoint]:
    places: dict[tuple[str, int | None], int] = {}
    numbers: dict[int, int] = {}
    for number, one in enumerate(endpoints):
        first = places.setdefault((one.address, one.port), number)
        if first != number:
            _twice(first, number, f"both {one.address}")
        first = numbers.setdefault(one.id, number) if one.id is not None else number
        if first != number:
            _twice(first, number, f"both number {one.id}")
    return endpoints


def _twice(first: int, number: int, what: str) -> None:
    reject(
        "NC3404",
        f"endpoints[{first}] and endpoints[{number}] are {what}",
        "the kernel has an address and a number once",
        "correct or remove one",
        at=(number,),
    )


class Limits(Strict):
    """What holds for each connection."""

    subflows: Limit | None = Field(None, description="how many paths a connection may have besides its first")
    add_addr_accepted: Limit | None = Field(
        None, description="to how many of the addresses that the other side tells of to connect"
    )


class Mptcp(Strict):
    """The kernel's path manager of MPTCP."""

    endpoints: Annotated[list[Endpoint], AfterValidator(_distinct)] | None = Field(
        None, description="all addresses it may use; [] = none"
    )
    limits: Limits | None = Field(None, description="how many paths it may use")


class Spec(Strict):
    """The part of a document that describes MPTCP."""

    mptcp: Mptcp | None = Field(None, description="addresses and limits of the kernel's path manager")
