"""A dump in short doesn't depend on how its messages lie in buffers, and does on each of their octets."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from netconf.system.linux import digests

NAMES = {1: "lo", 2: "eth0"}

bodies = st.lists(st.binary(max_size=9).map(lambda body: bytes(8) + body), max_size=12)


def message(body):
    return struct.pack("=I12x", 16 + len(body)) + body


def padded(data):
    return data + bytes(-len(data) % 4)


@given(bodies, st.integers(0, 12))
def test_however_they_lie(found, place):
    messages = [message(body) for body in found]
    alone = digests.of_routes(messages, NAMES)
    assert digests.of_routes([b"".join(map(padded, messages))], NAMES) == alone
    halves = [b"".join(map(padded, messages[:place])), b"".join(map(padded, messages[place:]))]
    assert digests.of_routes(halves, NAMES) == alone


@given(bodies, bodies)
def test_others_have_another(one, other):
    found, others = (
        digests.of_routes([b"".join(padded(message(b)) for b in x)], NAMES) for x in (one, other)
    )
    assert (found == others) == (one == other)
