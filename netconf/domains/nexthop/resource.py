"""A nexthop object, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import NOTHING, Resource

NETCONF_PROTOCOL = 0x6E
"""The protocol number of our nexthops (nh_protocol), the same as of our routes."""

ADOPTABLE = frozenset({0, 3, 4, NETCONF_PROTOCOL})
"""none, boot, static and ours: what somebody made by hand, which a document may take over."""


class Member(NamedTuple):
    """A nexthop in a group."""

    number: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Nexthop(Resource):
    """A next hop of one family, or a group (with members, and then without a family). It's declared as
    a whole; `protocol` is left as it is on an existing one. `encap` is what others asked for
    besides, opaque. `carrier` is the link whose admin state gives `dev` its carrier, as observed
    (the far end of a veth, the lower link of a VLAN); `ups` are the links that go up before.
    """

    nested: ClassVar[Mapping[str, type]] = {"members": Member}

    number: int
    family: str = ""
    via: str = ""
    dev: str = ""
    onlink: bool = False
    blackhole: bool = False
    fdb: bool = False
    members: tuple[Member, ...] = ()
    buckets: int = 0
    idle_timer: str = ""
    unbalanced_timer: str = ""
    encap: str = ""
    protocol: int | Unset = field(default=UNSET)
    carrier: str | Unset = field(default=UNSET, compare=False)
    ups: frozenset[ResourceId] | Unset = field(default=UNSET, compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.nexthop(self.number)

    @property
    def requires(self) -> frozenset[ResourceId]:
        """What the kernel drops it with (nh_netdev_event of net/ipv4/nexthop.c): its link, IFF_UP and
        the carrier. A group goes with its last member, see `lessened`.
        """
        needed = [ids.nexthop(member.number) for member in self.members]
        if self.dev:
            needed += [ids.link(self.dev), ids.admin_up(self.dev)]
        carrier = given(self.carrier, "")
        if carrier:
            needed.append(ids.admin_up(carrier))
        return frozenset(needed)

    @property
    def after(self) -> frozenset[ResourceId]:
        """The kernel makes none without carrier, none whose gateway isn't on a connected network, and
        a blackhole not before lo is up. Who gives the carrier isn't always known: any link may.
        """
        if self.members or self.fdb:
            return NOTHING
        ups = given(self.ups, NOTHING)
        if self.blackhole:
            return ups | {ids.admin_up("lo")}
        return ups | {ids.reach(self.dev), ids.ipv6(self.dev), ids.ipv6_enabled(self.dev)}

    @property
    def stacked(self) -> bool:
        return True

    @property
    def provides(self) -> frozenset[ResourceId]:
        """What routes may lead over it: those of IPv4 over a next hop of either family."""
        if self.members or self.fdb:
            return NOTHING
        families = ("ipv4", "ipv6") if self.family == "ipv6" else ("ipv4",)
        return frozenset(ids.way(self.number, family) for family in families)

    @property
    def foreign(self) -> bool:
        return given(self.protocol, NETCONF_PROTOCOL) != NETCONF_PROTOCOL

    def lessened(self, lost: ResourceId) -> Nexthop | None:
        left = tuple(member for member in self.members if ids.nexthop(member.number) != lost)
        return replace(self, members=left) if left and left != self.members else None

    def can_become(self, other: Nexthop) -> bool:
        """The kernel makes no group of a next hop, changes neither kind nor buckets of a group
        (replace_nexthop), and its routes and groups may not bear another family or a blackhole.
        """
        return _shape(self) == _shape(other)


def _shape(one: Nexthop) -> tuple[object, ...]:
    return bool(one.members), one.buckets, one.fdb, one.blackhole, one.family
