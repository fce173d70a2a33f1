"""Networks in text as ranges of numbers, and back. Sets hold ten thousands of them. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from netconf.core import ip

Range = tuple[int, int]
"""The first and the last address, as numbers."""

MANY = 1000
"""From so many networks on, their numbers are kept."""

_SPANS = tuple((1 << (32 - length)) - 1 for length in range(33))
"""By the length of a prefix: how far behind the first address of an IPv4 network its last is."""


def collapse(networks: Iterable[str]) -> tuple[str, ...]:
    """The same addresses in the fewest networks, IPv4 first, sorted."""
    texts = list(networks)
    if len(texts) == 1:
        return tuple(texts)
    four = [text for text in texts if ":" not in text]
    six = [text for text in texts if ":" in text] if len(four) < len(texts) else []
    return (*_collapsed(four, ip.INET), *_collapsed(six, ip.INET6))


def _collapsed(texts: list[str], family: int) -> list[str]:
    """Of one family. What neither holds another nor stands beside one stays as it's written."""
    numbers = _numbers(tuple(texts), family)
    if all(one[1] + 1 < other[0] for one, other in pairwise(numbers)):
        return texts
    found: list[str] = []
    low, high, alone = 0, -2, ""
    for (first, last), text in sorted(zip(numbers, texts, strict=True)):
        if first <= high + 1:
            high, alone = max(high, last), ""
            continue
        if high >= 0:
            found += [alone] if alone else prefixes(family, low, high)
        low, high, alone = first, last, text
    if high >= 0:
        found += [alone] if alone else prefixes(family, low, high)
    return found


def ranges(networks: Iterable[str], family: int) -> list[Range]:
    """The ranges that networks of a family make up, sorted; those that touch are one."""
    own = [text for text in networks if (":" in text) == (family == ip.INET6)]
    found: list[Range] = []
    for low, high in sorted(_numbers(tuple(own), family)):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def edges(members: Sequence[str], *, is_interval: bool) -> tuple[bytes, bytes]:
    """Where members of a set of one family begin, and where they end, as the kernel keeps them: keys of
    addresses, sorted. One alone is a range of one only where sets are of intervals; before the first
    range another ends.
    """
    if not members:
        return b"", b""
    family = ip.INET6 if ":" in members[0] else ip.INET
    width = ip.WIDTH[family]
    whole = tuple([text if "/" in text else f"{text}/{width}" for text in members])
    numbers = sorted(_numbers(whole, family))
    starts = _keys([low for low, _ in numbers], family)
    if not is_interval:
        return starts, b""
    most = (1 << width) - 1
    begun = [0] if numbers[0][0] else []
    return starts, _keys([*begun, *(high + 1 for _, high in numbers if high < most)], family)


def _keys(numbers: Sequence[int], family: int) -> bytes:
    if family == ip.INET:
        return struct.pack(f">{len(numbers)}I", *numbers)
    return b"".join([number.to_bytes(16, "big") for number in numbers])


def prefixes(family: int, low: int, high: int) -> Iterator[str]:
    """The networks a range is made of."""
    width = ip.WIDTH[family]
    while low <= high:
        bits = min((low & -low).bit_length() - 1 if low else width, (high - low + 1).bit_length() - 1)
        yield f"{ip.text(family, low)}/{width - bits}"
        low += 1 << bits


def _numbers(networks: tuple[str, ...], family: int) -> Sequence[Range]:
    """Of canonical networks of a family, with their lengths. A big set is asked for twice: while it's
    compiled, and to foresee it.
    """
    return (_kept_numbers if len(networks) > MANY else _read_numbers)(networks, family)


def _read_numbers(networks: tuple[str, ...], family: int) -> Sequence[Range]:
    """IPv4 all at once: their octets are bytes."""
    if family == ip.INET6:
        return [_range(text) for text in networks]
    numbers = ".".join(networks).replace("/", ".").split(".") if networks else []
    octets = bytes(map(int, numbers))
    if len(octets) != 5 * len(networks):
        raise ValueError(networks)
    return [(first, first + _SPANS[length]) for first, length in struct.iter_unpack(">IB", octets)]


_kept_numbers = lru_cache(maxsize=4)(_read_numbers)


def _range(network: str) -> Range:
    """Of a canonical IPv6 network."""
    address, _, length = network.partition("/")
    found = ip.parse(address)
    if found is None:
        raise ValueError(network)
    return found.value, found.value | ((1 << (ip.WIDTH[found.family] - int(length))) - 1)
