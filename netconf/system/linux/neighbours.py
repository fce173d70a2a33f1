"""Neighbours as rtnetlink messages, both ways: struct ndmsg and the attributes NDA_* of
linux/neighbour.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from socket import AF_INET

from netconf.system.linux.wire import (
    NDMSG,
    NLM_F_CREATE,
    NLM_F_REPLACE,
    RTM_DELNEIGH,
    RTM_NEWNEIGH,
    Message,
    address_bytes,
    attribute,
    attribute_u8,
    attributes,
    ipv4_text,
    ipv6_text,
)
from netconf.system.ports import NeighbourRequest, NeighbourRow

NTF_PROXY = 0x08
_NTF_EXT_LEARNED, _NTF_ROUTER = 0x10, 0x80
_NUD_PERMANENT = 0x80
_DST, _LLADDR, _PROTOCOL = 1, 2, 12
_NEIGHBOUR = struct.Struct("=I12xBxHiHBB")


def encode(request: NeighbourRequest) -> Message:
    """Raises ValueError for text that isn't an address. Proxies are permanent too: the kernel drops
    others when their link loses its carrier (pneigh_ifdown_and_unlock).
    """
    row = request.row
    flags = (NTF_PROXY if row.proxy else 0) | (_NTF_ROUTER if row.router else 0)
    parts = [
        NDMSG.pack(row.family, 0, row.ifindex, _NUD_PERMANENT, flags, 0),
        attribute(_DST, address_bytes(row.address)),
    ]
    if request.verb == "delete":
        return Message(RTM_DELNEIGH, 0, b"".join(parts))
    if row.hardware:
        parts.append(attribute(_LLADDR, bytes.fromhex(row.hardware.replace(":", ""))))
    if row.protocol:
        parts.append(attribute_u8(_PROTOCOL, row.protocol))
    return Message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, b"".join(parts))


def decode(buffers: Sequence[bytes], family: int) -> Iterator[NeighbourRow]:
    """Of one family: what was set by hand for a link, not what the kernel or a program has learnt."""
    show = ipv4_text if family == AF_INET else ipv6_text
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, found_family, _, ifindex, state, flags, _ = _NEIGHBOUR.unpack_from(data, offset)
            proxy = bool(flags & NTF_PROXY)
            lasting = proxy or state & _NUD_PERMANENT
            if found_family == family and ifindex and lasting and not flags & _NTF_EXT_LEARNED:
                found = attributes(data, offset + 28, offset + length)
                yield NeighbourRow(
                    family,
                    ifindex,
                    show(found[_DST]),
                    "" if proxy else found.get(_LLADDR, b"").hex(":"),
                    bool(flags & _NTF_ROUTER) and not proxy,
                    proxy,
                    int.from_bytes(found.get(_PROTOCOL, b""), "little"),
                )
            offset += (length + 3) & ~3
