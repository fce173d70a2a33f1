"""VLANs of bridges and of their ports as rtnetlink messages, both ways: AF_BRIDGE and the attributes
IFLA_BRIDGE_VLAN_* of linux/if_bridge.h.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence

from netconf.system.linux.wire import (
    ATTRIBUTE,
    IFINFO,
    NLA_F_NESTED,
    RTM_DELLINK,
    RTM_SETLINK,
    Message,
    attribute,
    attribute_u32,
    attributes,
)
from netconf.system.ports import AF_BRIDGE, VlanRequest, VlanRow

DUMP = IFINFO.pack(AF_BRIDGE, 0, 0, 0, 0) + attribute_u32(
    29, 4
)  # IFLA_EXT_MASK: RTEXT_FILTER_BRVLAN_COMPRESSED

_AF_SPEC = 26
_FLAGS, _VLAN_INFO, _TUNNEL_INFO = 0, 2, 3
_TUNNEL_ID, _TUNNEL_VID, _TUNNEL_FLAGS = 1, 2, 3
_SELF = 2
_PVID, _UNTAGGED, _BEGIN, _END = 2, 4, 8, 16
_INFO = struct.Struct("=HH")  # bridge_vlan_info: flags, vid
_LINK = struct.Struct("=I12xBxHiII")


def encode(request: VlanRequest) -> Message:
    """One range. Its tunnel ids go in a message of their own, since the VLANs have to be there."""
    row = request.row
    head = IFINFO.pack(AF_BRIDGE, 0, row.ifindex, 0, 0)
    spec = attribute(_FLAGS, struct.pack("=H", _SELF)) if row.own else b""
    if row.tunnel:
        spec += b"".join(
            _tunnel(vid, row.tunnel + place) for place, vid in enumerate(range(row.first, row.last + 1))
        )
    else:
        flags = (_PVID if row.pvid else 0) | (_UNTAGGED if row.untagged else 0)
        ends = [(row.first, 0)] if row.first == row.last else [(row.first, _BEGIN), (row.last, _END)]
        spec += b"".join(attribute(_VLAN_INFO, _INFO.pack(flags | end, vid)) for vid, end in ends)
    kind = RTM_SETLINK if request.verb == "create" else RTM_DELLINK
    return Message(kind, 0, head + attribute(_AF_SPEC | NLA_F_NESTED, spec))


def _tunnel(vid: int, number: int) -> bytes:
    inner = attribute_u32(_TUNNEL_ID, number) + attribute(_TUNNEL_VID, struct.pack("=H", vid))
    return attribute(_TUNNEL_INFO | NLA_F_NESTED, inner + attribute(_TUNNEL_FLAGS, bytes(2)))


def decode(buffers: Sequence[bytes]) -> Iterator[VlanRow]:
    """VLANs, and beside them their tunnel ids in rows of their own (tunnel isn't 0)."""
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, family, _, ifindex, _, _ = _LINK.unpack_from(data, offset)
            spec = attributes(data, offset + 32, offset + length).get(_AF_SPEC, b"")
            if family == AF_BRIDGE:
                yield from _vlans(spec, ifindex)
            offset += (length + 3) & ~3


def _vlans(spec: bytes, ifindex: int) -> Iterator[VlanRow]:
    first = (0, 0)
    for number, value in _each(spec):
        if number == _VLAN_INFO:
            flags, vid = _INFO.unpack(value)
            start = first[0] if flags & _END else vid
            first = (vid, 0)
            if not flags & _BEGIN:
                yield VlanRow(ifindex, start, vid, pvid=bool(flags & _PVID), untagged=bool(flags & _UNTAGGED))
        elif number == _TUNNEL_INFO:
            found = attributes(value, 0, len(value))
            vid, flags = (_number(found.get(n, b"")) for n in (_TUNNEL_VID, _TUNNEL_FLAGS))
            start, tunnel = first if flags & _END else (vid, _number(found.get(_TUNNEL_ID, b"")))
            first = (start, tunnel)
            if not flags & _BEGIN:
                yield VlanRow(ifindex, start, vid, tunnel=tunnel)


def _each(spec: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes one after another: they share numbers."""
    offset = 0
    while offset < len(spec):
        length, number = ATTRIBUTE.unpack_from(spec, offset)
        yield number & 0x3FFF, spec[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def _number(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)
