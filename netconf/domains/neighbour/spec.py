"""What a user may write about neighbours."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.grammar import Strict, reject
from netconf.grammar.addresses import unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Mac, Switch


class Neighbour(Strict):
    """One neighbour: an address on a link, and whose it is."""

    dev: LinkName = Field(description="link the neighbour is on")
    address: Annotated[str, BeforeValidator(unicast_address)] = Field(description="its IP address")
    lladdr: Mac | None = Field(None, description="its MAC address, which nobody is asked for any more")
    proxy: Switch | None = Field(None, description="this host answers for the address on the link")
    router: Switch | None = Field(None, description="it's a router (IPv6)")

    @model_validator(mode="after")
    def _consistent(self) -> Neighbour:
        if (self.lladdr is not None) == (self.proxy == "on"):
            reject(
                "NC2601",
                f"neighbour {self.address} needs one of lladdr and proxy: on",
                "either its MAC address is told, or this host answers for it",
                "remove one" if self.lladdr else "add lladdr:",
            )
        if self.router == "on" and (":" not in self.address or self.lladdr is None):
            reject(
                "NC2602",
                f"router: on for {self.address}",
                "only IPv6 neighbours with an lladdr say whether they are routers",
                "remove router",
            )
        return self


def _distinct(neighbours: list[Neighbour]) -> list[Neighbour]:
    seen: dict[tuple[object, ...], int] = {}
    for number, one in enumerate(neighbours):
        first = seen.setdefault((one.dev, one.address, one.proxy == "on"), number)
        if first != number:
            reject(
                "NC2603",
                f"neighbours[{first}] and neighbours[{number}] are both {one.address} on {one.dev}",
                "an address belongs to one neighbour",
                "remove one",
            )
    return neighbours


class Spec(Strict):
    """The part of a document that describes neighbours."""

    neighbours: Annotated[list[Neighbour], AfterValidator(_distinct)] | None = Field(
        None, description="all neighbours of netconf's protocol; [] = none but those of others"
    )
