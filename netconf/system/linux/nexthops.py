"""Nexthop objects as rtnetlink messages, both ways: struct nhmsg and the attributes NHA_* of
linux/nexthop.h.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from socket import AF_INET6, AF_UNSPEC

from netconf.system.linux.encoder import FLAGS
from netconf.system.linux.wire import (
    NLA_F_NESTED,
    RTM_DELNEXTHOP,
    RTM_NEWNEXTHOP,
    Message,
    address_bytes,
    attribute,
    attribute_u32,
    attributes,
    ipv4_text,
    ipv6_text,
)
from netconf.system.ports import NexthopObjectRow, NexthopRequest

NHMSG = struct.Struct("=BBBxI")  # family, scope, protocol, flags
_NEXTHOP = struct.Struct("=I12xBBBxI")
_MEMBER = struct.Struct("=IBB2x")  # nexthop_grp: id, weight less 1 in two bytes, the low one first
_U16 = struct.Struct("=H")
_RTNH_F_ONLINK = 4

_ID, _GROUP, _GROUP_TYPE, _BLACKHOLE, _OIF, _GATEWAY, _ENCAP_TYPE, _ENCAP = 1, 2, 3, 4, 5, 6, 7, 8
_FDB, _RES_GROUP = 11, 12
_BUCKETS, _IDLE, _UNBALANCED = 1, 2, 3
_RESILIENT = 1  # NEXTHOP_GRP_TYPE_RES


def encode(request: NexthopRequest) -> Message:
    """Raises ValueError for text that isn't an address."""
    row = request.row
    number = attribute_u32(_ID, row.number)
    if request.verb == "delete":
        return Message(RTM_DELNEXTHOP, 0, NHMSG.pack(AF_UNSPEC, 0, 0, 0) + number)
    family = AF_UNSPEC if row.members else row.family
    head = NHMSG.pack(family, 0, row.protocol, row.flags & _RTNH_F_ONLINK)
    parts = _group(row) if row.members else _single(row)
    fdb = [attribute(_FDB, b"")] if row.fdb else []
    return Message(RTM_NEWNEXTHOP, FLAGS[request.verb], b"".join([head, number, *parts, *fdb]))


def _single(row: NexthopObjectRow) -> Iterator[bytes]:
    if row.blackhole:
        yield attribute(_BLACKHOLE, b"")
        return
    if row.ifindex:
        yield attribute_u32(_OIF, row.ifindex)
    if row.gateway:
        yield attribute(_GATEWAY, address_bytes(row.gateway))
    if row.encap:
        kind, _, value = row.encap.partition(":")
        yield attribute(_ENCAP_TYPE, _U16.pack(int(kind)))
        yield attribute(_ENCAP | NLA_F_NESTED, bytes.fromhex(value))


def _group(row: NexthopObjectRow) -> Iterator[bytes]:
    members = (_MEMBER.pack(number, weight - 1 & 0xFF, weight - 1 >> 8) for number, weight in row.members)
    yield attribute(_GROUP, b"".join(members))
    if row.buckets:
        yield attribute(_GROUP_TYPE, _U16.pack(_RESILIENT))
        timers = attribute_u32(_IDLE, row.idle) + attribute_u32(_UNBALANCED, row.unbalanced)
        yield attribute(_RES_GROUP | NLA_F_NESTED, attribute(_BUCKETS, _U16.pack(row.buckets)) + timers)


def decode(buffers: Sequence[bytes]) -> Iterator[NexthopObjectRow]:
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, family, _, protocol, flags = _NEXTHOP.unpack_from(data, offset)
            found = attributes(data, offset + 24, offset + length)
            yield _row(family, protocol, flags, found)
            offset += (length + 3) & ~3


def _row(family: int, protocol: int, flags: int, found: dict[int, bytes]) -> NexthopObjectRow:
    members = [
        (number, low + (high << 8) + 1) for number, low, high in _MEMBER.iter_unpack(found.get(_GROUP, b""))
    ]
    table = found.get(_RES_GROUP, b"")
    resilient = attributes(table, 0, len(table))
    encap = f"{_number(found.get(_ENCAP_TYPE))}:{found[_ENCAP].hex()}" if _ENCAP in found else ""
    return NexthopObjectRow(
        _number(found[_ID]),
        family,
        protocol,
        _number(found.get(_OIF)),
        _gateway(family, found.get(_GATEWAY)),
        flags & _RTNH_F_ONLINK,
        _BLACKHOLE in found,
        _FDB in found,
        tuple(sorted(members)),
        _number(resilient.get(_BUCKETS)),
        _number(resilient.get(_IDLE)),
        _number(resilient.get(_UNBALANCED)),
        encap,
    )


def _gateway(family: int, value: bytes | None) -> str:
    if not value:
        return ""
    return ipv6_text(value) if family == AF_INET6 else ipv4_text(value)


def _number(value: bytes | None) -> int:
    return int.from_bytes(value or b"", sys.byteorder)
