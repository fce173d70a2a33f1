"""Messages of a dump by their layout: which attributes they have, in which order and how long.

A dump of tens of thousands of routes has a handful of layouts. The first messages of each length are taken
apart attribute by attribute; those after them that look alike by one struct, if their attribute headers are
those of the first such: of several messages at once that is seen as one long number's bits.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import add, itemgetter
from typing import Any, NamedTuple

from netconf.system.linux.wire import ATTRIBUTE, NLA_TYPE_MASK, attributes

Values = tuple[Any, ...]

_MOST = 64
"""Layouts to keep; whoever has more of them than that has no use for any."""

_FEW = 3
"""Messages of a length for which a layout isn't worth its making."""

_AT_ONCE = 1 << 12
"""Bytes of messages that are compared with a layout together."""

_LENGTH = struct.Struct("=I")
_ALL = b"\xff" * 4


class _Layout(NamedTuple):
    """`messages` takes apart as many as there are one after the other, `pick` picks the values out of what is
    unpacked. `heads` has the bits of the lengths of messages, and of those and the numbers of their attributes, in as
    many messages as are compared together; `expected` is what they are.
    """

    messages: Callable[[memoryview], Iterator[Values]]
    heads: int
    expected: int
    pick: Callable[[Values], Values]
    absent: Values
    """What stands behind that for attributes which aren't there."""

    def matching(self, several: bytes, size: int) -> int:
        """How many of the first of these messages, each of a size, are laid out so. What isn't there is zero, which
        no length is.
        """
        other = int.from_bytes(several, "little") & self.heads ^ self.expected
        whole = len(several) // size
        if not other:
            return whole
        lowest = (other & -other).bit_length() - 1
        return min(lowest // (8 * size), whole)


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
        self._lengths: dict[int, int] = {}
        """How many messages of a length were taken apart by themselves."""
        self._count = 0

    def read(self, buffers: Sequence[bytes]) -> Iterator[Values]:
        """Of each message the values of its head (but the length), then those of `wanted` in order."""
        length_of = _LENGTH.unpack_from
        for data in buffers:
            offset, total, view = 0, len(data), memoryview(data)
            while offset < total:
                (length,) = length_of(data, offset)
                step = (length + 3) & ~3
                several = data[offset : offset + max(_AT_ONCE // step, 1) * step]
                for layout in self._known.get(length, ()):
                    count = layout.matching(several, step)
                    if count:
                        end = offset + count * step
                        found = map(add, layout.messages(view[offset:end]), repeat(layout.absent))
                        yield from map(layout.pick, found)
                        offset = end
                        break
                else:
                    yield self._new(data, offset, length)
                    offset += step

    def _new(self, data: bytes, offset: int, length: int) -> Values:
        """A message taken apart by itself; its layout is kept if it has one and there may be more of it."""
        seen = self._lengths[length] = self._lengths.get(length, 0) + 1
        if seen > _FEW and self._count < _MOST:
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
        parts = [self._format]
        heads = bytearray((length + 3) & ~3)
        heads[: _LENGTH.size] = _ALL
        values: dict[int, int] = {}
        fields = len(self._head.unpack_from(data, offset))
        start, end = offset + self._head.size, offset + length
        while start < end:
            size, number = ATTRIBUTE.unpack_from(data, start)
            if size < ATTRIBUTE.size or start + size > end:
                return None
            kind = number & NLA_TYPE_MASK
            is_number = isinstance(self._wanted.get(kind), int)
            if is_number and size != ATTRIBUTE.size + 4:
                return None
            heads[start - offset : start - offset + ATTRIBUTE.size] = _ALL
            following = start + ((size + 3) & ~3)
            if kind in self._wanted:
                values[kind] = fields
                fields += 1
                parts.append("4xI" if is_number else f"4x{size - ATTRIBUTE.size}s{following - start - size}x")
            else:
                parts.append(f"{following - start}x")
            start = following
        whole = struct.Struct("".join(parts))
        if len(parts) < 2 or whole.size != len(heads) or offset + whole.size > len(data):
            return None
        absent = self._missing if self._wanted.keys() - values.keys() else ()
        chosen = [values.get(number, place) for place, number in enumerate(self._wanted, fields)]
        head = range(1, len(self._head.unpack_from(data, offset)))
        together = max(_AT_ONCE // whole.size, 1)
        bits = int.from_bytes(heads * together, "little")
        expected = bits & int.from_bytes(data[offset : offset + whole.size] * together, "little")
        return _Layout(whole.iter_unpack, bits, expected, itemgetter(*head, *chosen), absent)
