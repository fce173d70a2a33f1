"""Which MACsec links have keys or peers: they're told by generic netlink only (linux/if_macsec.h)."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator

from netconf.system.linux.netlink import NetlinkSocket, messages
from netconf.system.linux.wire import attribute_text, attributes

NETLINK_GENERIC = 16
_GENL = struct.Struct("=BBH")
"""Struct genlmsghdr: command, version, reserved."""
_GENL_ID_CTRL, _CTRL_CMD_GETFAMILY, _CTRL_ATTR_FAMILY_ID, _CTRL_ATTR_FAMILY_NAME = 0x10, 3, 1, 2
_MACSEC_CMD_GET_TXSC = 0
_IFINDEX, _TXSA_LIST, _RXSC_LIST = 1, 5, 6
_HEADERS = 20


def keyed(opened: NetlinkSocket) -> frozenset[int]:
    """The ifindexes of those with an association or a receive channel; none on a kernel without MACsec."""
    family = _family(opened)
    if not family:
        return frozenset()
    buffers = opened.dump(family, _GENL.pack(_MACSEC_CMD_GET_TXSC, 1, 0))
    return frozenset(found for data in buffers for found in _with_keys(data))


def _family(opened: NetlinkSocket) -> int:
    """The number the kernel chose for macsec; 0 if it has none."""
    body = _GENL.pack(_CTRL_CMD_GETFAMILY, 1, 0) + attribute_text(_CTRL_ATTR_FAMILY_NAME, "macsec")
    answer = opened.get(_GENL_ID_CTRL, body)
    if not isinstance(answer, bytes):
        return 0
    found = attributes(answer, _HEADERS, len(answer))
    return int.from_bytes(found[_CTRL_ATTR_FAMILY_ID], sys.byteorder)


def _with_keys(data: bytes) -> Iterator[int]:
    for offset, end, _ in messages(data):
        found = attributes(data, offset + _HEADERS, end)
        if found.get(_TXSA_LIST) or found.get(_RXSC_LIST):
            yield int.from_bytes(found[_IFINDEX], sys.byteorder)
