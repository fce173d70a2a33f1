"""WireGuard by its generic netlink family: `ports.Wireguard`.

Numbers and layouts from linux/wireguard.h and linux/genetlink.h.
"""

from __future__ import annotations

import base64
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from netconf.core.errors import ApplyError, ObserveError
from netconf.system.linux import generic, keys
from netconf.system.linux.keys import Keys
from netconf.system.linux.netlink import NetlinkSocket, messages
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
    listed,
)
from netconf.system.ports import Refusal
from netconf.system.ports.wireguard import (
    Key,
    WireguardPeerRow,
    WireguardPeerWrite,
    WireguardRow,
    WireguardWrite,
)

_GET, _SET, _VERSION = 0, 1, 1
_IFINDEX, _PRIVATE_KEY, _PUBLIC_KEY, _LISTEN_PORT, _FWMARK, _PEERS = 1, 3, 4, 6, 7, 8  # WGDEVICE_A_*
_PEER_KEY, _PRESHARED, _FLAGS, _ENDPOINT, _KEEPALIVE, _ALLOWED = 1, 2, 3, 4, 5, 9  # WGPEER_A_*
_REMOVE_ME, _REPLACE_ALLOWED = 1, 2  # WGPEER_F_*
_FAMILY, _ADDRESS, _MASK = 1, 2, 3  # WGALLOWEDIP_A_*
_U16 = struct.Struct("=H")
_IPS_IN_A_MESSAGE = 1000
"""A nested attribute has at most 64 KiB; an allowed IP takes up to 40 octets."""

_ABSENT = (19, 95)  # ENODEV, EOPNOTSUPP: no such device, or one of another kind
_NO_KEY = bytes(keys.LENGTH)


class _Peer(NamedTuple):
    row: WireguardPeerRow
    preshared: bytes


class _Device(NamedTuple):
    """A device with its keys, which leave this module only to where they're kept."""

    row: WireguardRow
    private_key: bytes
    preshared: tuple[bytes, ...]


class LinuxWireguard:
    """Not safe for use by several threads."""

    def __init__(
        self, kept: Keys | None = None, opener: Callable[[], NetlinkSocket] = generic.open_socket
    ) -> None:
        self.kept = kept or Keys()
        self._open = opener
        self._opened: NetlinkSocket | None = None
        self._number = 0

    def device(self, ifindex: int) -> WireguardRow | None:
        found = self._device(ifindex)
        return None if found is None else found.row

    def write(self, ifindex: int, wanted: WireguardWrite) -> None:
        if wanted.private_key or any(peer.remove or peer.preshared for peer in wanted.peers):
            self.keep(ifindex)
        netlink, family = self._netlink()
        head = generic.head(_SET, _VERSION) + attribute_u32(_IFINDEX, ifindex)
        bodies = [head + b"".join(self._device_parts(wanted))]
        for peer in wanted.peers:
            bodies += [head + attribute(_PEERS | NLA_F_NESTED, part) for part in self._peer_parts(peer)]
        sent = [Message(family, 0, body) for body in bodies if len(body) > len(head)]
        for refusal in netlink.batch(sent):
            if refusal is not None:
                raise ApplyError(f"WireGuard: {_reason(refusal)}", errno=refusal.errno)

    def keep(self, ifindex: int) -> None:
        found = self._device(ifindex)
        if found is None:
            return
        try:
            self.kept.keep(found.private_key, private=True)
            for value in found.preshared:
                self.kept.keep(value, private=False)
        except OSError as err:
            raise ApplyError(f"the keys it has can't be kept for a rollback: {err.strerror}") from err

    def public_key(self, source: str) -> str:
        return keys.public(keys.read(source))

    def preshared(self, source: str) -> str:
        return keys.digest(keys.read(source))

    def has(self, key: Key, *, private: bool) -> bool:
        return not key.known_as or self.kept.find(key, private=private) is not None

    def _netlink(self) -> tuple[NetlinkSocket, int]:
        """The socket and the number of the family, which is there as soon as the module is."""
        if self._opened is None:
            self._opened = self._open()
        if not self._number:
            found = generic.load(self._opened, "wireguard")
            if isinstance(found, Refusal):
                raise ObserveError(f"this kernel has no WireGuard: {_reason(found)}")
            self._number = found
        return self._opened, self._number

    def _device(self, ifindex: int) -> _Device | None:
        netlink, family = self._netlink()
        asked = generic.head(_GET, _VERSION) + attribute_u32(_IFINDEX, ifindex)
        return _decode(netlink.dump(family, asked, absent=_ABSENT))

    def _device_parts(self, wanted: WireguardWrite) -> Iterator[bytes]:
        if wanted.private_key is not None:
            yield attribute(_PRIVATE_KEY, self._key(wanted.private_key, private=True))
        if wanted.listen_port is not None:
            yield attribute(_LISTEN_PORT, _U16.pack(wanted.listen_port))
        if wanted.fwmark is not None:
            yield attribute_u32(_FWMARK, wanted.fwmark)

    def _peer_parts(self, peer: WireguardPeerWrite) -> Iterator[bytes]:
        """The attribute of a peer, again and again where there are more allowed IPs than fit."""
        key = attribute(_PEER_KEY, base64.b64decode(peer.public_key))
        if peer.remove:
            yield attribute(NLA_F_NESTED, key + attribute_u32(_FLAGS, _REMOVE_ME))
            return
        parts = [key]
        if peer.preshared is not None:
            parts.append(attribute(_PRESHARED, self._key(peer.preshared, private=False)))
        if peer.endpoint:
            parts.append(attribute(_ENDPOINT, _sockaddr(peer.endpoint)))
        if peer.keepalive is not None:
            parts.append(attribute(_KEEPALIVE, _U16.pack(peer.keepalive)))
        if peer.allowed_ips is not None:
            parts.append(attribute_u32(_FLAGS, _REPLACE_ALLOWED))
        ips = peer.allowed_ips or ()
        yield attribute(NLA_F_NESTED, b"".join(parts) + _allowed(ips[:_IPS_IN_A_MESSAGE]))
        for start in range(_IPS_IN_A_MESSAGE, len(ips), _IPS_IN_A_MESSAGE):
            yield attribute(NLA_F_NESTED, key + _allowed(ips[start : start + _IPS_IN_A_MESSAGE]))

    def _key(self, key: Key, *, private: bool) -> bytes:
        if not key.known_as:
            return _NO_KEY
        found = self.kept.find(key, private=private)
        if found is None:
            what = "private key" if private else "preshared key"
            where = f"in {key.source}" if key.source else "anywhere"
            raise ApplyError(f"the {what} that was planned isn't {where} any more")
        return found


def _allowed(ips: Sequence[str]) -> bytes:
    return attribute(_ALLOWED | NLA_F_NESTED, b"".join(map(_allowed_ip, ips))) if ips else b""


def _allowed_ip(prefix: str) -> bytes:
    host, _, length = prefix.partition("/")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return attribute(
        NLA_F_NESTED,
        attribute(_FAMILY, _U16.pack(family))
        + attribute(_ADDRESS, address_bytes(host))
        + attribute_u8(_MASK, int(length)),
    )


def _sockaddr(endpoint: str) -> bytes:
    """Struct sockaddr_in or sockaddr_in6."""
    host, _, port = endpoint.rpartition(":")
    number = int(port).to_bytes(2, "big")
    if host.startswith("["):
        return _U16.pack(socket.AF_INET6) + number + bytes(4) + address_bytes(host[1:-1]) + bytes(4)
    return _U16.pack(socket.AF_INET) + number + address_bytes(host) + bytes(8)


def _endpoint(raw: bytes) -> str:
    if len(raw) < 16:
        return ""
    port = int.from_bytes(raw[2:4], "big")
    if generic.number(raw[:2]) == socket.AF_INET6:
        return f"[{ipv6_text(raw[8:24])}]:{port}"
    return f"{ipv4_text(raw[4:8])}:{port}"


def _decode(buffers: Sequence[bytes]) -> _Device | None:
    """A device comes in several messages if it has many peers, and so does a peer with many allowed IPs."""
    found: dict[int, bytes] = {}
    peers: dict[str, _Peer] = {}
    for data in buffers:
        for offset, end, _ in messages(data):
            part = attributes(data, offset + generic.HEADERS, end)
            found = {**part, **found}
            for raw in listed(part.get(_PEERS, b"")):
                peer = _decode_peer(raw)
                first = peers.get(peer.row.public_key, peer)
                ips = {*first.row.allowed_ips, *peer.row.allowed_ips}
                whole = first.row._replace(allowed_ips=tuple(sorted(ips)))
                peers[whole.public_key] = first._replace(row=whole)
    if not found:
        return None
    row = WireguardRow(
        base64.b64encode(found.get(_PUBLIC_KEY, b"")).decode(),
        generic.number(found.get(_LISTEN_PORT, b"")),
        generic.number(found.get(_FWMARK, b"")),
        tuple(peers[key].row for key in sorted(peers)),
    )
    return _Device(row, found.get(_PRIVATE_KEY, _NO_KEY), tuple(peer.preshared for peer in peers.values()))


def _decode_peer(raw: bytes) -> _Peer:
    found = attributes(raw, 0, len(raw))
    preshared = found.get(_PRESHARED, _NO_KEY)
    row = WireguardPeerRow(
        base64.b64encode(found[_PEER_KEY]).decode(),
        keys.digest(preshared) if any(preshared) else "",
        _endpoint(found.get(_ENDPOINT, b"")),
        generic.number(found.get(_KEEPALIVE, b"")),
        tuple(map(_prefix, listed(found.get(_ALLOWED, b"")))),
    )
    return _Peer(row, preshared)


def _prefix(raw: bytes) -> str:
    found = attributes(raw, 0, len(raw))
    show = ipv6_text if generic.number(found[_FAMILY]) == socket.AF_INET6 else ipv4_text
    return f"{show(found[_ADDRESS])}/{found[_MASK][0]}"


def _reason(refusal: Refusal) -> str:
    return refusal.text or os.strerror(refusal.errno)
