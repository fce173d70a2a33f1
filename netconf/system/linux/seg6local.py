"""What an endpoint of segment routing does with packets (`encap seg6local` of a route), as text and as the bytes of
RTA_ENCAP. Numbers and layouts from linux/seg6_local.h and seg6.h.

The text has the words of `ip route`, in this order: `seg6local action End.X nh6 2001:db8::9 count`. `oif` is an
ifindex. Counters read as `count`, however far they are.
"""

from __future__ import annotations

import struct
import sys

from netconf.system.linux.wire import address_bytes, attribute, attributes, ipv4_text, ipv6_text

_ACTION, _SRH, _TABLE, _NH4, _NH6, _OIF, _VRFTABLE, _COUNTERS = 1, 2, 3, 4, 5, 7, 9, 10
_NUMBERS = {"table": _TABLE, "oif": _OIF, "vrftable": _VRFTABLE}
_ADDRESSES = {"nh4": _NH4, "nh6": _NH6}
_WORDS = {number: word for word, number in {**_ADDRESSES, **_NUMBERS}.items()}
_ACTIONS = {
    1: "End", 2: "End.X", 3: "End.T", 4: "End.DX2", 5: "End.DX6", 6: "End.DX4", 7: "End.DT6", 8: "End.DT4", 9: "End.B6",
    10: "End.B6.Encaps", 16: "End.DT46",
}  # fmt: skip
INLINE = "End.B6"
"""It puts the segments into the packet's own header, with a place for the destination."""

_HEADER = struct.Struct("=BBBBBBH")
"""struct ipv6_sr_hdr: next header, length, type, segments left, first segment, flags, tag."""
_SRH_TYPE = 4
_NONE_COUNTED = b"".join(attribute(number, bytes(8)) for number in (2, 3, 4))
"""SEG6_LOCAL_CNT_PACKETS, _BYTES and _ERRORS."""


def write(words: list[str]) -> bytes:
    """The attributes; ValueError or KeyError for text that isn't such."""
    action = words[1]
    found = {_ACTION: _native(next(number for number, word in _ACTIONS.items() if word == action))}
    rest = words[2:]
    while rest:
        word = rest.pop(0)
        if word == "count":
            found[_COUNTERS] = _NONE_COUNTED
        elif word == "srh":
            found[_SRH] = _header(rest[1].split(","), inline=action == INLINE)
            rest = rest[2:]
        elif word in _ADDRESSES:
            found[_ADDRESSES[word]] = address_bytes(rest.pop(0))
        else:
            found[_NUMBERS[word]] = _native(int(rest.pop(0)))
    return _joined(found)


def read(data: bytes) -> str:
    """The text; an empty one for what has no words here."""
    found = attributes(data, 0, len(data))
    words = [f"seg6local action {_ACTIONS.get(_number(found[_ACTION]), '')}"]
    for number, value in sorted(found.items()):
        if number == _SRH:
            words.append(f"srh segs {_segments(value, inline=words[0].endswith(f' {INLINE}'))}")
        elif number in (_NH4, _NH6):
            words.append(f"{_WORDS[number]} {ipv4_text(value) if number == _NH4 else ipv6_text(value)}")
        elif number in _WORDS:
            words.append(f"{_WORDS[number]} {_number(value)}")
        elif number not in (_ACTION, _COUNTERS):
            return ""
    words += ["count"] if _COUNTERS in found else []
    return "" if words[0].endswith(" ") else " ".join(words)


def canonical(data: bytes) -> bytes:
    """As it's written, with nothing counted."""
    found = attributes(data, 0, len(data))
    return _joined({**found, **({_COUNTERS: _NONE_COUNTED} if _COUNTERS in found else {})})


def _joined(found: dict[int, bytes]) -> bytes:
    return b"".join(attribute(number, value) for number, value in sorted(found.items()))


def _native(value: int) -> bytes:
    return value.to_bytes(4, sys.byteorder)


def _number(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)


def _header(segments: list[str], *, inline: bool) -> bytes:
    """The segments stand in the packet last first."""
    places = [bytes(16)] * inline + [address_bytes(segment) for segment in reversed(segments)]
    last = len(places) - 1
    return _HEADER.pack(0, 2 * len(places), _SRH_TYPE, last, last, 0, 0) + b"".join(places)


def _segments(header: bytes, *, inline: bool) -> str:
    last = header[4]
    places = range(last, 0 if inline else -1, -1)
    return ",".join(ipv6_text(header[_HEADER.size + 16 * n : _HEADER.size + 16 * (n + 1)]) for n in places)
