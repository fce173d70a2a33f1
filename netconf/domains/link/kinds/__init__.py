"""What netconf knows of each kind of virtual link: its options, and which of them are fixed.

One table serves reading, writing, planning and printing. Which options are fixed was found by
asking kernels: they refuse, or accept and ignore, a change of these.
"""

from __future__ import annotations

from netconf.domains.link.kinds import bond, bridge
from netconf.domains.link.kinds.bond import BOND
from netconf.domains.link.kinds.bridge import BRIDGE
from netconf.domains.link.kinds.l2tp import L2TP
from netconf.domains.link.kinds.macsec import MACSEC
from netconf.domains.link.kinds.macvlan import IPVLAN, MACVLAN
from netconf.domains.link.kinds.netkit import NETKIT
from netconf.domains.link.kinds.option import NUMBER, KindTable, Option, Values
from netconf.domains.link.kinds.tunnel import TUNNELS
from netconf.domains.link.kinds.tuntap import TUN
from netconf.domains.link.kinds.vlan import VLAN
from netconf.domains.link.kinds.vxlan import GENEVE, VXLAN
from netconf.domains.link.kinds.xfrm import XFRM

VRF = KindTable((Option("table", "IFLA_VRF_TABLE", "table", NUMBER),), fixed=frozenset({"table"}))

KINDS: dict[str, KindTable] = {
    "dummy": KindTable(),
    "ifb": KindTable(mac="fixed"),
    "veth": KindTable(),
    "netkit": NETKIT,
    "bond": BOND,
    "bridge": BRIDGE,
    "vrf": VRF,
    "vlan": VLAN,
    "macsec": MACSEC,
    "macvlan": MACVLAN,
    "macvtap": MACVLAN,
    "ipvlan": IPVLAN,
    "vxlan": VXLAN,
    "geneve": GENEVE,
    **TUNNELS,
    "xfrm": XFRM,
    "tun": TUN._replace(mac="none"),
    "tap": TUN,
    "wireguard": KindTable(mac="none"),
    "l2tp": L2TP,
}
"""tun and tap are both kind "tun" to netlink; IFLA_TUN_TYPE tells them apart."""


def has_mac(kind: str, options: Values) -> bool:
    """Whether a link of this kind has a MAC address of its own, or can have one."""
    table = KINDS.get(kind, KindTable())
    return table.mac != "none" and (not table.bare or options.get(table.bare) != "on")


PORTS: dict[str, KindTable] = {"bridge": bridge.PORT, "bond": bond.PORT}
"""What a master of a kind keeps of each of its ports."""

PAIRS = frozenset({"veth", "netkit"})
"""Kinds whose links come by two, each the other's peer."""

OVER = frozenset({"vlan", "macsec", "macvlan", "macvtap", "ipvlan", "vxlan", "geneve", *TUNNELS})
"""Kinds that may be in another network namespace than what carries their frames or packets."""

FALLBACKS = frozenset({
    "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6_vti0",
})  # fmt: skip
"""Links that come with every network namespace where the module of their kind is loaded, and go with it
(net.core.fb_tunnels_only_for_init_net).
"""
