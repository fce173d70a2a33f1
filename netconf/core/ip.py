"""IP addresses and networks as canonical text (RFC 5952) and integers.

Host states hold tens of thousands of them, so IPv4 is done here by hand; IPv6 is left to the
standard library.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple

INET = 2
INET6 = 10
"""Address families as in sys/socket.h."""

KEPT = 1 << 15
"""Texts and addresses whose counterpart is remembered: a plan asks for each several times."""

WIDTH = {INET: 32, INET6: 128}

_NUMBERS = {str(number): number for number in range(256)}
"""What may stand between dots, and behind a slash: without leading zeros, in ASCII."""

_made = tuple.__new__


class Ip(NamedTuple):
    """An address: its family and its value."""

    family: int
    value: int

    def __str__(self) -> str:
        return text(self.family, self.value)


class Network(NamedTuple):
    """A prefix; the host bits of `value` are zero."""

    family: int
    value: int
    length: int

    def has(self, ip: Ip) -> bool:
        """Whether an address is in the network."""
        return ip.family == self.family and ip.value & mask(self.family, self.length) == self.value

    def __str__(self) -> str:
        return f"{text(self.family, self.value)}/{self.length}"


@lru_cache(maxsize=KEPT)
def parse(written: str) -> Ip | None:
    """An address, or None if the text isn't one. Leading zeros and zones (`%eth0`) aren't."""
    if ":" not in written:
        return _quad(written)
    if "%" in written:
        return None
    try:
        return Ip(INET6, int(IPv6Address(written)))
    except AddressValueError:
        return None


def _quad(written: str) -> Ip | None:
    try:
        a, b, c, d = written.split(".")
        value = _NUMBERS[a] << 24 | _NUMBERS[b] << 16 | _NUMBERS[c] << 8 | _NUMBERS[d]
    except (ValueError, KeyError):
        return None
    return _made(Ip, (INET, value))


@lru_cache(maxsize=KEPT)
def text(family: int, value: int) -> str:
    """The canonical text of an address."""
    if family == INET:
        return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"
    return str(IPv6Address(value))


def mask(family: int, length: int) -> int:
    """The netmask of a prefix length, as an integer."""
    width = WIDTH[family]
    return (1 << width) - (1 << (width - length))


def network(ip: Ip, length: int) -> Network:
    """The network an address with this prefix length is in."""
    return Network(ip.family, ip.value & mask(ip.family, length), length)


def split(written: str) -> tuple[Ip, int] | None:
    """`address/length`, or None if the text isn't that."""
    host, _, bits = written.partition("/")
    ip, length = parse(host), _NUMBERS.get(bits)
    if ip is None or length is None or length > WIDTH[ip.family]:
        return None
    return ip, length


def is_link_local(ip: Ip) -> bool:
    """Whether an address is IPv6 link-local (fe80::/10, RFC 4291 section 2.5.6)."""
    return ip.family == INET6 and ip.value >> 118 == 0xFE80 >> 6
