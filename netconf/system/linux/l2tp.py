"""Static L2TPv3 by generic netlink: `ports.L2tp`. Numbers and layouts from linux/l2tp.h; what a new tunnel
and session have where nothing is said from net/l2tp/l2tp_netlink.c.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence

from netconf.core.errors import NetconfError
from netconf.system.linux import generic, netns
from netconf.system.linux.memory import NoMemory
from netconf.system.linux.netlink import NetlinkSocket, messages
from netconf.system.linux.wire import (
    IFINFO,
    RTM_SETLINK,
    Message,
    address_bytes,
    attribute,
    attribute_text,
    attribute_u8,
    attribute_u32,
    attributes,
    ipv4_text,
    ipv6_text,
    text,
)
from netconf.system.ports import L2tpSession, L2tpTunnel, Memory, Refusal

_TUNNEL_CREATE, _TUNNEL_DELETE, _TUNNEL_GET, _SESSION_CREATE, _SESSION_DELETE, _SESSION_GET = 1, 2, 4, 5, 6, 8
_PW_TYPE, _ENCAP, _L2SPEC, _VERSION, _IFNAME, _TUNNEL, _PEER_TUNNEL = 1, 2, 5, 7, 8, 9, 10
_SESSION, _PEER_SESSION, _CSUM, _COOKIE, _PEER_COOKIE, _RECV_SEQ, _SEND_SEQ = 11, 12, 13, 15, 16, 18, 19
_SADDR, _DADDR, _SPORT, _DPORT, _SADDR6, _DADDR6, _ZERO_TX, _ZERO_RX = 24, 25, 26, 27, 31, 32, 33, 34
_ETHERNET, _L2TPV3 = 5, 3  # L2TP_PWTYPE_ETH, the version of the protocol
_ENCAPS = ("udp", "ip")
_L2SPECS = ("none", "default")
_SEQ = {"none": (0, 0), "send": (1, 0), "recv": (0, 1), "both": (1, 1)}
_U16 = struct.Struct("=H")
_IFF_UP = 1
_LACKS = frozenset({
    errno.ENOENT, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EAFNOSUPPORT,
})  # fmt: skip
_NO_FAMILY = Refusal(errno.EOPNOTSUPP, "this kernel has no L2TP (CONFIG_L2TP_V3)")


class LinuxL2tp:
    """Not safe for use by several threads. The socket is opened at first use. In `memory` is what the kernel
    doesn't tell of sessions; `cookie` tells this namespace from others.
    """

    def __init__(
        self,
        memory: Memory | None = None,
        opener: Callable[[], NetlinkSocket] = generic.open_socket,
        cookie: Callable[[], int] = netns.cookie,
    ) -> None:
        self.memory: Memory = memory or NoMemory()
        self._open, self._cookie = opener, cookie
        self._opened: NetlinkSocket | None = None
        self._family = -1
        """0 = the kernel hadn't loaded it when it was asked."""

    def tunnels(self) -> Sequence[L2tpTunnel]:
        found = map(_tunnel, self._rows(_TUNNEL_GET))
        return [one for one in found if one is not None]

    def sessions(self) -> Sequence[L2tpSession]:
        rows = self._rows(_SESSION_GET)
        return [_session(row) for row in rows if generic.number(row.get(_PW_TYPE)) == _ETHERNET]

    def add_tunnel(self, tunnel: L2tpTunnel) -> Refusal | None:
        return self._send(_TUNNEL_CREATE, b"".join(_tunnel_parts(tunnel)))

    def delete_tunnel(self, number: int) -> Refusal | None:
        return self._send(_TUNNEL_DELETE, attribute_u32(_TUNNEL, number))

    def add_session(self, session: L2tpSession) -> Refusal | None:
        return self._send(_SESSION_CREATE, b"".join(_session_parts(session)))

    def delete_session(self, tunnel: int, number: int) -> Refusal | None:
        body = attribute_u32(_TUNNEL, tunnel) + attribute_u32(_SESSION, number)
        return self._send(_SESSION_DELETE, body)

    def remember(self, session: L2tpSession, ifindex: int) -> None:
        self.memory.keep(self._name(session), f"{ifindex} {session.l2spec}".encode())

    def l2spec(self, session: L2tpSession, ifindex: int) -> str:
        made, _, word = (self.memory.recall(self._name(session)) or b"").decode().partition(" ")
        return word if made in ("0", str(ifindex)) else ""

    def refused(self, encap: str, *, v6: bool) -> str:
        """By making one over lo, where nobody is."""

        def probe() -> str:
            netns.unshare()
            _set_lo_up()
            ends = ("::1", "::1") if v6 else ("127.0.0.1", "127.0.0.1")
            tried = LinuxL2tp()
            refusal = tried.add_tunnel(L2tpTunnel(1, 1, encap, *ends, 1701, 1701))
            what = f"tunnels over {encap}" + (" and IPv6" if v6 else "")
            if refusal is None:
                what, refusal = "sessions of Ethernet", tried.add_session(L2tpSession(1, 1, 1, "probe0"))
            return f"{what}: {refusal.text}" if refusal and refusal.errno in _LACKS else ""

        try:
            return netns.in_thread(probe)
        except (OSError, NetconfError):
            return ""

    def _name(self, session: L2tpSession) -> str:
        return f"l2tp-{self._cookie()}-{session.tunnel}-{session.number}"

    def _rows(self, command: int) -> Iterator[dict[int, bytes]]:
        if self._family < 0:
            self._family = generic.loaded(self._socket, "l2tp")
        for data in self._socket.dump(self._family, generic.head(command)) if self._family else ():
            for offset, end, _ in messages(data):
                yield attributes(data, offset + generic.HEADERS, end)

    def _send(self, command: int, body: bytes) -> Refusal | None:
        if self._family <= 0:
            found = generic.load(self._socket, "l2tp")
            self._family = 0 if isinstance(found, Refusal) else found
        if not self._family:
            return _NO_FAMILY
        (refusal,) = self._socket.batch([Message(self._family, 0, generic.head(command) + body)])
        return refusal and Refusal(refusal.errno, refusal.text or os.strerror(refusal.errno))

    @property
    def _socket(self) -> NetlinkSocket:
        if self._opened is None:
            self._opened = self._open()
        return self._opened


def _set_lo_up() -> None:
    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()  # loads IPv6, where it's a module
    opened = NetlinkSocket()
    opened.batch([Message(RTM_SETLINK, 0, IFINFO.pack(0, 0, 1, _IFF_UP, _IFF_UP))])
    opened.close()


def _tunnel_parts(tunnel: L2tpTunnel) -> Iterator[bytes]:
    yield attribute_u32(_TUNNEL, tunnel.number)
    yield attribute_u32(_PEER_TUNNEL, tunnel.peer)
    yield attribute_u8(_VERSION, _L2TPV3)
    yield attribute(_ENCAP, _U16.pack(_ENCAPS.index(tunnel.encap)))
    v6 = ":" in tunnel.local
    yield attribute(_SADDR6 if v6 else _SADDR, address_bytes(tunnel.local))
    yield attribute(_DADDR6 if v6 else _DADDR, address_bytes(tunnel.remote))
    if tunnel.encap == "udp":
        yield attribute(_SPORT, _U16.pack(tunnel.sport))
        yield attribute(_DPORT, _U16.pack(tunnel.dport))
    # What is there counts, whatever it holds; checksums of IPv6 are on without a word, of IPv4 off.
    if tunnel.udp_csum:
        yield attribute_u8(_CSUM, 1)
    if tunnel.udp6_csum_tx is False:
        yield attribute(_ZERO_TX, b"")
    if tunnel.udp6_csum_rx is False:
        yield attribute(_ZERO_RX, b"")


def _session_parts(session: L2tpSession) -> Iterator[bytes]:
    yield attribute_u32(_TUNNEL, session.tunnel)
    yield attribute_u32(_SESSION, session.number)
    yield attribute_u32(_PEER_SESSION, session.peer)
    yield attribute(_PW_TYPE, _U16.pack(_ETHERNET))
    yield attribute_text(_IFNAME, session.name)
    if session.l2spec:
        yield attribute_u8(_L2SPEC, _L2SPECS.index(session.l2spec))
    for number, cookie in ((_COOKIE, session.cookie), (_PEER_COOKIE, session.peer_cookie)):
        if cookie:
            yield attribute(number, bytes.fromhex(cookie))
    send, receive = _SEQ[session.seq]
    yield attribute_u8(_SEND_SEQ, send)
    yield attribute_u8(_RECV_SEQ, receive)


def _tunnel(found: dict[int, bytes]) -> L2tpTunnel | None:
    """None for one of L2TPv2, and for one whose socket is gone."""
    v6 = _SADDR6 in found
    if generic.number(found.get(_VERSION)) != _L2TPV3 or not (v6 or _SADDR in found):
        return None
    ends = (
        (ipv6_text(found[_SADDR6]), ipv6_text(found[_DADDR6]))
        if v6
        else (ipv4_text(found[_SADDR]), ipv4_text(found[_DADDR]))
    )
    row = L2tpTunnel(
        generic.number(found.get(_TUNNEL)),
        generic.number(found.get(_PEER_TUNNEL)),
        _ENCAPS[generic.number(found.get(_ENCAP))],
        *ends,
        generic.number(found.get(_SPORT)),
        generic.number(found.get(_DPORT)),
    )
    if row.encap != "udp":
        return row
    if v6:
        return row._replace(udp6_csum_tx=_ZERO_TX not in found, udp6_csum_rx=_ZERO_RX not in found)
    return row._replace(udp_csum=bool(generic.number(found.get(_CSUM))))


def _session(found: dict[int, bytes]) -> L2tpSession:
    used = tuple(int(any(found.get(one, b""))) for one in (_SEND_SEQ, _RECV_SEQ))
    return L2tpSession(
        generic.number(found.get(_TUNNEL)),
        generic.number(found.get(_SESSION)),
        generic.number(found.get(_PEER_SESSION)),
        text(found.get(_IFNAME, b"")),
        found.get(_COOKIE, b"").hex(),
        found.get(_PEER_COOKIE, b"").hex(),
        next(word for word, pair in _SEQ.items() if pair == used),
    )
