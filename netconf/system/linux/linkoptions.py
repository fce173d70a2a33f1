"""The options of each link kind (the attributes inside IFLA_INFO_DATA): number, name, type.

One table serves reading and writing; a test holds the numbers and names against linux/if_link.h and
linux/if_tunnel.h, where they're from. Only what a user can set is here: not the state of a bridge's
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
    45: ("IFLA_BR_VLAN_STATS_PER_PORT", "u8"),
    46: ("IFLA_BR_MULTI_BOOLOPT", "flags"),
}

_VLAN: dict[int, Option] = {
    1: ("IFLA_VLAN_ID", "u16"),
    2: ("IFLA_VLAN_FLAGS", "flags"),
    3: ("IFLA_VLAN_EGRESS_QOS", "qos-map"),
    4: ("IFLA_VLAN_INGRESS_QOS", "qos-map"),
    5: ("IFLA_VLAN_PROTOCOL", "be16"),
}

_MACVLAN: dict[int, Option] = {
    1: ("IFLA_MACVLAN_MODE", "u32"),
    2: ("IFLA_MACVLAN_FLAGS", "u16"),
    5: ("IFLA_MACVLAN_MACADDR_DATA", "macs"),
    7: ("IFLA_MACVLAN_BC_QUEUE_LEN", "u32"),
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
    30: ("IFLA_VXLAN_VNIFILTER", "u8on"),
    31: ("IFLA_VXLAN_LOCALBYPASS", "u8"),  # since Linux 6.4
    32: ("IFLA_VXLAN_LABEL_POLICY", "u32"),  # since Linux 6.7
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

_BOND: dict[int, Option] = {
    1: ("IFLA_BOND_MODE", "u8"),
    3: ("IFLA_BOND_MIIMON", "u32"),
    4: ("IFLA_BOND_UPDELAY", "u32"),
    5: ("IFLA_BOND_DOWNDELAY", "u32"),
    6: ("IFLA_BOND_USE_CARRIER", "u8"),
    7: ("IFLA_BOND_ARP_INTERVAL", "u32"),
    8: ("IFLA_BOND_ARP_IP_TARGET", "ipv4-list"),
    9: ("IFLA_BOND_ARP_VALIDATE", "u32"),
    10: ("IFLA_BOND_ARP_ALL_TARGETS", "u32"),
    11: ("IFLA_BOND_PRIMARY", "index"),
    12: ("IFLA_BOND_PRIMARY_RESELECT", "u8"),
    13: ("IFLA_BOND_FAIL_OVER_MAC", "u8"),
    14: ("IFLA_BOND_XMIT_HASH_POLICY", "u8"),
    15: ("IFLA_BOND_RESEND_IGMP", "u32"),
    16: ("IFLA_BOND_NUM_PEER_NOTIF", "u8"),
    17: ("IFLA_BOND_ALL_SLAVES_ACTIVE", "u8"),
    18: ("IFLA_BOND_MIN_LINKS", "u32"),
    19: ("IFLA_BOND_LP_INTERVAL", "u32"),
    20: ("IFLA_BOND_PACKETS_PER_SLAVE", "u32"),
    21: ("IFLA_BOND_AD_LACP_RATE", "u8"),
    22: ("IFLA_BOND_AD_SELECT", "u8"),
    24: ("IFLA_BOND_AD_ACTOR_SYS_PRIO", "u16"),
    25: ("IFLA_BOND_AD_USER_PORT_KEY", "u16"),
    26: ("IFLA_BOND_AD_ACTOR_SYSTEM", "mac"),
    27: ("IFLA_BOND_TLB_DYNAMIC_LB", "u8"),
    28: ("IFLA_BOND_PEER_NOTIF_DELAY", "u32"),
    29: ("IFLA_BOND_AD_LACP_ACTIVE", "u8"),
    30: ("IFLA_BOND_MISSED_MAX", "u8"),
    31: ("IFLA_BOND_NS_IP6_TARGET", "ipv6-list"),
}

_GENEVE: dict[int, Option] = {
    1: ("IFLA_GENEVE_ID", "u32"),
    2: ("IFLA_GENEVE_REMOTE", "ipv4"),
    3: ("IFLA_GENEVE_TTL", "u8"),
    4: ("IFLA_GENEVE_TOS", "u8"),
    5: ("IFLA_GENEVE_PORT", "be16"),
    6: ("IFLA_GENEVE_COLLECT_METADATA", "flag"),
    7: ("IFLA_GENEVE_REMOTE6", "ipv6"),
    8: ("IFLA_GENEVE_UDP_CSUM", "u8"),
    9: ("IFLA_GENEVE_UDP_ZERO_CSUM6_TX", "u8"),
    10: ("IFLA_GENEVE_UDP_ZERO_CSUM6_RX", "u8"),
    11: ("IFLA_GENEVE_LABEL", "be32"),
    12: ("IFLA_GENEVE_TTL_INHERIT", "u8on"),
    13: ("IFLA_GENEVE_DF", "u8"),
    14: ("IFLA_GENEVE_INNER_PROTO_INHERIT", "flag"),
}

_MACSEC: dict[int, Option] = {
    1: ("IFLA_MACSEC_SCI", "be64"),
    2: ("IFLA_MACSEC_PORT", "be16"),
    3: ("IFLA_MACSEC_ICV_LEN", "u8"),
    4: ("IFLA_MACSEC_CIPHER_SUITE", "u64"),
    5: ("IFLA_MACSEC_WINDOW", "u32"),
    6: ("IFLA_MACSEC_ENCODING_SA", "u8"),
    7: ("IFLA_MACSEC_ENCRYPT", "u8"),
    8: ("IFLA_MACSEC_PROTECT", "u8"),
    9: ("IFLA_MACSEC_INC_SCI", "u8"),
    10: ("IFLA_MACSEC_ES", "u8"),
    11: ("IFLA_MACSEC_SCB", "u8"),
    12: ("IFLA_MACSEC_REPLAY_PROTECT", "u8"),
    13: ("IFLA_MACSEC_VALIDATION", "u8"),
    15: ("IFLA_MACSEC_OFFLOAD", "u8"),
}

_IPVLAN: dict[int, Option] = {
    1: ("IFLA_IPVLAN_MODE", "u16"),
    2: ("IFLA_IPVLAN_FLAGS", "u16"),
}

_GRE: dict[int, Option] = {
    1: ("IFLA_GRE_LINK", "index"),
    2: ("IFLA_GRE_IFLAGS", "be16"),
    3: ("IFLA_GRE_OFLAGS", "be16"),
    4: ("IFLA_GRE_IKEY", "be32"),
    5: ("IFLA_GRE_OKEY", "be32"),
    6: ("IFLA_GRE_LOCAL", "ipv4"),
    7: ("IFLA_GRE_REMOTE", "ipv4"),
    8: ("IFLA_GRE_TTL", "u8"),
    9: ("IFLA_GRE_TOS", "u8"),
    10: ("IFLA_GRE_PMTUDISC", "u8"),
    11: ("IFLA_GRE_ENCAP_LIMIT", "u8"),
    12: ("IFLA_GRE_FLOWINFO", "be32"),
    13: ("IFLA_GRE_FLAGS", "u32"),
    14: ("IFLA_GRE_ENCAP_TYPE", "u16"),
    18: ("IFLA_GRE_COLLECT_METADATA", "flag"),
    19: ("IFLA_GRE_IGNORE_DF", "u8"),
    20: ("IFLA_GRE_FWMARK", "u32"),
}

_GRE6: dict[int, Option] = {
    1: ("IFLA_GRE_LINK", "index"),
    2: ("IFLA_GRE_IFLAGS", "be16"),
    3: ("IFLA_GRE_OFLAGS", "be16"),
    4: ("IFLA_GRE_IKEY", "be32"),
    5: ("IFLA_GRE_OKEY", "be32"),
    6: ("IFLA_GRE_LOCAL", "ipv6"),
    7: ("IFLA_GRE_REMOTE", "ipv6"),
    8: ("IFLA_GRE_TTL", "u8"),
    9: ("IFLA_GRE_TOS", "u8"),
    10: ("IFLA_GRE_PMTUDISC", "u8"),
    11: ("IFLA_GRE_ENCAP_LIMIT", "u8"),
    12: ("IFLA_GRE_FLOWINFO", "be32"),
    13: ("IFLA_GRE_FLAGS", "u32"),
    14: ("IFLA_GRE_ENCAP_TYPE", "u16"),
    18: ("IFLA_GRE_COLLECT_METADATA", "flag"),
    19: ("IFLA_GRE_IGNORE_DF", "u8"),
    20: ("IFLA_GRE_FWMARK", "u32"),
}

_IPTUN: dict[int, Option] = {
    1: ("IFLA_IPTUN_LINK", "index"),
    2: ("IFLA_IPTUN_LOCAL", "ipv4"),
    3: ("IFLA_IPTUN_REMOTE", "ipv4"),
    4: ("IFLA_IPTUN_TTL", "u8"),
    5: ("IFLA_IPTUN_TOS", "u8"),
    6: ("IFLA_IPTUN_ENCAP_LIMIT", "u8"),
    7: ("IFLA_IPTUN_FLOWINFO", "be32"),
    8: ("IFLA_IPTUN_FLAGS", "u16"),
    9: ("IFLA_IPTUN_PROTO", "u8"),
    10: ("IFLA_IPTUN_PMTUDISC", "u8"),
    11: ("IFLA_IPTUN_6RD_PREFIX", "ipv6"),
    13: ("IFLA_IPTUN_6RD_PREFIXLEN", "u16"),
    14: ("IFLA_IPTUN_6RD_RELAY_PREFIXLEN", "u16"),
    15: ("IFLA_IPTUN_ENCAP_TYPE", "u16"),
    19: ("IFLA_IPTUN_COLLECT_METADATA", "flag"),
    20: ("IFLA_IPTUN_FWMARK", "u32"),
}

_IPTUN6: dict[int, Option] = {
    1: ("IFLA_IPTUN_LINK", "index"),
    2: ("IFLA_IPTUN_LOCAL", "ipv6"),
    3: ("IFLA_IPTUN_REMOTE", "ipv6"),
    4: ("IFLA_IPTUN_TTL", "u8"),
    6: ("IFLA_IPTUN_ENCAP_LIMIT", "u8"),
    7: ("IFLA_IPTUN_FLOWINFO", "be32"),
    8: ("IFLA_IPTUN_FLAGS", "u32"),
    9: ("IFLA_IPTUN_PROTO", "u8"),
    15: ("IFLA_IPTUN_ENCAP_TYPE", "u16"),
    19: ("IFLA_IPTUN_COLLECT_METADATA", "flag"),
    20: ("IFLA_IPTUN_FWMARK", "u32"),
}

_ERSPAN: dict[int, Option] = {
    21: ("IFLA_GRE_ERSPAN_INDEX", "u32"),
    22: ("IFLA_GRE_ERSPAN_VER", "u8"),
    23: ("IFLA_GRE_ERSPAN_DIR", "u8"),
    24: ("IFLA_GRE_ERSPAN_HWID", "u16"),
}

_VTI: dict[int, Option] = {
    1: ("IFLA_VTI_LINK", "index"),
    2: ("IFLA_VTI_IKEY", "be32"),
    3: ("IFLA_VTI_OKEY", "be32"),
    4: ("IFLA_VTI_LOCAL", "ipv4"),
    5: ("IFLA_VTI_REMOTE", "ipv4"),
    6: ("IFLA_VTI_FWMARK", "u32"),
}

_VTI6: dict[int, Option] = {
    1: ("IFLA_VTI_LINK", "index"),
    2: ("IFLA_VTI_IKEY", "be32"),
    3: ("IFLA_VTI_OKEY", "be32"),
    4: ("IFLA_VTI_LOCAL", "ipv6"),
    5: ("IFLA_VTI_REMOTE", "ipv6"),
    6: ("IFLA_VTI_FWMARK", "u32"),
}

_XFRM: dict[int, Option] = {
    1: ("IFLA_XFRM_LINK", "index"),
    2: ("IFLA_XFRM_IF_ID", "u32"),
    3: ("IFLA_XFRM_COLLECT_METADATA", "flag"),
}

_NETKIT: dict[int, Option] = {
    2: ("IFLA_NETKIT_PRIMARY", "u8"),
    3: ("IFLA_NETKIT_POLICY", "u32"),
    4: ("IFLA_NETKIT_PEER_POLICY", "u32"),
    5: ("IFLA_NETKIT_MODE", "u32"),
    6: ("IFLA_NETKIT_SCRUB", "u32"),
    7: ("IFLA_NETKIT_PEER_SCRUB", "u32"),
}

OPTIONS: Mapping[str, Mapping[int, Option]] = {
    "bridge": _BRIDGE,
    "vlan": _VLAN,
    "macvlan": _MACVLAN,
    "vxlan": _VXLAN,
    "tun": _TUN,
    "bond": _BOND,
    "vrf": {1: ("IFLA_VRF_TABLE", "u32")},
    "macvtap": _MACVLAN,
    "ipvlan": _IPVLAN,
    "macsec": _MACSEC,
    "geneve": _GENEVE,
    "gre": _GRE,
    "gretap": _GRE,
    "ip6gre": _GRE6,
    "ip6gretap": _GRE6,
    "erspan": {**_GRE, **_ERSPAN},
    "ip6erspan": {**_GRE6, **_ERSPAN},
    "ipip": _IPTUN,
    "ip6tnl": _IPTUN6,
    "sit": _IPTUN,
    "vti": _VTI,
    "vti6": _VTI6,
    "xfrm": _XFRM,
    "veth": {},
    "netkit": _NETKIT,
    "dummy": {},
    "ifb": {},
    "wireguard": {},
}

_BRIDGE_PORT: dict[int, Option] = {
    2: ("IFLA_BRPORT_PRIORITY", "u16"),
    3: ("IFLA_BRPORT_COST", "u32"),
    4: ("IFLA_BRPORT_MODE", "u8"),
    5: ("IFLA_BRPORT_GUARD", "u8"),
    6: ("IFLA_BRPORT_PROTECT", "u8"),
    7: ("IFLA_BRPORT_FAST_LEAVE", "u8"),
    8: ("IFLA_BRPORT_LEARNING", "u8"),
    9: ("IFLA_BRPORT_UNICAST_FLOOD", "u8"),
    10: ("IFLA_BRPORT_PROXYARP", "u8"),
    12: ("IFLA_BRPORT_PROXYARP_WIFI", "u8"),
    25: ("IFLA_BRPORT_MULTICAST_ROUTER", "u8"),
    27: ("IFLA_BRPORT_MCAST_FLOOD", "u8"),
    28: ("IFLA_BRPORT_MCAST_TO_UCAST", "u8"),
    29: ("IFLA_BRPORT_VLAN_TUNNEL", "u8"),
    30: ("IFLA_BRPORT_BCAST_FLOOD", "u8"),
    31: ("IFLA_BRPORT_GROUP_FWD_MASK", "u16"),
    32: ("IFLA_BRPORT_NEIGH_SUPPRESS", "u8"),
    33: ("IFLA_BRPORT_ISOLATED", "u8"),
    34: ("IFLA_BRPORT_BACKUP_PORT", "index"),
    39: ("IFLA_BRPORT_LOCKED", "u8"),
}

PORT_OPTIONS: Mapping[str, Mapping[int, Option]] = {
    "bridge": _BRIDGE_PORT,
    "bond": {
        4: ("IFLA_BOND_SLAVE_PERM_HWADDR", "mac"),
        5: ("IFLA_BOND_SLAVE_QUEUE_ID", "u16"),
        9: ("IFLA_BOND_SLAVE_PRIO", "s32"),
    },
}
"""The options that a master of a kind keeps of each of its ports (IFLA_INFO_SLAVE_DATA)."""
