"""Bridges."""

from __future__ import annotations

from netconf.domains.link.kinds.option import (
    CENTISECONDS,
    NUMBER,
    ON_OFF,
    SWITCH,
    TEXT,
    VLAN_PROTOCOL,
    KindTable,
    Option,
)

_QUERIES = (
    ("mcast_last_member_interval", "IFLA_BR_MCAST_LAST_MEMBER_INTVL"),
    ("mcast_membership_interval", "IFLA_BR_MCAST_MEMBERSHIP_INTVL"),
    ("mcast_querier_interval", "IFLA_BR_MCAST_QUERIER_INTVL"),
    ("mcast_query_interval", "IFLA_BR_MCAST_QUERY_INTVL"),
    ("mcast_query_response_interval", "IFLA_BR_MCAST_QUERY_RESPONSE_INTVL"),
    ("mcast_startup_query_interval", "IFLA_BR_MCAST_STARTUP_QUERY_INTVL"),
)

BRIDGE = KindTable(
    (
        Option("stp", "IFLA_BR_STP_STATE", "stp_state", SWITCH),
        Option("forward_delay", "IFLA_BR_FORWARD_DELAY", "forward_delay", CENTISECONDS),
        Option("hello_time", "IFLA_BR_HELLO_TIME", "hello_time", CENTISECONDS),
        Option("max_age", "IFLA_BR_MAX_AGE", "max_age", CENTISECONDS),
        Option("ageing_time", "IFLA_BR_AGEING_TIME", "ageing_time", CENTISECONDS),
        Option("priority", "IFLA_BR_PRIORITY", "priority", NUMBER),
        Option("group_fwd_mask", "IFLA_BR_GROUP_FWD_MASK", "group_fwd_mask", NUMBER),
        Option("group_address", "IFLA_BR_GROUP_ADDR", "group_address", TEXT),
        Option("vlan_filtering", "IFLA_BR_VLAN_FILTERING", "vlan_filtering", SWITCH),
        Option("vlan_protocol", "IFLA_BR_VLAN_PROTOCOL", "vlan_protocol", VLAN_PROTOCOL),
        Option("vlan_default_pvid", "IFLA_BR_VLAN_DEFAULT_PVID", "vlan_default_pvid", NUMBER),
        Option("vlan_stats", "IFLA_BR_VLAN_STATS_ENABLED", "vlan_stats_enabled", SWITCH),
        Option("vlan_stats_per_port", "IFLA_BR_VLAN_STATS_PER_PORT", "vlan_stats_per_port", SWITCH),
        Option("no_linklocal_learn", "IFLA_BR_MULTI_BOOLOPT", "no_linklocal_learn", SWITCH, 1),
        Option("mcast_vlan_snooping", "IFLA_BR_MULTI_BOOLOPT", "mcast_vlan_snooping", SWITCH, 2),
        Option("mcast_snooping", "IFLA_BR_MCAST_SNOOPING", "mcast_snooping", SWITCH),
        Option("mcast_router", "IFLA_BR_MCAST_ROUTER", "mcast_router", NUMBER),
        Option("mcast_querier", "IFLA_BR_MCAST_QUERIER", "mcast_querier", SWITCH),
        Option("mcast_query_use_ifaddr", "IFLA_BR_MCAST_QUERY_USE_IFADDR", "mcast_query_use_ifaddr", SWITCH),
        Option("mcast_hash_max", "IFLA_BR_MCAST_HASH_MAX", "mcast_hash_max", NUMBER),
        Option("mcast_last_member_count", "IFLA_BR_MCAST_LAST_MEMBER_CNT", "mcast_last_member_count", NUMBER),
        Option(
            "mcast_startup_query_count",
            "IFLA_BR_MCAST_STARTUP_QUERY_CNT",
            "mcast_startup_query_count",
            NUMBER,
        ),
        *(Option(name, codec, name, CENTISECONDS) for name, codec in _QUERIES),
        Option("mcast_stats", "IFLA_BR_MCAST_STATS_ENABLED", "mcast_stats_enabled", SWITCH),
        Option("mcast_igmp_version", "IFLA_BR_MCAST_IGMP_VERSION", "mcast_igmp_version", NUMBER),
        Option("mcast_mld_version", "IFLA_BR_MCAST_MLD_VERSION", "mcast_mld_version", NUMBER),
        Option("nf_call_iptables", "IFLA_BR_NF_CALL_IPTABLES", "nf_call_iptables", SWITCH),
        Option("nf_call_ip6tables", "IFLA_BR_NF_CALL_IP6TABLES", "nf_call_ip6tables", SWITCH),
        Option("nf_call_arptables", "IFLA_BR_NF_CALL_ARPTABLES", "nf_call_arptables", SWITCH),
    ),
    # Refused while a port has a VLAN (br_vlan_set_stats_per_port).
    fixed=frozenset({"vlan_stats_per_port"}),
    # A kernel without VLAN filtering refuses to be told.
    defaults=frozenset({("mcast_vlan_snooping", "off"), ("vlan_filtering", "off")}),
)


def _switch(name: str, codec: str, word: str = "") -> Option:
    return Option(name, f"IFLA_BRPORT_{codec}", word or name, ON_OFF)


PORT = KindTable(
    (
        Option("cost", "IFLA_BRPORT_COST", "cost", NUMBER),
        Option("priority", "IFLA_BRPORT_PRIORITY", "priority", NUMBER),
        _switch("guard", "GUARD"),
        _switch("root_block", "PROTECT"),
        _switch("hairpin", "MODE"),
        _switch("learning", "LEARNING"),
        _switch("flood", "UNICAST_FLOOD"),
        _switch("mcast_flood", "MCAST_FLOOD"),
        _switch("bcast_flood", "BCAST_FLOOD"),
        _switch("mcast_fast_leave", "FAST_LEAVE"),
        _switch("mcast_to_unicast", "MCAST_TO_UCAST"),
        Option("mcast_router", "IFLA_BRPORT_MULTICAST_ROUTER", "mcast_router", NUMBER),
        _switch("proxy_arp", "PROXYARP"),
        _switch("proxy_arp_wifi", "PROXYARP_WIFI"),
        _switch("neigh_suppress", "NEIGH_SUPPRESS"),
        _switch("vlan_tunnel", "VLAN_TUNNEL"),
        _switch("isolated", "ISOLATED"),
        _switch("locked", "LOCKED"),
        Option("group_fwd_mask", "IFLA_BRPORT_GROUP_FWD_MASK", "group_fwd_mask", NUMBER),
    )
)
"""Of a port: `ip link set ... type bridge_slave`."""
