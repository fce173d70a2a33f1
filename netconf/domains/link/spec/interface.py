"""All that a user may write about a link, except its addresses and sysctls."""

from __future__ import annotations

from pydantic import Field, model_validator

from netconf.domains.link.spec.bond import Bond, BondPort
from netconf.domains.link.spec.bridge import Bridge, BridgePort
from netconf.domains.link.spec.l2tp import L2tp, require_agreement
from netconf.domains.link.spec.macsec import Macsec
from netconf.domains.link.spec.macvlan import Ipvlan, Macvlan, Macvtap
from netconf.domains.link.spec.settings import AnyKind
from netconf.domains.link.spec.tunnel import (
    Erspan,
    Gre,
    Gretap,
    Ip6erspan,
    Ip6gre,
    Ip6gretap,
    Ip6tnl,
    Ipip,
    Sit,
    Vti,
    Vti6,
)
from netconf.domains.link.spec.veth import Netkit, TunTap, Veth
from netconf.domains.link.spec.vlan import Vlan
from netconf.domains.link.spec.vrf import Vrf
from netconf.domains.link.spec.vxlan import Geneve, Vxlan
from netconf.domains.link.spec.wireguard import Wireguard
from netconf.domains.link.spec.xfrm import Xfrm
from netconf.grammar import Strict
from netconf.grammar.names import LinkName


class Interface(AnyKind):
    """A network interface. Without `kind` it must be there; with it, netconf makes it."""

    bridge_port: BridgePort | None = Field(None, description="for ports of a bridge, with master")
    bond_port: BondPort | None = Field(None, description="for ports of a bond, with master")
    bond: Bond | None = Field(None, description="for kind bond")
    vrf: Vrf | None = Field(None, description="for kind vrf")
    bridge: Bridge | None = Field(None, description="for kind bridge")
    vlan: Vlan | None = Field(None, description="for kind vlan")
    macsec: Macsec | None = Field(None, description="for kind macsec")
    macvlan: Macvlan | None = Field(None, description="for kind macvlan")
    macvtap: Macvtap | None = Field(None, description="for kind macvtap")
    ipvlan: Ipvlan | None = Field(None, description="for kind ipvlan")
    vxlan: Vxlan | None = Field(None, description="for kind vxlan")
    geneve: Geneve | None = Field(None, description="for kind geneve")
    gre: Gre | None = Field(None, description="for kind gre")
    gretap: Gretap | None = Field(None, description="for kind gretap")
    ip6gre: Ip6gre | None = Field(None, description="for kind ip6gre")
    ip6gretap: Ip6gretap | None = Field(None, description="for kind ip6gretap")
    erspan: Erspan | None = Field(None, description="for kind erspan")
    ip6erspan: Ip6erspan | None = Field(None, description="for kind ip6erspan")
    ipip: Ipip | None = Field(None, description="for kind ipip")
    sit: Sit | None = Field(None, description="for kind sit")
    ip6tnl: Ip6tnl | None = Field(None, description="for kind ip6tnl")
    vti: Vti | None = Field(None, description="for kind vti")
    vti6: Vti6 | None = Field(None, description="for kind vti6")
    xfrm: Xfrm | None = Field(None, description="for kind xfrm")
    veth: Veth | None = Field(None, description="for kind veth")
    netkit: Netkit | None = Field(None, description="for kind netkit")
    wireguard: Wireguard | None = Field(None, description="for kind wireguard")
    l2tp: L2tp | None = Field(None, description="for kind l2tp")
    tun: TunTap | None = Field(None, description="for kind tun")
    tap: TunTap | None = Field(None, description="for kind tap")


class Spec(Strict):
    """The part of a document that describes links."""

    interfaces: dict[LinkName, Interface] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _tunnels(self) -> Spec:
        found = {name: one.l2tp for name, one in self.interfaces.items() if one.l2tp is not None}
        if len(found) > 1:
            require_agreement(found)
        return self
