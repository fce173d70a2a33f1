"""Connection tracking by its netlink messages, and the sockets of this host: `ports.Conntrack`.

Numbers from linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h and nf_conntrack_tcp.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from netconf.core.errors import ApplyError
from netconf.system.linux.netlink import NetlinkSocket, messages
from netconf.system.linux.wire import (
    NLA_F_NESTED,
    NLM_F_CREATE,
    NLM_F_EXCL,
    Message,
    address_bytes,
    attribute,
    attribute_u8,
    attributes,
    ipv4_text,
    ipv6_text,
)
from netconf.system.ports import Flow

_NETLINK_NETFILTER = 12
_NEW, _GET, _DELETE = 0x100, 0x101, 0x102  # NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_*
_NFGENMSG = struct.Struct("=BBH")
_ORIG, _REPLY, _STATUS, _PROTOINFO, _TIMEOUT = 1, 2, 3, 4, 7  # CTA_*
_IP, _PROTO = 1, 2  # CTA_TUPLE_*
_ADDRESSES = {4: (1, 2), 6: (3, 4)}  # CTA_IP_V4_SRC, …
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3  # CTA_PROTO_*
_TCP, _STATE, _FLAGS_ORIG, _FLAGS_REPLY = 1, 1, 4, 5  # CTA_PROTOINFO_TCP…
_ESTABLISHED, _BE_LIBERAL = 3, 0x08
_SEEN_REPLY, _ASSURED, _CONFIRMED = 2, 4, 8  # IPS_*
_ATTRIBUTE = struct.Struct("=HH")

_DAYS = 5 * 86400
"""What nf_conntrack_tcp_timeout_established is by default, in seconds."""

_SOCKETS = ("tcp", "tcp6")
_STATES = {"established": "01", "listen": "0A"}


class LinuxConntrack:
    def sockets(self) -> Sequence[Flow]:
        rows = list(_rows())
        listening = {port for (_, port), _, state in rows if state == _STATES["listen"]}
        found = []
        for here, far, state in rows:
            if state != _STATES["established"] or _is_loopback(here[0]) or here[0] == far[0]:
                continue
            first, last = (far, here) if here[1] in listening else (here, far)
            found.append(Flow(socket.IPPROTO_TCP, *first, *last, *last, *first))
        return found

    def flows(self) -> Sequence[Flow]:
        netlink = _open()
        try:
            buffers = netlink.dump(_GET, _NFGENMSG.pack(socket.AF_UNSPEC, 0, 0))
        finally:
            netlink.close()
        return [
            flow
            for data in buffers
            for offset, end, kind in messages(data)
            if kind == _NEW and (flow := _flow(data, offset + 20, end)) is not None
        ]

    def track(self, flows: Sequence[Flow]) -> None:
        flags = NLM_F_CREATE | NLM_F_EXCL
        self._send([Message(_NEW, flags, _head(flow) + _established(flow)) for flow in flows], errno.EEXIST)

    def forget(self, flows: Sequence[Flow]) -> None:
        self._send([Message(_DELETE, 0, _head(flow) + _tuple(_ORIG, flow)) for flow in flows], errno.ENOENT)

    def _send(self, wanted: Sequence[Message], ignored: int) -> None:
        if not wanted:
            return
        netlink = _open()
        try:
            refusals = [r for r in netlink.batch(wanted) if r is not None and r.errno != ignored]
        finally:
            netlink.close()
        if refusals:
            number = refusals[0].errno
            raise ApplyError(f"connection tracking: {os.strerror(number)}", errno=number)


def _open() -> NetlinkSocket:
    return NetlinkSocket(protocol=_NETLINK_NETFILTER)


End = tuple[str, int]


def _rows() -> Iterator[tuple[End, End, str]]:
    """Both ends, ours first, and the state of each TCP socket, proc_pid_net(5)."""
    for name in _SOCKETS:
        try:
            lines = Path("/proc/thread-self/net", name).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            yield _end(words[1]), _end(words[2]), words[3]


def _end(text: str) -> End:
    """`0100007F:0016`: words of 32 bits in the machine's order."""
    address, _, port = text.partition(":")
    words = [bytes.fromhex(address[start : start + 8]) for start in range(0, len(address), 8)]
    raw = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    if len(raw) == 16 and raw[:12] == bytes(10) + b"\xff\xff":
        raw = raw[12:]
    return (ipv4_text(raw) if len(raw) == 4 else ipv6_text(raw)), int(port, 16)


def _is_loopback(address: str) -> bool:
    return address == "::1" or address.startswith("127.")


def _head(flow: Flow) -> bytes:
    return _NFGENMSG.pack(socket.AF_INET6 if ":" in flow.source else socket.AF_INET, 0, 0)


def _nested(number: int, *parts: bytes) -> bytes:
    return attribute(number | NLA_F_NESTED, b"".join(parts))


def _tuple(number: int, flow: Flow) -> bytes:
    if number == _ORIG:
        ends = (flow.source, flow.source_port, flow.destination, flow.destination_port)
    else:
        ends = (flow.answers_from, flow.answers_from_port, flow.answers_to, flow.answers_to_port)
    source, source_port, destination, destination_port = ends
    numbers = _ADDRESSES[6 if ":" in source else 4]
    return _nested(
        number,
        _nested(_IP, *map(attribute, numbers, (address_bytes(source), address_bytes(destination)))),
        _nested(
            _PROTO,
            attribute_u8(_NUMBER, flow.protocol),
            attribute(_SOURCE_PORT, source_port.to_bytes(2, "big")),
            attribute(_DESTINATION_PORT, destination_port.to_bytes(2, "big")),
        ),
    )


def _established(flow: Flow) -> bytes:
    """In the middle of a connection nobody knows its windows: they aren't checked."""
    liberal = bytes((_BE_LIBERAL, _BE_LIBERAL))
    tcp = _nested(
        _TCP,
        attribute_u8(_STATE, _ESTABLISHED),
        attribute(_FLAGS_ORIG, liberal),
        attribute(_FLAGS_REPLY, liberal),
    )
    status = _SEEN_REPLY | _ASSURED | _CONFIRMED
    return b"".join(
        (
            _tuple(_ORIG, flow),
            _tuple(_REPLY, flow),
            attribute(_STATUS, status.to_bytes(4, "big")),
            attribute(_TIMEOUT, _DAYS.to_bytes(4, "big")),
            _nested(_PROTOINFO, tcp),
        )
    )


def _flow(data: bytes, start: int, end: int) -> Flow | None:
    parts = _attributes(data, start, end)
    first, answer = (_ends(parts[number]) for number in (_ORIG, _REPLY))
    if first is None or answer is None:
        return None
    return Flow(*first, *answer[1:])


def _ends(raw: bytes) -> tuple[int, str, int, str, int] | None:
    parts = _attributes(raw, 0, len(raw))
    addresses = _attributes(parts[_IP], 0, len(parts[_IP]))
    protocol = _attributes(parts[_PROTO], 0, len(parts[_PROTO]))
    six = _ADDRESSES[6][0] in addresses
    text: Callable[[bytes], str] = ipv6_text if six else ipv4_text
    source, destination = (text(addresses[number]) for number in _ADDRESSES[6 if six else 4])
    ports = (int.from_bytes(protocol.get(number, b""), "big") for number in (_SOURCE_PORT, _DESTINATION_PORT))
    source_port, destination_port = ports
    return protocol[_NUMBER][0], source, source_port, destination, destination_port


def _attributes(data: bytes, start: int, end: int) -> dict[int, bytes]:
    return attributes(data, start, end, _ATTRIBUTE.unpack_from)
