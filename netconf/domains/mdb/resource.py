"""An entry of a multicast database, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import NO_KEYS, Resource

STATIC = 4
"""RTPROT_STATIC of linux/rtnetlink.h: the protocol that the kernel takes where none is said."""


@dataclass(frozen=True, slots=True)
class Membership(Resource):
    """A port gets the frames of a group, of one `source` or ("") of all: but with `sources` of these alone (`include`),
    or of all others. `bridge` is found from the link's master. `running` is whether the bridge
    is up: else it keeps the entry and lets nobody change it.
    """

    link: str
    group: str
    vlan: int = 0
    source: str = ""
    include: bool = False
    sources: tuple[str, ...] = ()
    protocol: int | Unset = UNSET
    bridge: str | Unset = UNSET
    running: bool = field(default=True, compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.mdb(self.link, self.group, *words(self))

    @property
    def requires(self) -> frozenset[ResourceId]:
        """A port's entries go when it leaves its bridge (br_multicast_del_port of
        net/bridge/br_multicast.c). In a VLAN that it has lost they can't be deleted, so they go before,
        nor while the bridge is down.
        """
        needed = [ids.link(self.link)]
        bridge = given(self.bridge, "")
        if bridge:
            needed += [ids.port(self.link), ids.member(self.link, bridge)]
            needed += [ids.admin_up(bridge)] if self.running else []
        if self.vlan:
            needed.append(ids.in_vlan(self.link, bridge, self.vlan))
        return frozenset(needed)

    @property
    def after(self) -> frozenset[ResourceId]:
        """The kernel takes none while the bridge is down or doesn't snoop."""
        bridge = given(self.bridge, "")
        return frozenset({ids.link(bridge), ids.admin_up(bridge), ids.vlans(self.link, bridge)})

    @property
    def stacked(self) -> bool:
        return True

    @property
    def occupies(self) -> frozenset[str]:
        """Its going is never left to the kernel, which keeps it when the bridge goes down. A sender is in an entry of
        its own or in a list.
        """
        if not self.running:
            return NO_KEYS
        senders = (*self.sources, self.source) if self.source else self.sources
        place = f"{self.link} {self.group} {self.vlan}"
        return frozenset({f"mdb {self.id}", *(f"mdb {place} {sender}" for sender in senders)})

    def lessened(self, lost: ResourceId) -> Membership | None:
        """All of it stays while the bridge is down."""
        return replace(self, running=False) if lost == ids.admin_up(given(self.bridge, "")) else None

    def can_become(self, other: Membership) -> bool:
        """Filter and protocol change in place, on kernels that have them."""
        return self.bridge == other.bridge


def words(one: Membership) -> tuple[str, ...]:
    """What tells it from others of the group, in words of `bridge mdb`."""
    found = ("src", one.source) if one.source else ()
    return (*found, "vid", str(one.vlan)) if one.vlan else found
