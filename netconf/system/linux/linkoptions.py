"""The options of each link kind (the attributes inside IFLA_INFO_DATA): number, name, type.

One table serves reading and writing; a test holds the numbers and names against pyroute2's. Numbers
from linux/if_link.h, linux/if_tunnel.h. Only what a user can set is here: not the state of a bridge's
spanning tree or its running timers. The types are those of `linkvalues`.
"""

from __future__ import annotations

from collections.abc import Mapping

from netconf.system.linux.linkvalues import Type

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
    2: ("IFLA_VLAN_FLAGS", "flags"),
    5: ("IFLA_VLAN_PROTOCOL", "be16"),
}

_MACVLAN: dict[int, Option] = {
    1: ("IFLA_MACVLAN_MODE", "u32"),
    2: ("IFLA_MACVLAN_FLAGS", "u16"),
}

_VXLAN: dict[int, Option] = {
    1: ("IFLA_VXLAN_ID", "u32"),
    2: ("IFLA_VXLAN_GROUP", "ipv4"),
    3: ("IFLA_VXLAN_LINK", "index"),
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

PORT_OPTIONS: Mapping[str, Mapping[int, Option]] = {}
"""The options that a master of a kind keeps of each of its ports (IFLA_INFO_SLAVE_DATA)."""
