"""Virtual functions of a NIC as rtnetlink messages, both ways: IFLA_VFINFO_LIST and the structs ifla_vf_* of
linux/if_link.h, as rtnl_fill_vf and do_setvfinfo of net/core/rtnetlink.c read and write them. Nested attributes
aren't marked as such, as iproute2 doesn't.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from netconf.core.errors import ObserveError
from netconf.system.linux.wire import (
    IFINFO,
    RTM_NEWLINK,
    Message,
    attribute,
    attribute_u32,
    attributes,
    listed,
)
from netconf.system.ports import VfRequest, VfRow

# RTEXT_FILTER_VF, and RTEXT_FILTER_SKIP_STATS: with the counters of 100 VFs the list is longer than an attribute
WANTED = attribute_u32(29, 1 | 8)

_NUM_VF, _VFINFO_LIST, _VF_INFO = 21, 22, 1
_MAC, _VLAN, _SPOOFCHK, _LINK_STATE, _RATE, _TRUST, _VLAN_LIST = 1, 2, 4, 5, 6, 9, 12
_VLAN_INFO = 1
_8021Q = 0x8100
_PAIR, _TRIPLE = struct.Struct("=Ii"), struct.Struct("=III")
_MAC_STRUCT, _TAG = struct.Struct("=I32s"), struct.Struct("=III")
_PROTOCOL = struct.Struct("!H")
_UNKNOWN = -1
"""What is there in place of a setting that the driver doesn't tell."""


def encode(request: VfRequest) -> Message:
    """One VF, with what is set of it."""
    row = request.row
    info = b"".join(_parts(row))
    listed = attribute(_VF_INFO, info)
    head = IFINFO.pack(0, 0, row.ifindex, 0, 0)
    return Message(RTM_NEWLINK, 0, head + attribute(_VFINFO_LIST, listed))


def _parts(row: VfRow) -> Iterator[bytes]:
    if row.address:
        yield attribute(_MAC, _MAC_STRUCT.pack(row.number, bytes.fromhex(row.address.replace(":", ""))))
    if row.vlan is not None:
        yield _vlan(row.number, *row.vlan)
    if row.rates is not None:
        yield attribute(_RATE, _TRIPLE.pack(row.number, *row.rates))
    for number, value in ((_SPOOFCHK, row.spoofcheck), (_LINK_STATE, row.link_state), (_TRUST, row.trust)):
        if value is not None:
            yield attribute(number, _PAIR.pack(row.number, value))


def _vlan(number: int, vlan: int, qos: int, protocol: int) -> bytes:
    """Drivers without 802.1ad know the older form only, as iproute2 does."""
    tag = _TAG.pack(number, vlan, qos)
    if protocol == _8021Q:
        return attribute(_VLAN, tag)
    inner = attribute(_VLAN_INFO, tag + _PROTOCOL.pack(protocol) + bytes(2))
    return attribute(_VLAN_LIST, inner)


def decode(message: bytes, ifindex: int) -> list[VfRow]:
    """The VFs in the answer to a get, by their numbers. Raises ObserveError if the kernel couldn't tell of all: an
    attribute has 65535 bytes, and older kernels let the rest of a longer list go.
    """
    found = attributes(message, 32, len(message))
    infos = list(listed(found.get(_VFINFO_LIST, b"")))
    count = int.from_bytes(found.get(_NUM_VF, b""), "little" if struct.pack("=H", 1)[0] else "big")
    if len(infos) != count:
        raise ObserveError(
            f"the kernel tells of {len(infos)} of the {count} virtual functions of link {ifindex}",
            hint="use fewer; a message of it has no place for more",
        )
    return [_row(attributes(info, 0, len(info)), ifindex) for info in infos]


def _row(found: dict[int, bytes], ifindex: int) -> VfRow:
    number, address = _MAC_STRUCT.unpack(found[_MAC][:36])
    return VfRow(
        ifindex,
        number,
        address[:6].hex(":"),
        _tag(found),
        _value(found, _SPOOFCHK),
        _value(found, _TRUST),
        _value(found, _LINK_STATE),
        _TRIPLE.unpack(found[_RATE][:12])[1:] if _RATE in found else None,
    )


def _tag(found: dict[int, bytes]) -> tuple[int, int, int] | None:
    for info in listed(found.get(_VLAN_LIST, b"")):
        _, vlan, qos = _TAG.unpack_from(info)
        return vlan, qos, _PROTOCOL.unpack_from(info, 12)[0] or _8021Q
    if _VLAN in found:
        _, vlan, qos = _TAG.unpack_from(found[_VLAN])
        return vlan, qos, _8021Q
    return None


def _value(found: dict[int, bytes], number: int) -> int | None:
    value = _PAIR.unpack(found[number][:8])[1] if number in found else _UNKNOWN
    return None if value == _UNKNOWN else int(value)
