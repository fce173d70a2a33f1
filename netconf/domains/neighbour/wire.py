"""Neighbours to netlink rows and back. Pure."""

from __future__ import annotations

from netconf.core import ip
from netconf.core.overlay import given
from netconf.domains.neighbour.resource import NETCONF_PROTOCOL, Neighbour
from netconf.system.ports import NeighbourRow


def resource(row: NeighbourRow, link: str, station: str) -> Neighbour:
    """The neighbour of a row, on a link with that name and MAC address."""
    return Neighbour(link, row.address, row.hardware, row.router, row.proxy, row.protocol, station)


def row(one: Neighbour, ifindex: int) -> NeighbourRow:
    """The row that makes the neighbour so."""
    family = ip.INET6 if ":" in one.ip else ip.INET
    protocol = given(one.protocol, NETCONF_PROTOCOL)
    return NeighbourRow(family, ifindex, one.ip, one.hardware, one.router, one.proxy, protocol)
