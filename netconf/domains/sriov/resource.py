"""The number of a NIC's virtual functions, and the settings of each, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource

UNKNOWN = "unknown"
"""In place of a setting: the driver doesn't tell."""


@dataclass(frozen=True, slots=True)
class Vfs(Resource):
    """How many there are. `total` is how many there may be, 0 = not told; `users` are who uses them."""

    link: str
    count: int
    total: int = field(default=0, compare=False, metadata=TRANSIENT)
    users: tuple[str, ...] = field(default=(), compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.vfs(self.link)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.link), ids.name(self.link)})

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset(ids.vf_slot(self.link, number) for number in range(self.count))

    def can_become(self, other: Vfs) -> bool:
        """The kernel changes it from and to 0 only (sriov_numvfs_store in drivers/pci/iov.c)."""
        return not self.count or not other.count


@dataclass(frozen=True, slots=True)
class Vf(Resource):
    """One virtual function. Rates are in Mbit/s, 0 = no limit; VLAN 0 = none."""

    link: str
    number: int
    mac: str | Unset = UNSET
    vlan: int | Unset = UNSET
    qos: int | Unset = UNSET
    vlan_protocol: str | Unset = UNSET
    spoofcheck: str | Unset = UNSET
    trust: str | Unset = UNSET
    link_state: str | Unset = UNSET
    min_tx_rate: int | Unset = UNSET
    max_tx_rate: int | Unset = UNSET

    @property
    def id(self) -> ResourceId:
        return ids.vf(self.link, self.number)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.link), ids.vf_slot(self.link, self.number)})

    @property
    def tag(self) -> tuple[int, int, str]:
        """VLAN, priority and protocol, which go together."""
        return given(self.vlan, 0), given(self.qos, 0), given(self.vlan_protocol, "802.1q")

    @property
    def rates(self) -> tuple[int, int]:
        return given(self.min_tx_rate, 0), given(self.max_tx_rate, 0)
