"""The bytes of rtnetlink: message types, flags, structs and attribute packing.

Shared by what reads and what writes. Numbers from linux/netlink.h, linux/rtnetlink.h,
linux/if_link.h and linux/if_addr.h; structs are in the machine's byte order (netlink(7)).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

# Message types (linux/rtnetlink.h; NLMSG_* from linux/netlink.h).
NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH = 28, 29, 30
RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE = 32, 33, 34
RTM_NEWADDRLABEL, RTM_DELADDRLABEL, RTM_GETADDRLABEL = 72, 73, 74
RTM_NEWMDB, RTM_DELMDB, RTM_GETMDB = 84, 85, 86
RTM_GETNSID = 90
RTM_NEWNSID = 88
RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP = 104, 105, 106
RTM_NEWLINKPROP, RTM_DELLINKPROP = 108, 109
RTM_NEWTUNNEL, RTM_DELTUNNEL, RTM_GETTUNNEL = 120, 121, 122

# Flags of nlmsghdr.
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP_INTR = 0x1, 0x4, 0x10
NLM_F_DUMP = 0x300
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND = 0x100, 0x200, 0x400, 0x800
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200

NLA_F_NESTED = 0x8000
NLA_TYPE_MASK = 0x3FFF

HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
ATTRIBUTE = struct.Struct("=HH")  # nlattr: length with this header, type
IFINFO = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, change
IFADDR = struct.Struct("=BBBBI")  # ifaddrmsg: family, prefix length, flags, scope, index
RTMSG = struct.Struct(
    "=BBBBBBBBI"
)  # rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, flags
NDMSG = struct.Struct("=BxHiHBB")  # ndmsg: family, padding, index, state, flags, type
NEXTHOP = struct.Struct("=HBBi")  # rtnexthop: length with this header, flags, hops, index
U32 = struct.Struct("=I")

_ATTRIBUTE_U8 = struct.Struct("=HHB3x")
_ATTRIBUTE_IPV4 = struct.Struct("=HH4s")
_ATTRIBUTE_U32 = struct.Struct("=HHI")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


class Message(NamedTuple):
    """A request without its sequence number; `flags` beside NLM_F_REQUEST."""

    type: int
    flags: int
    body: bytes


def attribute(number: int, value: bytes) -> bytes:
    """One attribute, padded to 4 bytes."""
    length = len(value)
    return ATTRIBUTE.pack(length + 4, number) + value + _PADDING[length & 3]


def attribute_u8(number: int, value: int) -> bytes:
    return _ATTRIBUTE_U8.pack(5, number, value)


def attribute_u32(number: int, value: int) -> bytes:
    return _ATTRIBUTE_U32.pack(8, number, value)


def attribute_text(number: int, value: str) -> bytes:
    """A zero-terminated string (NLA_NUL_STRING)."""
    return attribute(number, value.encode() + b"\0")


def attributes(
    data: bytes, start: int, end: int, unpack: Callable[[bytes, int], tuple[int, int]] = ATTRIBUTE.unpack_from
) -> dict[int, bytes]:
    """The attributes between two offsets by number; of a repeated one the last."""
    found = {}
    while start < end:
        length, number = unpack(data, start)
        if length < 4:
            break
        found[number & 0x3FFF] = data[start + 4 : start + length]
        start += (length + 3) & 0xFFFC
    return found


def listed(data: bytes) -> Iterator[bytes]:
    """The values of a list's attributes in order: they may share a number, or have none of their own."""
    offset = 0
    while offset + ATTRIBUTE.size <= len(data):
        length, _ = ATTRIBUTE.unpack_from(data, offset)
        if length < ATTRIBUTE.size or offset + length > len(data):
            return
        yield data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def text(value: bytes) -> str:
    """A string attribute; its end may or may not carry the zero."""
    return value.rstrip(b"\0").decode(errors="surrogateescape")


ipv4_text = partial(inet_ntop, AF_INET)


def ipv6_text(value: bytes) -> str:
    """As the standard library's ipaddress prints it; inet_ntop(3) differs where an IPv4 address is
    embedded, and ipaddress does between its versions.
    """
    found = inet_ntop(AF_INET6, value)
    if "." not in found:
        return found
    import ipaddress

    return str(ipaddress.IPv6Address(value))


def attribute_ip(number: int, value: str) -> bytes:
    """An IPv4 or IPv6 address; raises ValueError."""
    found = address_bytes(value)
    return _ATTRIBUTE_IPV4.pack(8, number, found) if len(found) == 4 else attribute(number, found)


def address_bytes(value: str) -> bytes:
    """An IPv4 or IPv6 address in network order; raises ValueError."""
    try:
        return inet_pton(AF_INET6 if ":" in value else AF_INET, value)
    except OSError as err:
        raise ValueError(f"not an IP address: {value!r}") from err
