"""Addresses and routes as rtnetlink messages: the hot path of applying, so with structs of our own.

Layouts from linux/if_addr.h and linux/rtnetlink.h. State flags a row may carry from a dump
(permanent, tentative, dead, linkdown, ...) aren't sent: the kernel sets them itself.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from socket import AF_INET6

from netconf.system.linux.wire import (
    ATTRIBUTE,
    IFADDR,
    NEXTHOP,
    NLA_F_NESTED,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    RTM_DELADDR,
    RTM_DELROUTE,
    RTM_NEWADDR,
    RTM_NEWROUTE,
    RTMSG,
    Message,
    address_bytes,
    attribute,
    attribute_ip,
    attribute_text,
    attribute_u8,
    attribute_u32,
)
from netconf.system.ports import FOREVER, AddressRequest, AddressRow, NexthopRow, RouteRequest, RouteRow, Verb

_made = tuple.__new__
"""A message of its parts, in half the time that its constructor takes."""

FLAGS: dict[Verb, int] = {
    "create": NLM_F_CREATE | NLM_F_EXCL,
    "replace": NLM_F_CREATE | NLM_F_REPLACE,
    "set": 0,
    "delete": 0,
}

_CACHEINFO = struct.Struct("=IIII")  # ifa_cacheinfo: preferred, valid, created, updated
# NODAD, OPTIMISTIC, HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE, MCAUTOJOIN: what can be asked for
_ADDRESS_FLAGS = 0x02 | 0x04 | 0x10 | 0x100 | 0x200 | 0x400
_IFA_ADDRESS = {8: ATTRIBUTE.pack(8, 1), 20: ATTRIBUTE.pack(20, 1)}
"""The heads of that attribute by its length."""
_RT_TABLE_COMPAT = 252  # in the 8 bits of the header when RTA_TABLE has the number
_RTNH_F_ONLINK = 4
_RTAX_CC_ALGO = 16


def address(request: AddressRequest) -> Message:
    """Raises ValueError for the verb "set" and for text that isn't an address."""
    row = request.row
    if request.verb == "set":
        raise ValueError("addresses are created, replaced or deleted, not set")
    kind = RTM_DELADDR if request.verb == "delete" else RTM_NEWADDR
    return _made(Message, (kind, FLAGS[request.verb], _address(row)))


def _address(row: AddressRow) -> bytes:
    family, ifindex, ip, length, peer, flags, scope, label, broadcast, metric, valid, preferred, _ = row
    flags &= _ADDRESS_FLAGS
    parts = IFADDR.pack(family, length, flags & 0xFF, scope, ifindex)
    local = attribute_ip(2, ip)  # IFA_LOCAL
    parts += local + (attribute_ip(1, peer) if peer else _IFA_ADDRESS[len(local)] + local[4:])
    if broadcast:
        parts += attribute_ip(4, broadcast)  # IFA_BROADCAST
    if label:
        parts += attribute_text(3, label)  # IFA_LABEL
    if flags:
        parts += attribute_u32(8, flags)  # IFA_FLAGS
    if metric:
        parts += attribute_u32(9, metric)  # IFA_RT_PRIORITY
    if valid != FOREVER or preferred != FOREVER:
        parts += attribute(6, _CACHEINFO.pack(preferred, valid, 0, 0))  # IFA_CACHEINFO
    return parts


def route(request: RouteRequest) -> Message:
    """Raises ValueError for the verb "set", for text that isn't an address or prefix and for what
    the kernel would drop without a word (see `_single`).
    """
    if request.verb == "set":
        raise ValueError("routes are created, replaced or deleted, not set")
    kind = RTM_DELROUTE if request.verb == "delete" else RTM_NEWROUTE
    return _made(Message, (kind, FLAGS[request.verb], _route(request.row)))


def _route(row: RouteRow) -> bytes:
    family, to, table, protocol, kind, scope, tos, metric, source, hops, metrics, preference, nexthop = row
    prefix, _, length = to.partition("/")
    flags = hops[0].flags & _RTNH_F_ONLINK if len(hops) == 1 else 0
    small = table if table < 256 else _RT_TABLE_COMPAT
    parts = RTMSG.pack(family, int(length), 0, tos, small, protocol, scope, kind, flags)
    parts += attribute_u32(15, table)  # RTA_TABLE
    if length != "0":
        parts += attribute_ip(1, prefix)  # RTA_DST
    if metric:
        parts += attribute_u32(6, metric)  # RTA_PRIORITY
    if source:
        parts += attribute_ip(7, source)  # RTA_PREFSRC
    # With a nexthop object the hops are its own.
    parts += attribute_u32(30, nexthop) if nexthop else _way(hops, family)  # RTA_NH_ID
    if metrics:
        parts += _metrics(metrics)
    if preference:
        parts += attribute_u8(20, preference)  # RTA_PREF
    return parts


def _way(hops: tuple[NexthopRow, ...], family: int) -> bytes:
    if len(hops) == 1:
        return _single(hops[0], family)
    if hops:
        return attribute(9 | NLA_F_NESTED, b"".join(_hop(hop, family) for hop in hops))  # RTA_MULTIPATH
    return b""


@lru_cache(maxsize=1 << 10)
def _single(hop: NexthopRow, family: int) -> bytes:
    """Many routes have the same. The kernel keeps no weight for a single hop (fib_create_info), so there may be none."""
    ifindex, gateway, weight, _, encap = hop
    if weight != 1:
        raise ValueError("a single next hop has no weight")
    way = _gateway(gateway, family) if gateway else b""
    if ifindex:
        way += attribute_u32(4, ifindex)  # RTA_OIF
    return way + _encap(encap) if encap else way


def _hop(hop: NexthopRow, family: int) -> bytes:
    gateway = _gateway(hop.gateway, family) + _encap(hop.encap)
    length = NEXTHOP.size + len(gateway)
    return NEXTHOP.pack(length, hop.flags & _RTNH_F_ONLINK, hop.weight - 1, hop.ifindex) + gateway


def _encap(text: str) -> bytes:
    if not text:
        return b""
    from netconf.system.linux import encaps  # few routes have any

    return encaps.write(text)


def _gateway(gateway: str, family: int) -> bytes:
    if not gateway:
        return b""
    if family == AF_INET6 or ":" not in gateway:
        return attribute_ip(5, gateway)  # RTA_GATEWAY
    # RTA_VIA: IPv4 through an IPv6 neighbour
    return attribute(18, struct.pack("=H", AF_INET6) + address_bytes(gateway))


def _metrics(metrics: tuple[tuple[int, int | str], ...]) -> bytes:
    parts = [
        attribute_text(number, str(value)) if number == _RTAX_CC_ALGO else attribute_u32(number, int(value))
        for number, value in metrics
    ]
    return attribute(8 | NLA_F_NESTED, b"".join(parts))  # RTA_METRICS
