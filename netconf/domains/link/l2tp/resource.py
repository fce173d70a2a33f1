"""A static L2TPv3 tunnel, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset
from netconf.core.resource import Resource

KIND = "l2tp"
"""Of the links that are its sessions."""

_SWITCHES = ("udp_csum", "udp6_csum_tx", "udp6_csum_rx")


@dataclass(frozen=True, slots=True)
class L2tpTunnel(Resource):
    """A tunnel by its number here, which the kernel makes and removes and never changes. Ports are 0 and
    switches "" where they don't count. `over` is what its packets need to leave, as far as is known.
    """

    number: int
    peer: int
    encap: str
    local: str
    remote: str
    sport: int = 0
    dport: int = 0
    udp_csum: str | Unset = UNSET
    udp6_csum_tx: str | Unset = UNSET
    udp6_csum_rx: str | Unset = UNSET
    over: tuple[ResourceId, ...] = field(default=(), compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.l2tp_tunnel(self.number)

    @property
    def after(self) -> frozenset[ResourceId]:
        """The kernel takes only an address of the host, and a remote end that it knows a way to; what becomes
        of them later is all the same to it.
        """
        return frozenset({ids.local(self.local), *self.over})

    @property
    def occupies(self) -> frozenset[str]:
        """A port of an address is one tunnel's, whatever its other end."""
        return frozenset({f"udp {self.local} {self.sport}"} if self.encap == "udp" else ())

    @property
    def is_over_ipv6(self) -> bool:
        return ":" in self.local

    def overlay(self, observed: L2tpTunnel) -> L2tpTunnel:
        """A switch that doesn't count there says nothing about here."""
        values = {
            name: value
            for name in _SWITCHES
            if getattr(self, name) is UNSET and (value := getattr(observed, name)) != ""
        }
        return replace(self, **values)

    def can_become(self, other: L2tpTunnel) -> bool:
        return False
