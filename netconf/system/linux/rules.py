"""Policy rules as rtnetlink messages, both ways: struct fib_rule_hdr and the attributes FRA_* of
linux/fib_rules.h. The header has the layout of rtmsg, with the action in place of the type.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from socket import AF_INET

from netconf.system.linux.wire import (
    NLM_F_CREATE,
    RTM_DELRULE,
    RTM_NEWRULE,
    RTMSG,
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
from netconf.system.ports import RuleRequest, RuleRow

_DST, _SRC, _IIF, _GOTO, _PRIORITY, _FWMARK, _FLOW, _TUN_ID = 1, 2, 3, 4, 6, 10, 11, 12
_SUPPRESS_IFGROUP, _SUPPRESS_PREFIXLEN, _TABLE, _FWMASK, _OIF, _L3MDEV = 13, 14, 15, 16, 17, 19
_UID_RANGE, _PROTOCOL, _IP_PROTO, _SPORT, _DPORT = 20, 21, 22, 23, 24
_SPORT_MASK, _DPORT_MASK = 28, 29

_STRANGE = (_FLOW, 25, 26, 27, 30)  # realms, DSCP, flow label and its mask, DSCP mask
_UNSET = 0xFFFFFFFF
_WHOLE_PORT = 0xFFFF
_RT_TABLE_COMPAT = 252
_FIB_RULE_INVERT = 2
_RULE = struct.Struct("=I12xBBBBBBBBI")
_PORTS = struct.Struct("=HH")
_UIDS = struct.Struct("=II")


def encode(request: RuleRequest) -> Message:
    """Raises ValueError for text that isn't a prefix. Without NLM_F_EXCL: with it the kernel refuses a
    rule also if one of its priority is there that asks for more source, destination or TOS
    (fib4_rule_compare), and then what somebody else made couldn't be put back.
    """
    if request.verb == "create":
        return Message(RTM_NEWRULE, NLM_F_CREATE, _body(request.row))
    return Message(RTM_DELRULE, 0, _body(request.row))


def _body(row: RuleRow) -> bytes:
    source, source_length = _prefix(_SRC, row.source)
    to, to_length = _prefix(_DST, row.to)
    table = row.table if row.table < 256 else _RT_TABLE_COMPAT
    flags = _FIB_RULE_INVERT if row.inverted else 0
    head = RTMSG.pack(row.family, to_length, source_length, row.tos, table, 0, 0, row.action, flags)
    parts = [head, to, source, attribute_u32(_PRIORITY, row.priority), attribute_u8(_PROTOCOL, row.protocol)]
    return b"".join([*parts, *_numbers(row), *_ranges(row), *_names(row)])


def _numbers(row: RuleRow) -> Iterator[bytes]:
    for number, value in ((_TABLE, row.table), (_GOTO, row.goto)):
        if value:
            yield attribute_u32(number, value)
    for number, value in ((_IP_PROTO, row.ip_protocol), (_L3MDEV, int(row.l3mdev))):
        if value:
            yield attribute_u8(number, value)
    if row.tunnel:
        yield attribute(_TUN_ID, row.tunnel.to_bytes(8, "big"))
    for number, value in (
        (_SUPPRESS_PREFIXLEN, row.suppress_prefixlength),
        (_SUPPRESS_IFGROUP, row.suppress_ifgroup),
    ):
        if value >= 0:
            yield attribute_u32(number, value)


def _ranges(row: RuleRow) -> Iterator[bytes]:
    if row.fwmark:
        yield attribute_u32(_FWMARK, row.fwmark[0])
        yield attribute_u32(_FWMASK, row.fwmark[1])
    for number, ports in ((_SPORT, row.sport), (_DPORT, row.dport)):
        if ports:
            yield attribute(number, _PORTS.pack(*ports))
    if row.uids:
        yield attribute(_UID_RANGE, _UIDS.pack(*row.uids))


def _names(row: RuleRow) -> Iterator[bytes]:
    for number, name in ((_IIF, row.iif), (_OIF, row.oif)):
        if name:
            yield attribute_text(number, name)


def _prefix(number: int, written: str) -> tuple[bytes, int]:
    if not written:
        return b"", 0
    address, _, length = written.partition("/")
    return attribute(number, address_bytes(address)), int(length)


def decode(buffers: Sequence[bytes], family: int) -> Iterator[RuleRow]:
    """The rules of one family."""
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, *head = _RULE.unpack_from(data, offset)
            if head[0] == family:
                yield _row(head, attributes(data, offset + 28, offset + length))
            offset += (length + 3) & ~3


def _row(head: Sequence[int], found: dict[int, bytes]) -> RuleRow:
    family, to_length, source_length, tos, table, _, _, action, flags = head
    get = found.get
    return RuleRow(
        family=family,
        priority=_number(get(_PRIORITY)),
        action=action,
        protocol=_number(get(_PROTOCOL)),
        table=_number(found[_TABLE]) if _TABLE in found else table,
        goto=_number(get(_GOTO)),
        inverted=bool(flags & _FIB_RULE_INVERT),
        source=_network(family, get(_SRC), source_length),
        to=_network(family, get(_DST), to_length),
        iif=text(get(_IIF, b"")),
        oif=text(get(_OIF, b"")),
        fwmark=(_number(get(_FWMARK)), _number(found[_FWMASK])) if _FWMASK in found else None,
        tos=tos,
        ip_protocol=_number(get(_IP_PROTO)),
        sport=_range(_PORTS, get(_SPORT)),
        dport=_range(_PORTS, get(_DPORT)),
        uids=_range(_UIDS, get(_UID_RANGE)),
        tunnel=int.from_bytes(get(_TUN_ID, b""), "big"),
        l3mdev=bool(_number(get(_L3MDEV))),
        suppress_prefixlength=_unless_unset(get(_SUPPRESS_PREFIXLEN)),
        suppress_ifgroup=_unless_unset(get(_SUPPRESS_IFGROUP)),
        strange=any(number in found for number in _STRANGE) or _has_port_mask(found),
    )


def _has_port_mask(found: dict[int, bytes]) -> bool:
    """Kernels that know masks of ports (6.15) tell one of all bits for a single port."""
    masks = (found[number] for number in (_SPORT_MASK, _DPORT_MASK) if number in found)
    return any(_number(mask) != _WHOLE_PORT for mask in masks)


def _network(family: int, value: bytes | None, length: int) -> str:
    if value is None or not length:
        return ""
    return f"{ipv4_text(value) if family == AF_INET else ipv6_text(value)}/{length}"


def _number(value: bytes | None) -> int:
    return int.from_bytes(value or b"", sys.byteorder)


def _range(layout: struct.Struct, value: bytes | None) -> tuple[int, int] | None:
    if value is None:
        return None
    first, last = layout.unpack_from(value)
    return first, last


def _unless_unset(value: bytes | None) -> int:
    number = _UNSET if value is None else _number(value)
    return -1 if number == _UNSET else number
