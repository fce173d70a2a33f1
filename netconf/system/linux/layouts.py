"""Messages of a dump by their layout: which attributes they have, in which order and how long.

A dump of tens of thousands of routes has a handful of layouts. The first message of each is taken
apart attribute by attribute; every other that looks like it, by one struct, whose attribute headers
must be those of the first.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from netconf.system.linux.wire import ATTRIBUTE, NLA_TYPE_MASK, attributes

Values = tuple[Any, ...]

_MOST = 64
"""Layouts to keep; whoever has more of them than that has no use for any."""

_LENGTH = struct.Struct("=I")


class _Layout(NamedTuple):
    """`heads` picks the lengths and numbers of the attributes out of what is unpacked, `pick` the values."""

    unpack: Callable[[bytes, int], Values]
    heads: Callable[[Values], Values]
    expected: Values
    pick: Callable[[Values], Values]


class Layouts:
    """Reads messages of one type. `head` is the struct of what precedes the attributes, from the length
    in nlmsghdr on; `wanted` has the attributes to read with what stands for one that isn't there: those
    with a number are u32, the others bytes. Of a repeated attribute the last counts.
    """

    def __init__(self, head: str, wanted: Mapping[int, int | bytes | None]) -> None:
        self._head = struct.Struct(head)
        self._format = head
        self._wanted = dict(wanted)
        self._missing = tuple(wanted.values())
        self._known: dict[int, list[_Layout]] = {}
        self._count = 0

    def read(self, buffers: Sequence[bytes]) -> Iterator[Values]:
        """Of each message the values of its head (but the length), then those of `wanted` in order."""
        known, missing = self._known, self._missing
        length_of = _LENGTH.unpack_from
        for data in buffers:
            offset, total = 0, len(data)
            while offset < total:
                (length,) = length_of(data, offset)
                for unpack, heads, expected, pick in known.get(length, ()):
                    found = unpack(data, offset)
                    if heads(found) == expected:
                        yield pick(found + missing)
                        break
                else:
                    yield self._new(data, offset, length)
                offset += (length + 3) & ~3

    def _new(self, data: bytes, offset: int, length: int) -> Values:
        """A message taken apart by itself; its layout is kept if it has one."""
        if self._count < _MOST:
            layout = self._layout(data, offset, length)
            if layout is not None:
                self._count += 1
                self._known.setdefault(length, []).append(layout)
        found = attributes(data, offset + self._head.size, offset + length)
        values = [self._value(found.get(number), missing) for number, missing in self._wanted.items()]
        return (*self._head.unpack_from(data, offset)[1:], *values)

    def _value(self, value: bytes | None, missing: int | bytes | None) -> int | bytes | None:
        if value is None:
            return missing
        return int.from_bytes(value, sys.byteorder) if isinstance(missing, int) else value

    def _layout(self, data: bytes, offset: int, length: int) -> _Layout | None:
        """None for a message that one struct can't tell from others of its length."""
        parts, places, expected = [self._format], [], []
        values: dict[int, int] = {}
        fields = len(self._head.unpack_from(data, offset))
        start, end = offset + self._head.size, offset + length
        while start < end:
            size, number = ATTRIBUTE.unpack_from(data, start)
            if size < ATTRIBUTE.size or start + size > end:
                return None
            is_number = isinstance(self._wanted.get(number & NLA_TYPE_MASK), int)
            if is_number and size != ATTRIBUTE.size + 4:
                return None
            values[number & NLA_TYPE_MASK] = fields + 2
            places += [fields, fields + 1]
            expected += [size, number]
            fields += 3
            following = start + ((size + 3) & ~3)
            padding = min(following, end) - start - size
            parts.append("HHI" if is_number else f"HH{size - ATTRIBUTE.size}s{padding}x")
            start = following
        if len(places) < 2:
            return None
        whole = struct.Struct("".join(parts))
        absent = range(fields, fields + len(self._wanted))
        chosen = [values.get(number, place) for number, place in zip(self._wanted, absent, strict=True)]
        head = range(1, len(self._head.unpack_from(data, offset)))
        return _Layout(whole.unpack_from, itemgetter(*places), tuple(expected), itemgetter(*head, *chosen))
