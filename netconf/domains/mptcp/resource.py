"""Endpoints and limits of MPTCP, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset
from netconf.core.resource import NO_KEYS, NOTHING, Resource

SIGNAL, SUBFLOW, BACKUP, FULLMESH, IMPLICIT = (
    "signal",
    "subflow",
    "backup",
    "fullmesh",
    "implicit",
)
FLAGS = {SIGNAL: 1, SUBFLOW: 2, BACKUP: 4, FULLMESH: 8, IMPLICIT: 16}
"""MPTCP_PM_ADDR_FLAG_* of linux/mptcp.h; what later kernels know besides is told as a number."""

ROOM = 8
"""How many endpoints all kernels take (MPTCP_PM_ADDR_MAX of net/mptcp/protocol.h)."""

CHANGEABLE = frozenset({BACKUP, FULLMESH})
"""What MPTCP_PM_CMD_SET_FLAGS changes; fullmesh only of endpoints that aren't signalled."""


@dataclass(frozen=True, slots=True)
class Endpoint(Resource):
    """An address, with its number (the `id` of `ip mptcp`), the link it's on and sorted flags. `crowded` is
    whether there's no room for it before others are gone.
    """

    address: str
    port: int = 0
    number: int | Unset = UNSET
    link: str = ""
    flags: tuple[str, ...] = ()
    crowded: bool = field(default=True, compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.mptcp_endpoint(self.address, self.port)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.link)}) if self.link else NOTHING

    @property
    def after(self) -> frozenset[ResourceId]:
        """With a port the kernel listens on the address, which has to be there."""
        return frozenset({ids.local(self.address)}) if self.port else NOTHING

    @property
    def occupies(self) -> frozenset[str]:
        """Its number; and its going is never left to the kernel, which keeps it without its link."""
        return frozenset({f"mptcp {self.number}"}) if self.number else NO_KEYS

    @property
    def excludes(self) -> frozenset[str]:
        return frozenset({"mptcp room"}) if self.crowded else NO_KEYS

    @property
    def foreign(self) -> bool:
        """The kernel makes some by itself."""
        return IMPLICIT in self.flags

    def can_become(self, other: Endpoint) -> bool:
        if (self.number, self.link) != (other.number, other.link):
            return False
        different = set(self.flags) ^ set(other.flags)
        return different <= CHANGEABLE and not (FULLMESH in different and SIGNAL in self.flags)


@dataclass(frozen=True, slots=True)
class Limits(Resource):
    """How many more paths a connection may have, and how many addresses of the other side it takes."""

    subflows: int | Unset = UNSET
    add_addr_accepted: int | Unset = UNSET

    @property
    def id(self) -> ResourceId:
        return ids.mptcp_limits()
