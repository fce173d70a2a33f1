"""Writes to neighbours and the `ip neigh` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core.overlay import given
from netconf.domains.neighbour.resource import NETCONF_PROTOCOL, Neighbour


@dataclass(frozen=True, slots=True)
class WriteNeighbour:
    """In place of what may be known of this neighbour."""

    neighbour: Neighbour

    def describe(self) -> str:
        return f"write neighbour {_name(self.neighbour)}"

    def commands(self) -> tuple[str, ...]:
        one = self.neighbour
        words = ["proxy", one.ip] if one.proxy else [one.ip, "lladdr", one.hardware]
        words += ["dev", one.link]
        words += ["router"] if one.router else []
        words += [] if one.proxy else ["nud", "permanent"]
        protocol = given(one.protocol, NETCONF_PROTOCOL)
        words += ["protocol", str(protocol)] if protocol else []
        return (f"ip neigh replace {' '.join(words)}",)


@dataclass(frozen=True, slots=True)
class DeleteNeighbour:
    neighbour: Neighbour

    def describe(self) -> str:
        return f"delete neighbour {_name(self.neighbour)}"

    def commands(self) -> tuple[str, ...]:
        one = self.neighbour
        return (f"ip neigh del {'proxy ' if one.proxy else ''}{one.ip} dev {one.link}",)


NeighbourOperation = WriteNeighbour | DeleteNeighbour


def _name(one: Neighbour) -> str:
    return f"{one.ip} on {one.link}" + (" (proxy)" if one.proxy else "")
