"""Address labels as rtnetlink messages, both ways: struct ifaddrlblmsg and the attributes IFAL_* of
linux/if_addrlabel.h.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from socket import AF_INET6

from netconf.system.linux.wire import (
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_DELADDRLABEL,
    RTM_NEWADDRLABEL,
    Message,
    address_bytes,
    attribute,
    attribute_u32,
    attributes,
    ipv6_text,
)
from netconf.system.ports import AddressLabelRequest, AddressLabelRow

_HEAD = struct.Struct("=BxBxI4x")  # family, prefix length, index
_MESSAGE = struct.Struct("=I12xBxBxI4x")
_ADDRESS, _LABEL = 1, 2

DUMP = _HEAD.pack(AF_INET6, 0, 0)


def encode(request: AddressLabelRequest) -> Message:
    """Raises ValueError for text that isn't a prefix. NLM_F_REPLACE finds an old label only where it's the
    first of its length, else there are two (__ip6addrlbl_add of net/ipv6/addrlabel.c): it isn't used.
    """
    row = request.row
    address, _, length = row.prefix.partition("/")
    head = _HEAD.pack(AF_INET6, int(length), row.ifindex)
    body = head + attribute(_ADDRESS, address_bytes(address)) + attribute_u32(_LABEL, row.label)
    if request.verb == "delete":
        return Message(RTM_DELADDRLABEL, 0, body)
    return Message(RTM_NEWADDRLABEL, NLM_F_CREATE | NLM_F_EXCL, body)


def decode(buffers: Sequence[bytes]) -> Iterator[AddressLabelRow]:
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, family, width, ifindex = _MESSAGE.unpack_from(data, offset)
            if family == AF_INET6:
                found = attributes(data, offset + 28, offset + length)
                prefix = f"{ipv6_text(found[_ADDRESS])}/{width}"
                yield AddressLabelRow(prefix, int.from_bytes(found[_LABEL], sys.byteorder), ifindex)
            offset += (length + 3) & ~3
