"""What netconf knows of each kind of virtual link: its options, and which of them are fixed.

One table serves reading, writing, planning and printing. Option names and values are the
document's; `codec` is the name in linux/if_link.h, `word` what `ip link` calls it. Which options
are fixed was found by asking kernels: they refuse, or accept and ignore, a change of these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from netconf.core.duration import duration_text, milliseconds

Value = str | int


class Form(NamedTuple):
    """How a document value is written to the kernel, read back, and printed for `ip link`; `bare`
    is a switch that iproute2 writes as one word, with "no" before it for off.
    """

    write: Callable[[Value], Value]
    read: Callable[[Value], Value]
    word: Callable[[Value], str] = str
    bare: bool = False


class Option(NamedTuple):
    """One option of a kind. `bit` is set for options that share one flag word."""

    name: str
    codec: str
    word: str
    form: Form
    bit: int = 0


class KindTable(NamedTuple):
    """A kind: its options, which of them a change of means replacing the link, which values of an
    option can't be changed to or from, which options (with "lower") make it unique in the kernel,
    whether it needs or may have a lower link, and whether that can be changed in place. `mac` is
    whether it has a MAC address and takes another while it's up (IFF_LIVE_ADDR_CHANGE).
    """

    options: tuple[Option, ...] = ()
    fixed: frozenset[str] = frozenset()
    apart: frozenset[tuple[str, Value]] = frozenset()
    unique: tuple[str, ...] = ()
    lower: str = ""
    movable: bool = False
    mac: Literal["live", "fixed", "none"] = "live"


NUMBER = Form(int, int)
TEXT = Form(str, str)
SWITCH = Form(lambda v: int(v == "on"), lambda v: "on" if v else "off", lambda v: "1" if v == "on" else "0")
FLAG = SWITCH._replace(bare=True)
HEX = Form(int, int, lambda v: hex(int(v)))
ON_OFF = Form(SWITCH.write, SWITCH.read, str)
# USER_HZ is 100 on every Linux port: bridge times are in 1/100 s.
CENTISECONDS = Form(
    lambda v: milliseconds(str(v)) // 10,
    lambda v: duration_text(int(v) * 10),
    lambda v: str(milliseconds(str(v)) // 10),
)
SECONDS = Form(
    lambda v: milliseconds(str(v)) // 1000,
    lambda v: duration_text(int(v) * 1000),
    lambda v: str(milliseconds(str(v)) // 1000),
)


def _words(words: dict[int, str]) -> Form:
    numbers = {word: number for number, word in words.items()}
    return Form(lambda v: numbers[str(v)], lambda v: words.get(int(v), str(v)))


VLAN_PROTOCOL = _words({0x8100: "802.1q", 0x88A8: "802.1ad"})
MACVLAN_MODE = _words({1: "private", 2: "vepa", 4: "bridge", 8: "passthru", 16: "source"})


def _vlan_flag(name: str, bit: int) -> Option:
    return Option(name, "IFLA_VLAN_FLAGS", name, ON_OFF, bit)


BRIDGE = KindTable(
    (
        Option("stp", "IFLA_BR_STP_STATE", "stp_state", SWITCH),
        Option("forward_delay", "IFLA_BR_FORWARD_DELAY", "forward_delay", CENTISECONDS),
        Option("hello_time", "IFLA_BR_HELLO_TIME", "hello_time", CENTISECONDS),
        Option("max_age", "IFLA_BR_MAX_AGE", "max_age", CENTISECONDS),
        Option("ageing_time", "IFLA_BR_AGEING_TIME", "ageing_time", CENTISECONDS),
        Option("priority", "IFLA_BR_PRIORITY", "priority", NUMBER),
        Option("group_fwd_mask", "IFLA_BR_GROUP_FWD_MASK", "group_fwd_mask", NUMBER),
        Option("mcast_snooping", "IFLA_BR_MCAST_SNOOPING", "mcast_snooping", SWITCH),
        Option("mcast_querier", "IFLA_BR_MCAST_QUERIER", "mcast_querier", SWITCH),
    )
)

VLAN = KindTable(
    (
        Option("id", "IFLA_VLAN_ID", "id", NUMBER),
        Option("protocol", "IFLA_VLAN_PROTOCOL", "protocol", VLAN_PROTOCOL),
        _vlan_flag("reorder_hdr", 1),
        _vlan_flag("gvrp", 2),
        _vlan_flag("loose_binding", 4),
        _vlan_flag("mvrp", 8),
        _vlan_flag("bridge_binding", 16),
    ),
    fixed=frozenset({"id", "protocol"}),
    unique=("lower", "id", "protocol"),
    lower="needs",
)

MACVLAN = KindTable(
    (Option("mode", "IFLA_MACVLAN_MODE", "mode", MACVLAN_MODE),),
    apart=frozenset({("mode", "passthru")}),
    lower="needs",
)

VXLAN = KindTable(
    (
        Option("id", "IFLA_VXLAN_ID", "id", NUMBER),
        Option("port", "IFLA_VXLAN_PORT", "dstport", NUMBER),
        Option("local", "IFLA_VXLAN_LOCAL", "local", TEXT),
        Option("remote", "IFLA_VXLAN_GROUP", "remote", TEXT),
        Option("ttl", "IFLA_VXLAN_TTL", "ttl", NUMBER),
        Option("tos", "IFLA_VXLAN_TOS", "tos", HEX),
        Option("learning", "IFLA_VXLAN_LEARNING", "learning", FLAG),
        Option("ageing", "IFLA_VXLAN_AGEING", "ageing", SECONDS),
        Option("limit", "IFLA_VXLAN_LIMIT", "maxaddress", NUMBER),
        Option("proxy", "IFLA_VXLAN_PROXY", "proxy", FLAG),
        Option("rsc", "IFLA_VXLAN_RSC", "rsc", FLAG),
        Option("l2miss", "IFLA_VXLAN_L2MISS", "l2miss", FLAG),
        Option("l3miss", "IFLA_VXLAN_L3MISS", "l3miss", FLAG),
        Option("udp_csum", "IFLA_VXLAN_UDP_CSUM", "udpcsum", FLAG),
    ),
    fixed=frozenset({"id", "port", "limit", "proxy", "rsc", "l2miss", "l3miss", "udp_csum"}),
    unique=("id", "port"),
    lower="may",
    movable=True,
)

TUN = KindTable(
    (
        Option("owner", "IFLA_TUN_OWNER", "user", NUMBER),
        Option("group", "IFLA_TUN_GROUP", "group", NUMBER),
        Option("packet_info", "IFLA_TUN_PI", "pi", SWITCH),
        Option("vnet_header", "IFLA_TUN_VNET_HDR", "vnet_hdr", SWITCH),
        Option("multi_queue", "IFLA_TUN_MULTI_QUEUE", "multi_queue", SWITCH),
    ),
    fixed=frozenset({"owner", "group", "packet_info", "vnet_header", "multi_queue"}),
)

KINDS: dict[str, KindTable] = {
    "dummy": KindTable(),
    "ifb": KindTable(mac="fixed"),
    "veth": KindTable(),
    "bridge": BRIDGE,
    "vlan": VLAN,
    "macvlan": MACVLAN,
    "vxlan": VXLAN,
    "tun": TUN._replace(mac="none"),
    "tap": TUN,
}
"""tun and tap are both kind "tun" to netlink; IFLA_TUN_TYPE tells them apart."""
