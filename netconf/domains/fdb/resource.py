"""An entry of a forwarding database, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import NO_KEYS, Resource

ALL_ZERO = "00:00:00:00:00:00"
"""To a vxlan: frames that no other entry has."""


def has_many(lladdr: str) -> bool:
    """Whether a vxlan may have several destinations for it: of other addresses it keeps one
    (vxlan_fdb_update_existing of drivers/net/vxlan/vxlan_core.c).
    """
    return lladdr == ALL_ZERO or bool(int(lladdr[:2], 16) & 1)


@dataclass(frozen=True, slots=True)
class Entry(Resource):
    """An entry of a vxlan's own database has a `dst` or a nexthop object `nhid`; any other is one of the
    bridge that the link is a port of, or is itself.

    `permanent` means to a bridge that the address is the host's own, and to a vxlan nothing; `router` is
    kept as it is. Without a VLAN an entry is in every VLAN the port has: `vlans`. `bridge` is found
    from the link's master. `known` are the VLANs of the port, as observed.
    """

    link: str
    lladdr: str
    vlan: int = 0
    permanent: bool | Unset = UNSET
    sticky: bool = False
    dst: str = ""
    port: int = 0
    vni: int = 0
    via: str = ""
    src_vni: int = 0
    nhid: int = 0
    router: bool | Unset = UNSET
    vlans: tuple[int, ...] | Unset = UNSET
    bridge: str | Unset = UNSET
    known: tuple[int, ...] | Unset = field(default=UNSET, compare=False, metadata=TRANSIENT)

    @property
    def tunnel(self) -> bool:
        """Whether it's in the vxlan's own database."""
        return bool(self.dst or self.nhid)

    @property
    def many(self) -> bool:
        """Whether it's one of several destinations of its address."""
        return bool(self.dst) and has_many(self.lladdr)

    @property
    def id(self) -> ResourceId:
        if not self.tunnel:
            words: tuple[str, ...] = ("vlan", str(self.vlan)) if self.vlan else ()
        else:
            words = ("src_vni", str(self.src_vni)) if self.src_vni else ()
            words += way(self) if self.many else ("self",)
        return ids.fdb(self.link, self.lladdr, *words)

    @property
    def requires(self) -> frozenset[ResourceId]:
        """A port's entries go when it leaves its bridge (br_fdb_delete_by_port of net/bridge/br_fdb.c),
        those over a nexthop with it (vxlan_fdb_nh_flush). In a VLAN that the port has lost they can't be
        deleted, so they go before.
        """
        needed = [ids.link(self.link)]
        if self.via:
            needed.append(ids.link(self.via))
        if self.nhid:
            needed.append(ids.nexthop(self.nhid))
        if isinstance(self.bridge, str) and self.bridge and self.bridge != self.link:
            needed += [ids.port(self.link), ids.member(self.link, self.bridge)]
        vlans = (self.vlan,) if self.vlan else given(self.vlans, ())
        needed += [ids.in_vlan(self.link, given(self.bridge, ""), number) for number in vlans]
        return frozenset(needed)

    @property
    def after(self) -> frozenset[ResourceId]:
        """The kernel takes none of a VLAN that the port hasn't."""
        if isinstance(self.bridge, str) and self.bridge:
            return frozenset({ids.vlans(self.link, self.bridge)})
        return frozenset()

    @property
    def stacked(self) -> bool:
        return True

    @property
    def occupies(self) -> frozenset[str]:
        """A bridge has an address at one port."""
        if isinstance(self.bridge, str) and self.bridge:
            return frozenset({f"fdb {self.bridge} {self.lladdr} {self.vlan}"})
        return NO_KEYS

    @property
    def excludes(self) -> frozenset[str]:
        """Deleting the entry of all VLANs deletes that of each."""
        return NO_KEYS if self.tunnel else frozenset({f"fdb {self.link} {self.lladdr}"})

    def lessened(self, lost: ResourceId) -> Entry | None:
        """Without one of its VLANs."""
        left = tuple(
            number
            for number in given(self.vlans, ())
            if ids.in_vlan(self.link, given(self.bridge, ""), number) != lost
        )
        return None if left == given(self.vlans, ()) else replace(self, vlans=left)

    def can_become(self, other: Entry) -> bool:
        """The kernel takes no nexthop object in place of a destination, and ignores the reverse. What is to
        leave a VLAN is deleted while the port is in it.
        """
        stays = set(given(self.vlans, ())) <= set(given(other.vlans, ()))
        return bool(self.nhid) == bool(other.nhid) and self.bridge == other.bridge and stays


def way(one: Entry) -> tuple[str, ...]:
    """Where a vxlan sends the frames, in words of `bridge fdb`."""
    words: tuple[str, ...] = ("nhid", str(one.nhid)) if one.nhid else ("dst", one.dst)
    words += ("port", str(one.port)) if one.port else ()
    words += ("vni", str(one.vni)) if one.vni else ()
    return words + (("via", one.via) if one.via else ())
