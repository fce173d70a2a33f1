"""The types of ICMP messages by nft's names. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Types(NamedTuple):
    """The numbers of a message in ICMP and in ICMPv6; None where there is none of that name."""

    icmp: int | None
    icmpv6: int | None


TYPES: dict[str, Types] = {
    "echo-reply": Types(0, 129),
    "echo-request": Types(8, 128),
    "destination-unreachable": Types(3, 1),
    "time-exceeded": Types(11, 3),
    "parameter-problem": Types(12, 4),
    "source-quench": Types(4, None),
    "redirect": Types(5, None),
    "router-advertisement": Types(9, None),
    "router-solicitation": Types(10, None),
    "timestamp-request": Types(13, None),
    "timestamp-reply": Types(14, None),
    "packet-too-big": Types(None, 2),
    "mld-listener-query": Types(None, 130),
    "mld-listener-report": Types(None, 131),
    "mld-listener-done": Types(None, 132),
    "nd-router-solicit": Types(None, 133),
    "nd-router-advert": Types(None, 134),
    "nd-neighbor-solicit": Types(None, 135),
    "nd-neighbor-advert": Types(None, 136),
    "nd-redirect": Types(None, 137),
    "mld2-listener-report": Types(None, 143),
}
"""IANA's registries of ICMP and ICMPv6 types."""

ESSENTIAL = (
    (3, 11, 12),
    (1, 2, 3, 4, 130, 131, 132, 133, 134, 135, 136, 143),
)
"""What IPv4 and IPv6 can't do without (RFC 4890 section 4.4): errors, neighbours, routers, groups."""
