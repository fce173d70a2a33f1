"""The path manager of MPTCP by generic netlink: `ports.Mptcp`. Numbers from
linux/mptcp_pm.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence

from netconf.system.linux import generic
from netconf.system.linux.netlink import NetlinkSocket, messages
from netconf.system.linux.tree import LinuxTree
from netconf.system.linux.wire import (
    NLA_F_NESTED,
    Message,
    address_bytes,
    attribute,
    attribute_u8,
    attribute_u32,
    attributes,
    ipv4_text,
    ipv6_text,
)
from netconf.system.ports import MptcpEndpoint, MptcpLimits, MptcpRequest, Refusal, Tree

_U16 = struct.Struct("=H")
_ADD, _DELETE, _GET, _SET_LIMITS, _GET_LIMITS, _SET_FLAGS = 1, 2, 3, 5, 6, 7
_ADDR, _ACCEPTED, _SUBFLOWS = 1, 2, 3
_FAMILY, _ID, _ADDR4, _ADDR6, _PORT, _FLAGS, _INDEX = 1, 2, 3, 4, 5, 6, 7
_ENABLED = ("net", "mptcp", "enabled")
_COMMANDS = {"create": _ADD, "change": _SET_FLAGS, "delete": _DELETE, "limits": _SET_LIMITS}


class LinuxMptcp:
    """Not safe for use by several threads. The socket is opened at first use."""

    def __init__(
        self, open_socket: Callable[[], NetlinkSocket] = generic.open_socket, tree: Tree | None = None
    ) -> None:
        self._open_socket = open_socket
        self._tree = LinuxTree() if tree is None else tree
        self._opened: NetlinkSocket | None = None
        self._family = 0

    def endpoints(self) -> Sequence[MptcpEndpoint]:
        if not self._has():
            return ()
        buffers = self._socket.dump(self._family, generic.head(_GET))
        return list(_endpoints(buffers))

    def limits(self) -> MptcpLimits | None:
        if not self._has():
            return None
        found = self._socket.get(self._family, generic.head(_GET_LIMITS))
        if isinstance(found, Refusal):
            return None
        values = attributes(found, generic.HEADERS, len(found))
        return MptcpLimits(generic.number(values.get(_SUBFLOWS)), generic.number(values.get(_ACCEPTED)))

    def send(self, requests: Sequence[MptcpRequest]) -> Sequence[Refusal | None]:
        """Raises ValueError for text that isn't an address."""
        if not self._has():
            return [Refusal(errno.EOPNOTSUPP, "this kernel has no MPTCP")] * len(requests)
        wanted = [Message(self._family, 0, _body(request)) for request in requests]
        answers = self._socket.batch(wanted)
        return [
            None if one is None else Refusal(one.errno, one.text or os.strerror(one.errno)) for one in answers
        ]

    def _has(self) -> bool:
        """Asked of /proc first: a family the kernel doesn't know makes it call modprobe."""
        if not self._family and self._tree.read(_ENABLED) is not None:
            found = generic.load(self._socket, "mptcp_pm")
            self._family = 0 if isinstance(found, Refusal) else found
        return bool(self._family)

    @property
    def _socket(self) -> NetlinkSocket:
        if self._opened is None:
            self._opened = self._open_socket()
        return self._opened


def _body(request: MptcpRequest) -> bytes:
    head = generic.head(_COMMANDS[request.verb])
    if request.verb == "limits":
        pairs = ((_ACCEPTED, request.limits.add_addr_accepted), (_SUBFLOWS, request.limits.subflows))
        return head + b"".join(attribute_u32(number, value) for number, value in pairs if value >= 0)
    return head + attribute(_ADDR | NLA_F_NESTED, b"".join(_entry(request)))


def _entry(request: MptcpRequest) -> Iterator[bytes]:
    """An existing one by its number alone: with its address the kernel could take another for it."""
    one = request.endpoint
    if one.number:
        yield attribute_u8(_ID, one.number)
    if request.verb != "delete":
        yield attribute_u32(_FLAGS, one.flags)
    if request.verb == "create":
        v6 = ":" in one.address
        yield attribute(_FAMILY, _U16.pack(socket.AF_INET6 if v6 else socket.AF_INET))
        yield attribute(_ADDR6 if v6 else _ADDR4, address_bytes(one.address))
        if one.port:
            yield attribute(_PORT, _U16.pack(one.port))
        if one.ifindex:
            yield attribute_u32(_INDEX, one.ifindex)


def _endpoints(buffers: Sequence[bytes]) -> Iterator[MptcpEndpoint]:
    for data in buffers:
        for offset, end, _ in messages(data):
            entry = attributes(data, offset + 20, end).get(_ADDR, b"")
            found = attributes(entry, 0, len(entry))
            address = ipv6_text(found[_ADDR6]) if _ADDR6 in found else ipv4_text(found[_ADDR4])
            numbers = (generic.number(found.get(number)) for number in (_PORT, _ID, _FLAGS, _INDEX))
            yield MptcpEndpoint(address, *numbers)
