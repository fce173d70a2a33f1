"""Entries of the forwarding databases of bridges and vxlans as rtnetlink messages, both ways: struct ndmsg
with AF_BRIDGE and the attributes NDA_* of linux/neighbour.h.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from socket import AF_INET, inet_ntop

from netconf.system.linux.wire import (
    NDMSG,
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_REPLACE,
    RTM_DELNEIGH,
    RTM_NEWNEIGH,
    Message,
    address_bytes,
    attribute,
    attribute_u32,
    attributes,
    ipv6_text,
)
from netconf.system.ports import AF_BRIDGE, FdbRequest, FdbRow

DUMP = NDMSG.pack(AF_BRIDGE, 0, 0, 0, 0, 0)

_NUD_REACHABLE, _NUD_NOARP, _NUD_PERMANENT = 0x02, 0x40, 0x80
_STATIC = _NUD_NOARP | _NUD_REACHABLE
"""What a vxlan wants, too (vxlan_fdb_add of drivers/net/vxlan/vxlan_core.c)."""
_NTF_SELF, _NTF_MASTER, _NTF_EXT_LEARNED, _NTF_STICKY, _NTF_ROUTER = 0x02, 0x04, 0x10, 0x40, 0x80
_DST, _LLADDR, _VLAN, _PORT, _VNI, _IFINDEX, _MASTER, _SRC_VNI, _NH_ID = 1, 2, 5, 6, 7, 8, 9, 11, 13
_FLAGS = {"replace": NLM_F_CREATE | NLM_F_REPLACE, "append": NLM_F_CREATE | NLM_F_APPEND}
_ENTRY = struct.Struct("=I12xBxHiHBB")


def encode(request: FdbRequest) -> Message:
    """Raises ValueError for text that isn't an address. An entry for a bridge itself is written to the
    bridge, one for a port to the port's master.
    """
    row = request.row
    flags = _NTF_MASTER if row.master and row.master != row.ifindex else _NTF_SELF
    parts = [attribute(_LLADDR, bytes.fromhex(row.address.replace(":", ""))), *_attributes(row)]
    if request.verb == "delete":
        head = NDMSG.pack(AF_BRIDGE, 0, row.ifindex, 0, flags, 0)
        return Message(RTM_DELNEIGH, 0, b"".join([head, *parts]))
    flags |= (_NTF_STICKY if row.sticky else 0) | (_NTF_ROUTER if row.router else 0)
    state = _NUD_PERMANENT if row.permanent else _STATIC
    head = NDMSG.pack(AF_BRIDGE, 0, row.ifindex, state, flags, 0)
    return Message(RTM_NEWNEIGH, _FLAGS[request.verb], b"".join([head, *parts]))


def _attributes(row: FdbRow) -> Iterator[bytes]:
    if row.vlan:
        yield attribute(_VLAN, struct.pack("=H", row.vlan))
    if row.dst:
        yield attribute(_DST, address_bytes(row.dst))
    if row.port:
        yield attribute(_PORT, struct.pack(">H", row.port))
    numbers = ((_VNI, row.vni), (_IFINDEX, row.via), (_SRC_VNI, row.src_vni), (_NH_ID, row.nexthop_id))
    yield from (attribute_u32(number, value) for number, value in numbers if value)


def decode(buffers: Sequence[bytes]) -> Iterator[FdbRow]:
    """Without the addresses that other links receive, which are told by the same message."""
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, family, _, ifindex, state, flags, _ = _ENTRY.unpack_from(data, offset)
            stays = state & (_NUD_PERMANENT | _NUD_NOARP) and not flags & _NTF_EXT_LEARNED
            if family == AF_BRIDGE and stays:
                found = attributes(data, offset + 28, offset + length)
                if found.keys() & {_MASTER, _DST, _NH_ID}:
                    yield _row(ifindex, state, flags, found)
            offset += (length + 3) & ~3


def _row(ifindex: int, state: int, flags: int, found: dict[int, bytes]) -> FdbRow:
    dst = found.get(_DST, b"")
    return FdbRow(
        ifindex,
        found[_LLADDR].hex(":"),
        bool(state & _NUD_PERMANENT),
        _number(found, _MASTER),
        _number(found, _VLAN),
        bool(flags & _NTF_STICKY),
        bool(flags & _NTF_ROUTER),
        "" if not dst else ipv6_text(dst) if len(dst) == 16 else inet_ntop(AF_INET, dst),
        int.from_bytes(found.get(_PORT, b""), "big"),
        _number(found, _VNI),
        _number(found, _IFINDEX),
        _number(found, _SRC_VNI),
        _number(found, _NH_ID),
    )


def _number(found: dict[int, bytes], number: int) -> int:
    return int.from_bytes(found.get(number, b""), sys.byteorder)
