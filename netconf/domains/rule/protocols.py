"""Names of protocols on IP, as /etc/protocols and the IANA have them."""

from __future__ import annotations

PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "ipip": 4,
    "tcp": 6,
    "udp": 17,
    "ipv6": 41,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": 58,
    "ospf": 89,
    "vrrp": 112,
    "sctp": 132,
    "udplite": 136,
}
PROTOCOL_WORDS = {number: word for word, number in PROTOCOLS.items()}
