"""What routes put around packets (lightweight tunnels), as text and as the bytes of RTA_ENCAP.

The text has the words of `ip route ... encap`, those that say something: `mpls 100/200 ttl 9`, `ip id 5 dst
192.0.2.9 tos 4`, `seg6 mode encap segs 2001:db8::1,2001:db8::2`, and those of seg6local. What isn't known here is `raw TYPE BYTES`, so
that a route of others' comes back as it was. Layouts from linux/lwtunnel.h, mpls_iptunnel.h, seg6_iptunnel.h and
seg6.h.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from itertools import pairwise

from netconf.system.linux import seg6local
from netconf.system.linux.wire import (
    NLA_F_NESTED,
    address_bytes,
    attribute,
    attribute_u8,
    attributes,
    ipv4_text,
    ipv6_text,
)

RTA_ENCAP_TYPE, RTA_ENCAP = 21, 22
_MPLS, _IP, _IP6, _SEG6, _SEG6LOCAL = 1, 2, 4, 5, 7
_MPLS_DST, _MPLS_TTL = 1, 2
_BOTTOM = 0x100
_SEG6_SRH = 1
_SRH = struct.Struct("=iBBBBBBH")
"""The mode, and struct ipv6_sr_hdr: next header, length, type, segments left, first segment, flags, tag."""
_SRH_TYPE = 4
_MODES = {0: "inline", 1: "encap"}
_WORDS = {
    _IP: {1: "id", 2: "dst", 3: "src", 4: "ttl", 5: "tos", 6: "flags", 8: "options"},
    _IP6: {1: "id", 2: "dst", 3: "src", 4: "hoplimit", 5: "tc", 6: "flags", 8: "options"},
}


def write(text: str) -> bytes:
    """The two attributes. ValueError for text that isn't of an encapsulation."""
    kind, _, rest = text.partition(" ")
    if kind == "raw":
        raw, _, data = rest.partition(" ")
        return _both(int(raw), bytes.fromhex(data))
    number, pack = _WRITERS[kind]
    return _both(number, pack(rest.split()))


def _both(number: int, data: bytes) -> bytes:
    kind = attribute(RTA_ENCAP_TYPE, number.to_bytes(2, sys.byteorder))
    return attribute(RTA_ENCAP | NLA_F_NESTED, data) + kind


def read(kind: bytes, data: bytes) -> str:
    number = int.from_bytes(kind, sys.byteorder)
    text = _READERS[number](data) if number in _READERS else ""
    # Only what is written again as it is here.
    if text and attributes(write(text), 0, len(write(text)))[RTA_ENCAP] != _canonical(number, data):
        text = ""
    return text or f"raw {number} {data.hex()}"


def _canonical(number: int, data: bytes) -> bytes:
    """What the kernel says beside what it was told: of IP, all that is nothing."""
    if number == _SEG6LOCAL:
        return seg6local.canonical(data)
    if number not in _WORDS:
        return data
    found = attributes(data, 0, len(data))
    return b"".join(attribute(key, found[key]) for key in sorted(found) if any(found[key]))


def _write_mpls(words: list[str]) -> bytes:
    labels = [int(label) for label in words[0].split("/")]
    stack = [label << 12 for label in labels]
    stack[-1] |= _BOTTOM
    data = attribute(_MPLS_DST, struct.pack(f">{len(stack)}I", *stack))
    return data + (attribute_u8(_MPLS_TTL, int(words[2])) if len(words) > 1 else b"")


def _read_mpls(data: bytes) -> str:
    found = attributes(data, 0, len(data))
    stack = struct.unpack(f">{len(found[_MPLS_DST]) // 4}I", found[_MPLS_DST])
    ttl = found.get(_MPLS_TTL, b"\0")[0]
    return "mpls " + "/".join(str(entry >> 12) for entry in stack) + (f" ttl {ttl}" if ttl else "")


def _write_ip(number: int) -> Callable[[list[str]], bytes]:
    numbers = {word: key for key, word in _WORDS[number].items()}

    def pack(words: list[str]) -> bytes:
        found = {numbers[word]: value for word, value in list(pairwise(words))[::2]}
        return b"".join(attribute(key, _ip_value(key, value)) for key, value in sorted(found.items()))

    return pack


def _ip_value(key: int, value: str) -> bytes:
    if key == 1:
        return int(value).to_bytes(8, "big")
    return address_bytes(value) if key < 4 else bytes([int(value)])


def _read_ip(number: int) -> Callable[[bytes], str]:
    words = _WORDS[number]
    show = ipv4_text if number == _IP else ipv6_text

    def text(data: bytes) -> str:
        found = attributes(data, 0, len(data))
        said = [(words.get(key, ""), key, found[key]) for key in sorted(found) if any(found[key])]
        if any(word in ("", "flags", "options") for word, _, _ in said):
            return ""
        parts = (
            f"{word} {show(value) if key in (2, 3) else int.from_bytes(value, 'big')}"
            for word, key, value in said
        )
        return f"{'ip' if number == _IP else 'ip6'} {' '.join(parts)}"

    return text


def _write_seg6(words: list[str]) -> bytes:
    """The segments stand in the packet last first; inline, one more place is for the destination."""
    mode = next(number for number, word in _MODES.items() if word == words[1])
    segments = [address_bytes(segment) for segment in reversed(words[3].split(","))]
    if _MODES[mode] == "inline":
        segments.insert(0, bytes(16))
    last = len(segments) - 1
    return attribute(
        _SEG6_SRH,
        _SRH.pack(mode, 0, 2 * len(segments), _SRH_TYPE, last, last, 0, 0) + b"".join(segments),
    )


def _read_seg6(data: bytes) -> str:
    header = attributes(data, 0, len(data)).get(_SEG6_SRH, b"")
    mode, _, _, _, _, last, _, _ = _SRH.unpack_from(header)
    if mode not in _MODES:
        return ""
    first = 1 if _MODES[mode] == "inline" else 0
    places = range(last, first - 1, -1)
    segments = (ipv6_text(header[_SRH.size + 16 * n : _SRH.size + 16 * (n + 1)]) for n in places)
    return f"seg6 mode {_MODES[mode]} segs {','.join(segments)}"


_WRITERS = {
    "mpls": (_MPLS, _write_mpls),
    "ip": (_IP, _write_ip(_IP)),
    "ip6": (_IP6, _write_ip(_IP6)),
    "seg6": (_SEG6, _write_seg6),
    "seg6local": (_SEG6LOCAL, seg6local.write),
}
_READERS = {
    _MPLS: _read_mpls,
    _IP: _read_ip(_IP),
    _IP6: _read_ip(_IP6),
    _SEG6: _read_seg6,
    _SEG6LOCAL: seg6local.read,
}
