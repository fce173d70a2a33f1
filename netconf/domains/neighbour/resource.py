"""A neighbour, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource

NETCONF_PROTOCOL = 0x6E
"""The protocol number of our neighbours (NDA_PROTOCOL), the same as of our routes."""

ADOPTABLE = frozenset({0, 3, 4, NETCONF_PROTOCOL})
"""none, boot, static and ours: what somebody made by hand, which a document may take over."""


@dataclass(frozen=True, slots=True)
class Neighbour(Resource):
    """A permanent entry, or a `proxy`: an address this host answers for on the link, and then without
    a hardware address. `station` is the MAC address of the link as observed: no part of what is asked
    for, but the entry is lost with it. `protocol` is left as it is on an existing one.
    """

    link: str
    ip: str
    hardware: str = ""
    router: bool = False
    proxy: bool = False
    protocol: int | Unset = field(default=UNSET)
    station: str | Unset = field(default=UNSET, compare=False)

    @property
    def id(self) -> ResourceId:
        return ids.neighbour(self.link, self.ip, proxy=self.proxy)

    @property
    def requires(self) -> frozenset[ResourceId]:
        """What the kernel drops it with: neigh_ifdown and neigh_changeaddr of net/core/neighbour.c."""
        needed = [ids.link(self.link), ids.admin_up(self.link)]
        if ":" in self.ip:
            needed += [ids.ipv6(self.link), ids.ipv6_enabled(self.link)]
        else:
            needed.append(ids.ipv4(self.link))
        if given(self.station, "") and not self.proxy:
            needed.append(ids.station(self.link, str(self.station)))
        return frozenset(needed)

    @property
    def after(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.link)})

    @property
    def foreign(self) -> bool:
        return given(self.protocol, NETCONF_PROTOCOL) != NETCONF_PROTOCOL
