"""Entries of the multicast databases of bridges as rtnetlink messages, both ways: struct br_port_msg, struct
br_mdb_entry and the attributes MDBA_* and MDBE_* of linux/if_bridge.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from socket import AF_INET, inet_ntop

from netconf.system.linux.encoder import FLAGS
from netconf.system.linux.wire import (
    ATTRIBUTE,
    NLA_F_NESTED,
    RTM_DELMDB,
    RTM_NEWMDB,
    Message,
    address_bytes,
    attribute,
    attribute_u8,
    attributes,
    ipv6_text,
)
from netconf.system.ports import AF_BRIDGE, MdbRequest, MdbRow

_HEAD = struct.Struct("=B3xI")  # br_port_msg: family, index
_ENTRY = struct.Struct("=IBBH16s2s2x")  # br_mdb_entry: port, state, flags, vid, group, its EtherType
_MESSAGE = struct.Struct("=I16xI")  # the kernel leaves the family out

DUMP = _HEAD.pack(AF_BRIDGE, 0)

_PERMANENT = 1
_IPV4, _IPV6, _L2 = b"\x08\x00", b"\x86\xdd", b"\x00\x00"
_MDB, _MDB_ENTRY, _ENTRY_INFO = 1, 1, 1
_SRC_LIST, _GROUP_MODE, _SOURCE, _PROTOCOL = 2, 3, 4, 5
_SET_ENTRY, _SET_ATTRS = 1, 2
_SET_SOURCE, _SET_SRC_LIST, _SET_GROUP_MODE, _SET_PROTOCOL = 1, 2, 3, 4
_SRC_ENTRY, _SRC_ADDRESS = 1, 1
_EXCLUDE, _INCLUDE = 0, 1  # MCAST_INCLUDE of linux/in.h


def encode(request: MdbRequest) -> Message:
    """Raises ValueError for text that is no address."""
    row = request.row
    group, kind = _group(row.group)
    entry = _ENTRY.pack(row.ifindex, _PERMANENT, 0, row.vlan, group, kind)
    parts = [_HEAD.pack(AF_BRIDGE, row.bridge), attribute(_SET_ENTRY, entry)]
    extra = attribute(_SET_SOURCE, address_bytes(row.source)) if row.source else b""
    if request.verb == "delete":
        parts += [attribute(_SET_ATTRS | NLA_F_NESTED, extra)] if extra else []
        return Message(RTM_DELMDB, 0, b"".join(parts))
    if row.sources:
        found = b"".join(_source(text) for text in row.sources)
        extra += attribute(_SET_SRC_LIST | NLA_F_NESTED, found)
    if row.include or row.sources:
        extra += attribute_u8(_SET_GROUP_MODE, _INCLUDE if row.include else _EXCLUDE)
    if row.protocol:
        extra += attribute_u8(_SET_PROTOCOL, row.protocol)
    parts += [attribute(_SET_ATTRS | NLA_F_NESTED, extra)] if extra else []
    return Message(RTM_NEWMDB, FLAGS[request.verb], b"".join(parts))


def _group(text: str) -> tuple[bytes, bytes]:
    if text.count(":") == 5 and len(text) == 17:
        return bytes.fromhex(text.replace(":", "")), _L2
    return address_bytes(text), _IPV6 if ":" in text else _IPV4


def _source(text: str) -> bytes:
    return attribute(_SRC_ENTRY | NLA_F_NESTED, attribute(_SRC_ADDRESS, address_bytes(text)))


def decode(buffers: Sequence[bytes]) -> Iterator[MdbRow]:
    """The permanent ones of ports; a bridge's own groups are those this host has joined."""
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, bridge = _MESSAGE.unpack_from(data, offset)
            table = attributes(data, offset + 24, offset + length).get(_MDB, b"")
            infos = (info for group in _each(table, _MDB_ENTRY) for info in _each(group, _ENTRY_INFO))
            rows = (_row(bridge, info) for info in infos)
            yield from (row for row in rows if row is not None)
            offset += (length + 3) & ~3


def _row(bridge: int, value: bytes) -> MdbRow | None:
    port, state, _, vid, group, kind = _ENTRY.unpack_from(value)
    if state != _PERMANENT or port == bridge:
        return None
    found = attributes(value, _ENTRY.size, len(value))
    sources = (
        attributes(one, 0, len(one))[_SRC_ADDRESS] for one in _each(found.get(_SRC_LIST, b""), _SRC_ENTRY)
    )
    return MdbRow(
        bridge,
        port,
        group[:6].hex(":") if kind == _L2 else _text(group[:4] if kind == _IPV4 else group),
        vid,
        _text(found[_SOURCE]) if _SOURCE in found else "",
        found.get(_GROUP_MODE, b"")[:1] == bytes([_INCLUDE]) and _SOURCE not in found,
        tuple(sorted(_text(one) for one in sources)),
        found.get(_PROTOCOL, b"\0")[0],
    )


def _text(value: bytes) -> str:
    return ipv6_text(value) if len(value) == 16 else inet_ntop(AF_INET, value)


def _each(data: bytes, wanted: int) -> Iterator[bytes]:
    """The values of an attribute that is repeated."""
    offset = 0
    while offset < len(data):
        length, number = ATTRIBUTE.unpack_from(data, offset)
        if number & 0x3FFF == wanted:
            yield data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
