"""The options of each link kind (the attributes inside IFLA_INFO_DATA): number, name, type.

One table serves reading, which is ours, and writing, which goes through pyroute2's codec under the
same names; a test holds the numbers and names against that codec. Numbers from linux/if_link.h.
Only what a user can set is here: not the state of a bridge's spanning tree or its running timers.

Values as they stand in rows: integers for integers and enumerations, bool for flags (an absent
flag reads as False), text for addresses, "LOW-HIGH" for the source ports of a vxlan. The flags of
a vlan read as one flag word; written, the high 32 bits may say which flags are meant (0 = all).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Mapping
from typing import Literal

from netconf.system.linux.wire import attributes, ipv4_text, ipv6_text
from netconf.system.ports import AttributeValue

Type = Literal[
    "u8", "u16", "u32", "u64", "be16", "be32", "flag", "flag8", "mac", "ipv4", "ipv6", "vlan-flags", "port-range"
]  # fmt: skip
Option = tuple[str, Type]

_BRIDGE: dict[int, Option] = {
    1: ("IFLA_BR_FORWARD_DELAY", "u32"),  # times of a bridge are in 1/100 s (USER_HZ)
    2: ("IFLA_BR_HELLO_TIME", "u32"),
    3: ("IFLA_BR_MAX_AGE", "u32"),
    4: ("IFLA_BR_AGEING_TIME", "u32"),
    5: ("IFLA_BR_STP_STATE", "u32"),
    6: ("IFLA_BR_PRIORITY", "u16"),
    7: ("IFLA_BR_VLAN_FILTERING", "u8"),
    8: ("IFLA_BR_VLAN_PROTOCOL", "be16"),
    9: ("IFLA_BR_GROUP_FWD_MASK", "u16"),
    20: ("IFLA_BR_GROUP_ADDR", "mac"),
    22: ("IFLA_BR_MCAST_ROUTER", "u8"),
    23: ("IFLA_BR_MCAST_SNOOPING", "u8"),
    24: ("IFLA_BR_MCAST_QUERY_USE_IFADDR", "u8"),
    25: ("IFLA_BR_MCAST_QUERIER", "u8"),
    26: ("IFLA_BR_MCAST_HASH_ELASTICITY", "u32"),
    27: ("IFLA_BR_MCAST_HASH_MAX", "u32"),
    28: ("IFLA_BR_MCAST_LAST_MEMBER_CNT", "u32"),
    29: ("IFLA_BR_MCAST_STARTUP_QUERY_CNT", "u32"),
    30: ("IFLA_BR_MCAST_LAST_MEMBER_INTVL", "u64"),
    31: ("IFLA_BR_MCAST_MEMBERSHIP_INTVL", "u64"),
    32: ("IFLA_BR_MCAST_QUERIER_INTVL", "u64"),
    33: ("IFLA_BR_MCAST_QUERY_INTVL", "u64"),
    34: ("IFLA_BR_MCAST_QUERY_RESPONSE_INTVL", "u64"),
    35: ("IFLA_BR_MCAST_STARTUP_QUERY_INTVL", "u64"),
    36: ("IFLA_BR_NF_CALL_IPTABLES", "u8"),
    37: ("IFLA_BR_NF_CALL_IP6TABLES", "u8"),
    38: ("IFLA_BR_NF_CALL_ARPTABLES", "u8"),
    39: ("IFLA_BR_VLAN_DEFAULT_PVID", "u16"),
    41: ("IFLA_BR_VLAN_STATS_ENABLED", "u8"),
    42: ("IFLA_BR_MCAST_STATS_ENABLED", "u8"),
    43: ("IFLA_BR_MCAST_IGMP_VERSION", "u8"),
    44: ("IFLA_BR_MCAST_MLD_VERSION", "u8"),
}

_VLAN: dict[int, Option] = {
    1: ("IFLA_VLAN_ID", "u16"),
    2: ("IFLA_VLAN_FLAGS", "vlan-flags"),
    5: ("IFLA_VLAN_PROTOCOL", "be16"),
}

_MACVLAN: dict[int, Option] = {
    1: ("IFLA_MACVLAN_MODE", "u32"),
    2: ("IFLA_MACVLAN_FLAGS", "u16"),
}

_VXLAN: dict[int, Option] = {
    1: ("IFLA_VXLAN_ID", "u32"),
    2: ("IFLA_VXLAN_GROUP", "ipv4"),
    3: ("IFLA_VXLAN_LINK", "u32"),
    4: ("IFLA_VXLAN_LOCAL", "ipv4"),
    5: ("IFLA_VXLAN_TTL", "u8"),
    6: ("IFLA_VXLAN_TOS", "u8"),
    7: ("IFLA_VXLAN_LEARNING", "u8"),
    8: ("IFLA_VXLAN_AGEING", "u32"),  # seconds
    9: ("IFLA_VXLAN_LIMIT", "u32"),
    10: ("IFLA_VXLAN_PORT_RANGE", "port-range"),
    11: ("IFLA_VXLAN_PROXY", "u8"),
    12: ("IFLA_VXLAN_RSC", "u8"),
    13: ("IFLA_VXLAN_L2MISS", "u8"),
    14: ("IFLA_VXLAN_L3MISS", "u8"),
    15: ("IFLA_VXLAN_PORT", "be16"),
    16: ("IFLA_VXLAN_GROUP6", "ipv6"),
    17: ("IFLA_VXLAN_LOCAL6", "ipv6"),
    18: ("IFLA_VXLAN_UDP_CSUM", "u8"),
    19: ("IFLA_VXLAN_UDP_ZERO_CSUM6_TX", "u8"),
    20: ("IFLA_VXLAN_UDP_ZERO_CSUM6_RX", "u8"),
    21: ("IFLA_VXLAN_REMCSUM_TX", "u8"),
    22: ("IFLA_VXLAN_REMCSUM_RX", "u8"),
    23: ("IFLA_VXLAN_GBP", "flag"),
    24: ("IFLA_VXLAN_REMCSUM_NOPARTIAL", "flag"),
    25: ("IFLA_VXLAN_COLLECT_METADATA", "u8"),
    26: ("IFLA_VXLAN_LABEL", "be32"),
    27: ("IFLA_VXLAN_GPE", "flag"),
    28: ("IFLA_VXLAN_TTL_INHERIT", "flag8"),
    29: ("IFLA_VXLAN_DF", "u8"),
}

_TUN: dict[int, Option] = {
    1: ("IFLA_TUN_OWNER", "u32"),
    2: ("IFLA_TUN_GROUP", "u32"),
    3: ("IFLA_TUN_TYPE", "u8"),
    4: ("IFLA_TUN_PI", "u8"),
    5: ("IFLA_TUN_VNET_HDR", "u8"),
    6: ("IFLA_TUN_PERSIST", "u8"),
    7: ("IFLA_TUN_MULTI_QUEUE", "u8"),
}

OPTIONS: Mapping[str, Mapping[int, Option]] = {
    "bridge": _BRIDGE,
    "vlan": _VLAN,
    "macvlan": _MACVLAN,
    "vxlan": _VXLAN,
    "tun": _TUN,
    "veth": {},
    "dummy": {},
    "ifb": {},
}


def decode(kind: str, data: bytes, start: int, end: int) -> dict[str, AttributeValue]:
    """The options between two offsets that the table knows; empty for a kind it doesn't."""
    numbers, flags = _READERS.get(kind, _NOTHING)
    found = attributes(data, start, end)
    options = dict(flags)
    options.update((name, read(found[number])) for number, name, read in numbers if number in found)
    return options


def _native(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)


def _big_endian(value: bytes) -> int:
    return int.from_bytes(value, "big")


def _first_word(value: bytes) -> int:
    """The flags of struct ifla_vlan_flags {flags, mask}; in a dump the mask is all ones."""
    return _native(value[:4])


def _port_range(value: bytes) -> str:
    low, high = struct.unpack(">HH", value)
    return f"{low}-{high}"


def _mac(value: bytes) -> str:
    return value.hex(":")


def _present(_value: bytes) -> bool:
    return True


def _true(value: bytes) -> bool:
    """The kernel wants IFLA_VXLAN_TTL_INHERIT as a bare flag and dumps it as a byte."""
    return any(value)


_DECODE: Mapping[Type, Callable[[bytes], AttributeValue]] = {
    "u8": _native,
    "u16": _native,
    "u32": _native,
    "u64": _native,
    "be16": _big_endian,
    "be32": _big_endian,
    "flag": _present,
    "flag8": _true,
    "mac": _mac,
    "ipv4": ipv4_text,
    "ipv6": ipv6_text,
    "vlan-flags": _first_word,
    "port-range": _port_range,
}

_Readers = tuple[list[tuple[int, str, Callable[[bytes], AttributeValue]]], dict[str, AttributeValue]]


def _readers(options: Mapping[int, Option]) -> _Readers:
    """((number, name, how to read), ...) and the value of absent flags."""
    numbers = [(number, name, _DECODE[wire]) for number, (name, wire) in options.items()]
    return numbers, {name: False for name, wire in options.values() if wire in {"flag", "flag8"}}


_READERS = {kind: _readers(options) for kind, options in OPTIONS.items()}
_NOTHING: _Readers = ([], {})
