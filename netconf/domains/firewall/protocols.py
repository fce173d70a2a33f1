"""Protocols by name. Pure."""

from __future__ import annotations

PROTOCOLS = {
    "tcp": 6,
    "udp": 17,
    "sctp": 132,
    "dccp": 33,
    "udplite": 136,
    "icmp": 1,
    "icmpv6": 58,
    "igmp": 2,
    "ipip": 4,
    "ipv6": 41,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ospf": 89,
    "pim": 103,
    "vrrp": 112,
    "l2tp": 115,
}
"""IANA's assigned protocol numbers."""

WITH_PORTS = frozenset({"tcp", "udp", "sctp", "dccp", "udplite"})
