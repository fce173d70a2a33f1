"""Messages read by their layout are what they are attribute by attribute."""

import struct
import sys

from hypothesis import given
from hypothesis import strategies as st

from netconf.system.linux.layouts import Layouts
from netconf.system.linux.wire import attribute, attributes

WANTED = {1: b"", 2: 0, 3: None, 9: 0}

numbers = st.integers(0, 0xFFFFFFFF).map(lambda n: n.to_bytes(4, sys.byteorder))
attribute_lists = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([2, 9, 0x8002]), numbers),
        st.tuples(st.sampled_from([1, 3, 7, 0x8003]), st.binary(max_size=6)),
    ),
    max_size=5,
)


def message(mark, found, tail):
    body = b"".join(attribute(number, value) for number, value in found) + tail
    return struct.pack("=IIH2x", 12 + len(body), 0, mark) + body


def slowly(data, mark):
    found = attributes(data, 12, len(data))
    first, second, third, ninth = (found.get(number) for number in WANTED)
    number = lambda value: int.from_bytes(value or b"", sys.byteorder)  # noqa: E731
    return (mark, first or b"", number(second), third, number(ninth))


def padded(data):
    return data + bytes(-len(data) % 4)


@given(st.lists(st.tuples(attribute_lists, st.sampled_from([b"", b"\x06\0\1\0ab"])), max_size=8))
def test_as_one_by_one(lists):
    """Several times, so that every message is read by a layout that is known, too."""
    found = [message(mark, *parts) for mark, parts in enumerate(lists)]
    layouts = Layouts("=I4xH2x", WANTED)
    expected = [slowly(data, mark) for mark, data in enumerate(found)]
    for _ in range(6):
        assert list(layouts.read([b"".join(map(padded, found))])) == expected


def test_the_same_length_with_other_attributes():
    one = message(1, [(1, b"abcd"), (2, b"\1\0\0\0")], b"")
    other = message(2, [(2, b"\1\0\0\0"), (1, b"abcd")], b"")
    third = message(3, [(9, b"\1\0\0\0"), (1, b"abcd")], b"")
    layouts = Layouts("=I4xH2x", WANTED)
    found = list(layouts.read([one, other, third] * 4))
    assert found == found[:3] * 4
    assert found[:3] == [slowly(data, mark) for mark, data in ((1, one), (2, other), (3, third))]


def test_more_messages_than_are_compared_at_once():
    usual = [message(mark, [(1, b"abcd"), (9, bytes([mark & 0xFF, 0, 0, 0]))], b"") for mark in range(1000)]
    other = message(7, [(9, b"\1\0\0\0"), (1, b"abcd")], b"")
    for place in (0, 5, 145, 146, 147, 291, 292, 999):
        found = [*usual[:place], other, *usual[place:]]
        layouts = Layouts("=I4xH2x", WANTED)
        expected = [slowly(data, struct.unpack_from("=I4xH2x", data)[1]) for data in found]
        for _ in range(2):
            assert list(layouts.read([b"".join(found), usual[0], b"".join(found[990:])])) == [
                *expected,
                expected[1 if place == 0 else 0],
                *expected[990:],
            ]
