"""Whether a host would answer a new TCP connection under some firewall: tried with one packet.

In a throw-away network namespace with the link's name on a tun device: what's written to its file
comes in by the link, what goes out by it is read there. Nothing leaves this process.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import struct
import time
from collections.abc import Callable

from netconf.system.linux.netlink import NetlinkSocket
from netconf.system.linux.tuntap import DEVICE
from netconf.system.linux.wire import (
    IFADDR,
    IFINFO,
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWROUTE,
    RTMSG,
    Message,
    address_bytes,
    attribute,
    attribute_u32,
)
from netconf.system.ports import Session

SECONDS = 0.5
"""How long an answer is waited for, twice."""

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI, _IFF_UP = 0x400454CA, 0x0001, 0x1000, 1
_IFREQ = struct.Struct("=16sH22x")
_IFA_ADDRESS, _IFA_LOCAL, _IFA_F_NODAD = 1, 2, 0x02
_RTA_OIF, _MAIN, _STATIC, _UNICAST = 4, 254, 4, 1
_TCP_HEADER = struct.Struct("!HHIIBBHHH")
_SYN, _SYN_ACK = 0x02, 0x12
_PORT = 54321


def answered(session: Session, link: str, load: Callable[[], bool]) -> bool | None:
    """In the namespace the thread is in, which is to be empty. None if there are no tun devices, or
    `load` says that it couldn't.
    """
    try:
        tun = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.ioctl(tun, _TUNSETIFF, _IFREQ.pack(link.encode(), _IFF_TUN | _IFF_NO_PI))
        _set_up(session, socket.if_nametoindex(link))
        if not load():
            return None
        family = socket.AF_INET6 if ":" in session.local else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            _bind(listener, session)
            listener.listen()
            return any(_is_answered(tun, session, _packet(session)) for _ in range(2))
    except OSError:
        return None
    finally:
        os.close(tun)


def _set_up(session: Session, index: int) -> None:
    """The link up, with the address, and a route to everybody over it."""
    six = ":" in session.local
    family = socket.AF_INET6 if six else socket.AF_INET
    local = address_bytes(session.local)
    create = NLM_F_CREATE | NLM_F_EXCL
    address = IFADDR.pack(family, len(local) * 8, _IFA_F_NODAD if six else 0, 0, index)
    route = RTMSG.pack(family, 0, 0, 0, _MAIN, _STATIC, 0, _UNICAST, 0)
    netlink = NetlinkSocket()
    try:
        refusals = netlink.batch(
            [
                Message(RTM_NEWLINK, 0, IFINFO.pack(0, 0, index, _IFF_UP, _IFF_UP)),
                Message(
                    RTM_NEWADDR,
                    create,
                    address + attribute(_IFA_LOCAL, local) + attribute(_IFA_ADDRESS, local),
                ),
                Message(RTM_NEWROUTE, create, route + attribute_u32(_RTA_OIF, index)),
            ]
        )
    finally:
        netlink.close()
    if any(refusals):
        raise OSError(next(r.errno for r in refusals if r), "the trial can't be set up")


def _bind(listener: socket.socket, session: Session) -> None:
    """An IPv6 address is the host's a moment after it was added: a work queue makes it so
    (addrconf_dad_work in net/ipv6/addrconf.c).
    """
    end = time.monotonic() + SECONDS
    while True:
        try:
            listener.bind((session.local, session.port))
        except OSError as err:
            if err.errno != errno.EADDRNOTAVAIL or time.monotonic() > end:
                raise
            time.sleep(0.005)
        else:
            return


def _packet(session: Session) -> bytes:
    """A SYN from the peer."""
    peer, local = address_bytes(session.peer), address_bytes(session.local)
    options = bytes((2, 4, 5, 0xB4))  # MSS 1460
    length = 20 + len(options)
    bare = _TCP_HEADER.pack(_PORT, session.port, 1, 0, 6 << 4, _SYN, 64240, 0, 0) + options
    if len(local) == 4:
        pseudo = peer + local + struct.pack("!BBH", 0, 6, length)
    else:
        pseudo = peer + local + struct.pack("!IHBB", length, 0, 0, 6)
    tcp = bare[:16] + _checksum(pseudo + bare).to_bytes(2, "big") + bare[18:]
    if len(local) == 16:
        return struct.pack("!IHBB", 6 << 28, length, 6, 64) + peer + local + tcp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0x4000, 64, 6, 0) + peer + local
    return head[:10] + _checksum(head).to_bytes(2, "big") + head[12:] + tcp


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _is_answered(tun: int, session: Session, packet: bytes) -> bool:
    os.write(tun, packet)
    end = time.monotonic() + SECONDS
    local, peer = address_bytes(session.local), address_bytes(session.peer)
    start, header = (12, 20) if len(local) == 4 else (8, 40)
    while (left := end - time.monotonic()) > 0 and select.select([tun], [], [], left)[0]:
        data = os.read(tun, 4096)
        ends = data[start : start + 2 * len(local)]
        if ends != local + peer or len(data) < header + 20:
            continue
        ports = struct.unpack_from("!HH", data, header)
        if ports == (session.port, _PORT) and data[header + 13] & 0x3F == _SYN_ACK:
            return True
    return False
