"""What a user may write about address labels."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from netconf.core import ip
from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName

_MAPPED = 96
"""The length of the prefix of IPv4, ::ffff:0:0."""
_LONGEST = 64


def _prefix(value: object) -> str:
    """Canonical text. Of IPv4 the kernel knows the addresses mapped into IPv6, as a whole."""
    parts = ip.split(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    if parts is None or parts[0].family != ip.INET6:
        reject(
            "NC3301",
            f"{shown(value)} is no IPv6 prefix",
            "labels are for IPv6; IPv4 as a whole is ::ffff:0:0/96 there",
            "write a prefix such as 2001:db8::/32",
        )
    address, length = parts
    network = ip.network(address, length)
    if network.value != address.value:
        reject("NC3302", f"{value} has host bits set", "a label is that of a network", f"write {network}")
    if length > _MAPPED and address.value >> 32 == 0xFFFF:
        reject(
            "NC3303",
            f"{value} is a part of IPv4",
            "the kernel has one label for all of it",
            "write ::ffff:0:0/96",
        )
    return str(network)


class Label(Strict):
    """The label of one prefix."""

    prefix: Annotated[str, BeforeValidator(_prefix)] = Field(description="IPv6 network")
    label: Annotated[int, Field(ge=0, le=(1 << 32) - 2)] = Field(
        description="number; a source address with the label of the destination is preferred"
    )
    dev: LinkName | None = Field(None, description="link it holds on; left out = all")


def _distinct(labels: list[Label]) -> list[Label]:
    seen: dict[tuple[str, str | None], int] = {}
    for number, one in enumerate(labels):
        first = seen.setdefault((one.prefix, one.dev), number)
        if first != number:
            reject(
                "NC3304",
                f"address_labels[{first}] and address_labels[{number}] are both of {one.prefix}",
                "a prefix has one label",
                "remove one",
                at=(number,),
            )
    return labels


class Spec(Strict):
    """The part of a document that describes address labels."""

    address_labels: Annotated[list[Label], AfterValidator(_distinct)] | None = Field(
        None, description="all labels but those the kernel begins with; [] = none but these"
    )
