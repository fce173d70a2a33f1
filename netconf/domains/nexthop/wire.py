"""Nexthop objects to netlink rows and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netconf.core import ip
from netconf.core.duration import duration_text, milliseconds
from netconf.core.overlay import given
from netconf.domains.nexthop.resource import NETCONF_PROTOCOL, Member, Nexthop
from netconf.system.ports import NexthopObjectRow

RTNH_F_ONLINK = 4
_FAMILIES = {ip.INET: "ipv4", ip.INET6: "ipv6"}
_NUMBERS = {word: number for number, word in _FAMILIES.items()}
_TICK = 10
"""Milliseconds; the timers are told in 1/100 s (USER_HZ)."""


def resource(row: NexthopObjectRow, names: Mapping[int, str], carriers: Mapping[int, str]) -> Nexthop:
    """The nexthop of a row; `carriers` are the links that others get their carrier from."""
    blackhole = row.blackhole
    return Nexthop(
        row.number,
        "" if row.members else _FAMILIES.get(row.family, ""),
        row.gateway,
        "" if blackhole else names.get(row.ifindex, ""),
        bool(row.flags & RTNH_F_ONLINK),
        blackhole,
        row.fdb,
        tuple(Member(number, weight) for number, weight in row.members),
        row.buckets,
        duration_text(row.idle * _TICK) if row.buckets else "",
        duration_text(row.unbalanced * _TICK) if row.buckets else "",
        row.encap,
        row.protocol,
        "" if blackhole else carriers.get(row.ifindex, ""),
    )


def row(one: Nexthop, ifindex: Callable[[str], int]) -> NexthopObjectRow:
    """The row that makes the nexthop so."""
    return NexthopObjectRow(
        one.number,
        _NUMBERS.get(one.family, 0),
        given(one.protocol, NETCONF_PROTOCOL),
        ifindex(one.dev) if one.dev else 0,
        one.via,
        RTNH_F_ONLINK if one.onlink else 0,
        one.blackhole,
        one.fdb,
        tuple((member.number, member.weight) for member in one.members),
        one.buckets,
        milliseconds(one.idle_timer) // _TICK if one.buckets else 0,
        milliseconds(one.unbalanced_timer) // _TICK if one.buckets else 0,
        one.encap,
    )
