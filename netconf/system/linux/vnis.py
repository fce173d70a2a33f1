"""VNIs of vxlans as rtnetlink messages, both ways: struct tunnel_msg and the attributes VXLAN_VNIFILTER_* of
linux/if_link.h.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from socket import AF_INET, inet_ntop

from netconf.system.linux.wire import (
    NLA_F_NESTED,
    RTM_DELTUNNEL,
    RTM_NEWTUNNEL,
    Message,
    address_bytes,
    attribute,
    attribute_u32,
    attributes,
    ipv6_text,
    listed,
)
from netconf.system.ports import AF_BRIDGE, VniRequest, VniRow

_TUNNEL = struct.Struct("=BBHI")  # tunnel_msg: family, flags, reserved, index
DUMP = _TUNNEL.pack(AF_BRIDGE, 0, 0, 0)

_VNIFILTER_ENTRY = 1
_START, _END, _GROUP, _GROUP6 = 1, 2, 3, 4
_HEADER = struct.Struct("=I12xB3xI")


def encode(request: VniRequest) -> Message:
    """One range. Raises ValueError for text that isn't an address."""
    row = request.row
    entry = attribute_u32(_START, row.first) + attribute_u32(_END, row.last)
    if row.remote and request.verb == "create":
        address = address_bytes(row.remote)
        entry += attribute(_GROUP6 if len(address) == 16 else _GROUP, address)
    head = _TUNNEL.pack(AF_BRIDGE, 0, 0, row.ifindex)
    kind = RTM_NEWTUNNEL if request.verb == "create" else RTM_DELTUNNEL
    return Message(kind, 0, head + attribute(_VNIFILTER_ENTRY | NLA_F_NESTED, entry))


def decode(buffers: Sequence[bytes]) -> Iterator[VniRow]:
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, family, ifindex = _HEADER.unpack_from(data, offset)
            if family == AF_BRIDGE:
                yield from (_row(entry, ifindex) for entry in listed(data[offset + 24 : offset + length]))
            offset += (length + 3) & ~3


def _row(entry: bytes, ifindex: int) -> VniRow:
    found = attributes(entry, 0, len(entry))
    first, last = (int.from_bytes(found.get(number, b""), sys.byteorder) for number in (_START, _END))
    remote = inet_ntop(AF_INET, found[_GROUP]) if _GROUP in found else ""
    return VniRow(ifindex, first, last or first, ipv6_text(found[_GROUP6]) if _GROUP6 in found else remote)
