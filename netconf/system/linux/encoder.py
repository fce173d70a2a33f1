"""Addresses and routes as rtnetlink messages: the hot path of applying, so with structs of our own.

Layouts from linux/if_addr.h and linux/rtnetlink.h. State flags a row may carry from a dump
(permanent, tentative, dead, linkdown, ...) aren't sent: the kernel sets them itself.
"""

from __future__ import annotations

import struct
from socket import AF_INET6

from netconf.system.linux.wire import (
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
    attribute_text,
    attribute_u8,
    attribute_u32,
)
from netconf.system.ports import FOREVER, AddressRequest, AddressRow, NexthopRow, RouteRequest, RouteRow, Verb

FLAGS: dict[Verb, int] = {
    "create": NLM_F_CREATE | NLM_F_EXCL,
    "replace": NLM_F_CREATE | NLM_F_REPLACE,
    "set": 0,
    "delete": 0,
}

_CACHEINFO = struct.Struct("=IIII")  # ifa_cacheinfo: preferred, valid, created, updated
# NODAD, OPTIMISTIC, HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE, MCAUTOJOIN: what can be asked for
_ADDRESS_FLAGS = 0x02 | 0x04 | 0x10 | 0x100 | 0x200 | 0x400
_RT_TABLE_COMPAT = 252  # in the 8 bits of the header when RTA_TABLE has the number
_RTNH_F_ONLINK = 4
_RTAX_CC_ALGO = 16


def address(request: AddressRequest) -> Message:
    """Raises ValueError for the verb "set" and for text that isn't an address."""
    row = request.row
    if request.verb == "set":
        raise ValueError("addresses are created, replaced or deleted, not set")
    kind = RTM_DELADDR if request.verb == "delete" else RTM_NEWADDR
    return Message(kind, FLAGS[request.verb], _address(row))


def _address(row: AddressRow) -> bytes:
    flags = row.flags & _ADDRESS_FLAGS
    local = address_bytes(row.local)
    parts = [
        IFADDR.pack(row.family, row.prefixlen, flags & 0xFF, row.scope, row.ifindex),
        attribute(2, local),  # IFA_LOCAL
        attribute(1, address_bytes(row.peer) if row.peer else local),  # IFA_ADDRESS
    ]
    if row.broadcast:
        parts.append(attribute(4, address_bytes(row.broadcast)))  # IFA_BROADCAST
    if row.label:
        parts.append(attribute_text(3, row.label))  # IFA_LABEL
    if flags:
        parts.append(attribute_u32(8, flags))  # IFA_FLAGS
    if row.metric:
        parts.append(attribute_u32(9, row.metric))  # IFA_RT_PRIORITY
    if row.valid != FOREVER or row.preferred != FOREVER:
        parts.append(attribute(6, _CACHEINFO.pack(row.preferred, row.valid, 0, 0)))  # IFA_CACHEINFO
    return b"".join(parts)


def route(request: RouteRequest) -> Message:
    """Raises ValueError for the verb "set", for text that isn't an address or prefix and for what
    the kernel would drop without a word (see `_single`).
    """
    if request.verb == "set":
        raise ValueError("routes are created, replaced or deleted, not set")
    kind = RTM_DELROUTE if request.verb == "delete" else RTM_NEWROUTE
    return Message(kind, FLAGS[request.verb], _route(request.row))


def _route(row: RouteRow) -> bytes:
    to, _, length = row.to.partition("/")
    table = row.table if row.table < 256 else _RT_TABLE_COMPAT
    flags = row.hops[0].flags & _RTNH_F_ONLINK if len(row.hops) == 1 else 0
    prefix = int(length)
    head = RTMSG.pack(row.family, prefix, 0, row.tos, table, row.protocol, row.scope, row.kind, flags)
    parts = [head, attribute_u32(15, row.table)]  # RTA_TABLE
    if prefix:
        parts.append(attribute(1, address_bytes(to)))  # RTA_DST
    if row.metric:
        parts.append(attribute_u32(6, row.metric))  # RTA_PRIORITY
    if row.source:
        parts.append(attribute(7, address_bytes(row.source)))  # RTA_PREFSRC
    parts.append(_way(row))
    if row.metrics:
        parts.append(_metrics(row.metrics))
    if row.preference:
        parts.append(attribute_u8(20, row.preference))  # RTA_PREF
    return b"".join(parts)


def _way(row: RouteRow) -> bytes:
    if row.nexthop_id:  # whose hops are the nexthop object's own
        return attribute_u32(30, row.nexthop_id)  # RTA_NH_ID
    if len(row.hops) == 1:
        return _single(row.hops[0], row.family)
    if row.hops:
        hops = b"".join(_hop(hop, row.family) for hop in row.hops)
        return attribute(9 | NLA_F_NESTED, hops)  # RTA_MULTIPATH
    return b""


def _single(hop: NexthopRow, family: int) -> bytes:
    """The kernel keeps no weight for a single hop (fib_create_info), so there may be none."""
    if hop.weight != 1:
        raise ValueError("a single next hop has no weight")
    device = attribute_u32(4, hop.ifindex) if hop.ifindex else b""  # RTA_OIF
    return _gateway(hop.gateway, family) + device + _encap(hop.encap)


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
    value = address_bytes(gateway)
    if family == AF_INET6 or len(value) == 4:
        return attribute(5, value)  # RTA_GATEWAY
    return attribute(18, struct.pack("=H", AF_INET6) + value)  # RTA_VIA: IPv4 through an IPv6 neighbour


def _metrics(metrics: tuple[tuple[int, int | str], ...]) -> bytes:
    parts = [
        attribute_text(number, str(value)) if number == _RTAX_CC_ALGO else attribute_u32(number, int(value))
        for number, value in metrics
    ]
    return attribute(8 | NLA_F_NESTED, b"".join(parts))  # RTA_METRICS
