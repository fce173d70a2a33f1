"""Associations and channels of MACsec by generic netlink: `ports.Macsec`. Numbers and layouts from linux/if_macsec.h."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterator, Mapping

from netconf.core.errors import ApplyError
from netconf.system.linux import generic
from netconf.system.linux.keys import SALT, MacsecKeys
from netconf.system.linux.netlink import NetlinkSocket, messages
from netconf.system.linux.wire import (
    NLA_F_NESTED,
    Message,
    attribute,
    attribute_u8,
    attribute_u32,
    attributes,
    listed,
)
from netconf.system.ports import KeyFacts, MacsecAssociation, MacsecChannel, MacsecRow, MacsecWrite, Refusal

_GET = 0
_IFINDEX, _RXSC_CONFIG, _SA_CONFIG, _TXSA_LIST, _RXSC_LIST = 1, 2, 3, 5, 6
_SC_SCI, _SC_ACTIVE, _SC_SAS = 1, 2, 3
_AN, _ACTIVE, _PN, _KEY, _KEY_ID, _SSCI, _SALT = 1, 2, 3, 4, 5, 8, 9
_CHANNEL, _SENDING, _RECEIVING = {"add": 1, "delete": 2, "change": 3}, {"add": 4, "delete": 5, "change": 6}, {
    "add": 7, "delete": 8, "change": 9,
}  # fmt: skip
"""MACSEC_CMD_* by verb."""

_U64 = struct.Struct("=Q")


class LinuxMacsec:
    """Not safe for use by several threads. The socket is opened at first use."""

    def __init__(
        self, kept: MacsecKeys | None = None, opener: Callable[[], NetlinkSocket] = generic.open_socket
    ) -> None:
        self.kept = kept or MacsecKeys()
        self._open = opener
        self._opened: NetlinkSocket | None = None
        self._family = 0

    def rows(self) -> Mapping[int, MacsecRow]:
        family = self._number()
        if not family:
            return {}
        buffers = self._socket.dump(family, generic.head(_GET))
        return dict(row for data in buffers for row in _rows(data))

    def write(self, ifindex: int, wanted: MacsecWrite) -> Refusal | None:
        body = generic.head(_command(wanted)) + attribute_u32(_IFINDEX, ifindex) + self._parts(wanted)
        (refusal,) = self._socket.batch([Message(self._number(), 0, body)])
        return refusal and Refusal(refusal.errno, refusal.text or os.strerror(refusal.errno))

    def key(self, source: str) -> KeyFacts:
        return self.kept.facts(source)

    def has(self, key_id: str) -> bool:
        return self.kept.find(key_id, "") is not None

    def is_another(self, key_id: str, source: str) -> bool:
        return self.kept.is_another(key_id, source)

    def _parts(self, wanted: MacsecWrite) -> bytes:
        what = wanted.what
        if isinstance(what, MacsecChannel):
            parts = _sci(what.sci)
            if wanted.verb != "delete":
                parts += attribute_u8(_SC_ACTIVE, what.active)
            return attribute(_RXSC_CONFIG | NLA_F_NESTED, parts)
        parts = attribute_u8(_AN, what.an)
        if wanted.verb != "delete":
            parts += attribute(_PN, what.pn.to_bytes(8 if what.ssci else 4, sys.byteorder))
            parts += attribute_u8(_ACTIVE, what.active)
        if wanted.verb == "add":
            key = self._key(what, wanted.source)
            if what.ssci:
                key, salt = key[:-SALT], key[-SALT:]
                parts += attribute(_SSCI, what.ssci.to_bytes(4, "big")) + attribute(_SALT, salt)
            parts += attribute(_KEY, key) + attribute(_KEY_ID, bytes.fromhex(what.key_id))
        channel = attribute(_RXSC_CONFIG | NLA_F_NESTED, _sci(what.sci)) if what.sci else b""
        return channel + attribute(_SA_CONFIG | NLA_F_NESTED, parts)

    def _key(self, what: MacsecAssociation, source: str) -> bytes:
        found = self.kept.find(what.key_id, source)
        if found is None:
            raise ApplyError(
                f"the key {what.key_id} isn't {f'in {source}' if source else 'anywhere'} any more"
            )
        try:
            self.kept.keep(what.key_id, found)
        except OSError as err:
            raise ApplyError(f"the key can't be kept for a rollback: {err.strerror}") from err
        return found

    def _number(self) -> int:
        if not self._family:
            found = generic.load(self._socket, "macsec")
            self._family = 0 if isinstance(found, Refusal) else found
        return self._family

    @property
    def _socket(self) -> NetlinkSocket:
        if self._opened is None:
            self._opened = self._open()
        return self._opened


def _command(wanted: MacsecWrite) -> int:
    if isinstance(wanted.what, MacsecChannel):
        return _CHANNEL[wanted.verb]
    return (_RECEIVING if wanted.what.sci else _SENDING)[wanted.verb]


def _sci(text: str) -> bytes:
    """In network order, as the kernel holds it."""
    return attribute(_SC_SCI, bytes.fromhex(text))


def _rows(data: bytes) -> Iterator[tuple[int, MacsecRow]]:
    for offset, end, _ in messages(data):
        found = attributes(data, offset + generic.HEADERS, end)
        channels, associations = [], [_association(raw, "") for raw in listed(found.get(_TXSA_LIST, b""))]
        for raw in listed(found.get(_RXSC_LIST, b"")):
            channel = attributes(raw, 0, len(raw))
            sci = channel[_SC_SCI].hex()
            channels.append(MacsecChannel(sci, any(channel.get(_SC_ACTIVE, b""))))
            associations += [_association(part, sci) for part in listed(channel.get(_SC_SAS, b""))]
        row = MacsecRow(tuple(sorted(channels)), tuple(sorted(associations)))
        yield generic.number(found[_IFINDEX]), row


def _association(raw: bytes, sci: str) -> MacsecAssociation:
    found = attributes(raw, 0, len(raw))
    return MacsecAssociation(
        sci,
        found[_AN][0],
        found.get(_KEY_ID, bytes(16)).hex(),
        generic.number(found.get(_PN)),
        any(found.get(_ACTIVE, b"")),
        int.from_bytes(found.get(_SSCI, b""), "big"),
    )
