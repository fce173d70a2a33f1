"""The values of link attributes: how each type stands in a row, and its bytes.

Integers for integers and enumerations (0 for an absent u8on), bool for flags (an absent flag reads as False), text for
addresses, "LOW-HIGH" for the source ports of a vxlan. Lists are text with commas: addresses,
"FROM:TO" of the priority maps of a vlan. Two words, flags and the mask of those that are meant (struct
ifla_vlan_flags, struct br_boolopt_multi), read as the flags; written, the high 32 bits are the mask.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal

from netconf.system.linux.wire import address_bytes, attribute, ipv4_text, ipv6_text, listed, text
from netconf.system.ports import AttributeValue

Type = Literal[
    "u8", "u8on", "u16", "u32", "u64", "s32", "be16", "be32", "be64", "flag", "flag8", "mac", "ipv4", "ipv6", "text", "flags",
    "port-range", "index", "ipv4-list", "ipv6-list", "qos-map", "macs",
]  # fmt: skip

_QOS_MAPPING = 1
_MACVLAN_MACADDR = 4


def write(name: str, wire: str, value: AttributeValue) -> bytes:
    """The bytes of a value; ValueError naming the attribute if it hasn't the type and range of it."""
    if isinstance(value, _TAKEN.get(wire, int)) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError, struct.error):
            return _WRITE[wire](value)
    raise ValueError(f"{name}: {value!r} isn't a value of type {wire}")


def _native(size: int, *, signed: bool = False) -> Callable[[int], bytes]:
    return lambda value: int(value).to_bytes(size, sys.byteorder, signed=signed)


def _big(size: int) -> Callable[[int], bytes]:
    return lambda value: int(value).to_bytes(size, "big")


def _read_native(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)


def _read_signed(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder, signed=True)


def _read_big(value: bytes) -> int:
    return int.from_bytes(value, "big")


def _flags(value: int) -> bytes:
    """The kernel changes only the bits of the mask, and refuses those it doesn't know."""
    if not value >> 32:
        raise ValueError
    return struct.pack("=II", value & 0xFFFFFFFF, value >> 32)


def _first_word(value: bytes) -> int:
    """In a dump the mask is all ones, or those the kernel knows."""
    return _read_native(value[:4])


def _ports(value: str) -> bytes:
    low, high = value.split("-")
    return struct.pack(">HH", int(low), int(high))


def _port_range(value: bytes) -> str:
    low, high = struct.unpack(">HH", value)
    return f"{low}-{high}"


def _mac(value: str) -> bytes:
    found = bytes.fromhex(value.replace(":", " "))
    if len(value) != 17 or len(found) != 6:
        raise ValueError
    return found


def _mac_text(value: bytes) -> str:
    return value.hex(":")


def _address(length: int) -> Callable[[str], bytes]:
    def pack(value: str) -> bytes:
        found = address_bytes(value)
        if len(found) != length:
            raise ValueError
        return found

    return pack


def _text(value: str) -> bytes:
    if "\0" in value:
        raise ValueError
    return value.encode() + b"\0"


def _present(_value: bytes) -> bool:
    return True


def _true(value: bytes) -> bool:
    """The kernel wants IFLA_VXLAN_TTL_INHERIT as a bare flag and dumps it as a byte."""
    return any(value)


def _items(value: str) -> list[str]:
    return [part for part in value.split(",") if part]


def _numbered(pack: Callable[[str], bytes]) -> Callable[[str], bytes]:
    return lambda value: b"".join(attribute(n, pack(part)) for n, part in enumerate(_items(value)))


def _listed(show: Callable[[bytes], str]) -> Callable[[bytes], str]:
    return lambda data: ",".join(show(part) for part in listed(data))


def _mapping(value: str) -> bytes:
    """Struct ifla_vlan_qos_mapping."""
    first, second = value.split(":")
    return struct.pack("=II", int(first), int(second))


def _mapping_text(value: bytes) -> str:
    return "{}:{}".format(*struct.unpack("=II", value))


def _qos_map(value: str) -> bytes:
    return b"".join(attribute(_QOS_MAPPING, _mapping(part)) for part in _items(value))


def _mac_list(value: str) -> bytes:
    return b"".join(attribute(_MACVLAN_MACADDR, _mac(part)) for part in _items(value))


_TEXTS = ("mac", "ipv4", "ipv6", "text", "port-range", "ipv4-list", "ipv6-list", "qos-map", "macs")
_TAKEN: Mapping[str, type] = dict.fromkeys(_TEXTS, str)

_WRITE: Mapping[str, Callable[[Any], bytes]] = {
    "u8": _native(1),
    "u8on": _native(1),
    "u16": _native(2),
    "u32": _native(4),
    "index": _native(4),
    "u64": _native(8),
    "s32": _native(4, signed=True),
    "be16": _big(2),
    "be32": _big(4),
    "be64": _big(8),
    "flags": _flags,
    "mac": _mac,
    "ipv4": _address(4),
    "ipv6": _address(16),
    "text": _text,
    "port-range": _ports,
    "ipv4-list": _numbered(_address(4)),
    "ipv6-list": _numbered(_address(16)),
    "qos-map": _qos_map,
    "macs": _mac_list,
}

READ: Mapping[Type, Callable[[bytes], AttributeValue]] = {
    "u8": _read_native,
    "u8on": _read_native,
    "u16": _read_native,
    "u32": _read_native,
    "index": _read_native,
    "u64": _read_native,
    "s32": _read_signed,
    "be16": _read_big,
    "be32": _read_big,
    "be64": _read_big,
    "flag": _present,
    "flag8": _true,
    "flags": _first_word,
    "mac": _mac_text,
    "ipv4": ipv4_text,
    "ipv6": ipv6_text,
    "text": text,
    "port-range": _port_range,
    "ipv4-list": _listed(ipv4_text),
    "ipv6-list": _listed(ipv6_text),
    "qos-map": _listed(_mapping_text),
    "macs": _listed(_mac_text),
}
