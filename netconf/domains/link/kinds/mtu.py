"""The MTUs that the kernel takes, in octets.

Above the most it refuses, or takes less without a word (the tunnels, when they're made). Of Linux 6.1:
__ip_tunnel_change_mtu of net/ipv4/ip_tunnel.c, ip6gre_tnl_init_features of net/ipv6/ip6_gre.c, and the
setup functions of drivers/net and net.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from netconf.domains.link.kinds.option import NO_KEY, Values

LEAST = 68
"""ETH_MIN_MTU; what IPv4 needs (RFC 791)."""

_MOST = 65535
_IPV4, _IPV6, _ETHERNET, _GENEVE, _GRE = 20, 40, 14, 16, 4
_FIXED = {
    "": 65536,
    "dummy": 65536,
    "ifb": 65536,
    "tap": _MOST - _ETHERNET,
    "vrf": _MOST + _IPV6,
    "ipip": _MOST - _IPV4,
    "vti": _MOST - _IPV4,
    "vti6": _MOST - _IPV6,
    "sit": _MOST + _IPV4,
}
"""Kinds that allow other than 65535; "" is a link that must be there."""
_LEAST = {"vrf": 1280, "sit": 1280}


class Limits(NamedTuple):
    least: int
    most: int


def limits(kind: str, options: Values) -> Limits:
    """Of a link of this kind, as far as its options say."""
    least = _LEAST.get(kind, LEAST)
    if kind == "ip6tnl" and options.get("mode") == "ip6ip6":
        least = 1280
    return Limits(least, _FIXED.get(kind, _MOST) - _headers(kind, options))


def _headers(kind: str, options: Values) -> int:
    """What comes off for options."""
    return _HEADERS[kind](options) if kind in _HEADERS else 0


def _gre(options: Values) -> int:
    """The GRE header of sent packets (RFC 2784, RFC 2890)."""
    key = options.get("okey", NO_KEY) != NO_KEY
    return _GRE + 4 * (key + (options.get("oseq") == "on") + (options.get("ocsum") == "on"))


def _geneve(options: Values) -> int:
    six = ":" in str(options.get("remote", "")) or options.get("external") == "on"
    over = _IPV6 if six else _IPV4
    return over + _ETHERNET + _GENEVE


def _erspan(options: Values) -> int:
    """GRE with a sequence number, and the header of the version (include/net/erspan.h)."""
    return _ETHERNET + _GRE + {0: 0, 1: 12, 2: 16}[int(options.get("version", 1))]


_HEADERS: dict[str, Callable[[Values], int]] = {
    "geneve": _geneve,
    "gre": lambda options: _IPV4 + _gre(options),
    "gretap": lambda options: _IPV4 + _ETHERNET + _gre(options),
    "ip6gre": _gre,
    # It counts its GRE header twice.
    "ip6gretap": lambda options: 72 + 2 * _gre(options),
    "erspan": lambda options: _IPV4 + _erspan(options),
    "ip6erspan": _erspan,
    "ip6tnl": lambda options: _IPV6 if options.get("mode") == "ipip6" else 0,
}
