"""Networks in text as ranges of numbers, and back. Sets hold ten thousands of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netconf.core import ip

Range = tuple[int, int]
"""The first and the last address, as numbers."""


def collapse(networks: Iterable[str]) -> tuple[str, ...]:
    """The same addresses in the fewest networks, IPv4 first, sorted."""
    texts = list(networks)
    if len(texts) == 1:
        return tuple(texts)
    return tuple(
        text
        for family in (ip.INET, ip.INET6)
        for low, high in ranges(texts, family)
        for text in prefixes(family, low, high)
    )


def ranges(networks: Iterable[str], family: int) -> list[Range]:
    """The ranges that networks of a family make up, sorted; those that touch are one."""
    found: list[Range] = []
    for low, high in sorted(_range(text) for text in networks if (":" in text) == (family == ip.INET6)):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def prefixes(family: int, low: int, high: int) -> Iterator[str]:
    """The networks a range is made of."""
    width = ip.WIDTH[family]
    while low <= high:
        bits = min((low & -low).bit_length() - 1 if low else width, (high - low + 1).bit_length() - 1)
        yield f"{ip.text(family, low)}/{width - bits}"
        low += 1 << bits


def _range(network: str) -> Range:
    """Of a canonical network, with its length."""
    address, _, length = network.partition("/")
    found = ip.parse(address)
    if found is None:
        raise ValueError(network)
    return found.value, found.value | ((1 << (ip.WIDTH[found.family] - int(length))) - 1)
