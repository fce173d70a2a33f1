"""Persistent tun and tap devices."""

from __future__ import annotations

from netconf.domains.link.kinds.option import NUMBER, SWITCH, KindTable, Option

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
