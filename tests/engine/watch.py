"""What the kernel tells of addresses and routes while something happens, in order."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager
from typing import NamedTuple

from netconf.system.linux.wire import HEADER, IFADDR, RTMSG, attributes

_GROUPS = {"ipv4 address": 5, "ipv4 route": 7, "ipv6 address": 9, "ipv6 route": 11}  # RTNLGRP_*
_NAMES = {20: "+address", 21: "-address", 24: "+route", 25: "-route"}
_FAMILY_BYTES = {2: (socket.AF_INET, 4), 10: (socket.AF_INET6, 16)}


class Event(NamedTuple):
    """`what` is +address, -address, +route or -route; `table` and `protocol` are a route's."""

    what: str
    prefix: str
    table: int = 0
    protocol: int = 0


@contextmanager
def watching():
    """A list that has the events once the block is left."""
    found: list[Event] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        netlink.bind((0, sum(1 << group - 1 for group in _GROUPS.values())))
        yield found
        netlink.setblocking(False)
        while True:
            try:
                data = netlink.recv(1 << 16)
            except BlockingIOError:
                break
            found.extend(_events(data))


def _events(data: bytes):
    at = 0
    while at < len(data):
        length, kind, *_ = HEADER.unpack_from(data, at)
        if kind in _NAMES:
            yield _event(_NAMES[kind], data[at + HEADER.size : at + length])
        at += (length + 3) & ~3


def _event(what: str, body: bytes) -> Event:
    if what.endswith("address"):
        family, length, *_ = IFADDR.unpack_from(body)
        found = attributes(body, IFADDR.size, len(body))
        return Event(what, f"{_text(family, found.get(2) or found[1])}/{length}")
    family, length, _, _, table, protocol, *_ = RTMSG.unpack_from(body)
    found = attributes(body, RTMSG.size, len(body))
    prefix = f"{_text(family, found[1])}/{length}" if 1 in found else "default"
    number = struct.unpack("=I", found[15])[0] if 15 in found else table
    return Event(what, prefix, number, protocol)


def _text(family: int, value: bytes) -> str:
    family, size = _FAMILY_BYTES[family]
    return socket.inet_ntop(family, value.ljust(size, b"\0"))
