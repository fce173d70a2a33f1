"""Families of generic netlink by their names. Numbers from linux/genetlink.h."""

from __future__ import annotations

import struct
import sys

from netconf.system.linux.netlink import NetlinkSocket, messages
from netconf.system.linux.wire import attribute_text, attributes, text
from netconf.system.ports import Refusal

NETLINK_GENERIC = 16
HEADERS = 20
"""Octets before the attributes: nlmsghdr and genlmsghdr."""

_HEAD = struct.Struct("=BBxx")  # genlmsghdr: command, version
_CONTROL, _GET_FAMILY, _FAMILY_ID, _FAMILY_NAME = 0x10, 3, 1, 2


def head(command: int, version: int = 1) -> bytes:
    return _HEAD.pack(command, version)


def open_socket() -> NetlinkSocket:
    return NetlinkSocket(protocol=NETLINK_GENERIC)


def loaded(opened: NetlinkSocket, name: str) -> int:
    """The number of a family if the kernel has it by now, else 0: a list of all, which loads no module."""
    for data in opened.dump(_CONTROL, head(_GET_FAMILY)):
        for offset, end, _ in messages(data):
            found = attributes(data, offset + HEADERS, end)
            if text(found.get(_FAMILY_NAME, b"")) == name:
                return number(found.get(_FAMILY_ID))
    return 0


def load(opened: NetlinkSocket, name: str) -> int | Refusal:
    """The same, or why there's none; the kernel loads its module if there is one."""
    answer = opened.get(_CONTROL, head(_GET_FAMILY) + attribute_text(_FAMILY_NAME, name))
    if isinstance(answer, Refusal):
        return answer
    return number(attributes(answer, HEADERS, len(answer)).get(_FAMILY_ID))


def number(value: bytes | None) -> int:
    """Of an attribute, 0 if it isn't there."""
    return int.from_bytes(value or b"", sys.byteorder)
