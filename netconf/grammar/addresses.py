"""IP addresses and prefixes as users write them, with an answer for each usual mistake."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from netconf.core import ip
from netconf.grammar import reject

_OLD_QUAD = re.compile(r"\d+(\.\d+){1,3}")


def host_address(value: Any) -> str:
    """An address without prefix length; canonical text."""
    address = _parse(value)
    if address is None:
        _not_an_address(value)
    return str(address)


def interface_address(value: Any) -> str:
    """An address with the prefix length of its network, fit to be a host's; canonical text."""
    parts = ip.split(value) if isinstance(value, str) else None
    if parts is None:
        _not_an_interface_address(value)
    address, length = parts
    if ip.WIDTH[address.family] - length > 1:
        _check_role(address, length)
    if address.value == 0 or _is_multicast(address):
        kind = "the unspecified address" if address.value == 0 else "a multicast address"
        reject("NC2203", f"{value} is {kind}", "a host can't have it as its own", "write a host's address")
    if address.family == ip.INET6 and address.value >> 32 == 0xFFFF:
        reject(
            "NC2204",
            f"{value} is an IPv4 address mapped into IPv6",
            "it never appears on a link",
            "write the IPv4 address",
        )
    return f"{address}/{length}"


def prefix(value: Any) -> str:
    """A network, host bits zero, as `10.0.0.0/8`; an address alone is a network of one."""
    if isinstance(value, str) and (alone := ip.parse(value)) is not None:
        return f"{alone}/{ip.WIDTH[alone.family]}"
    parts = ip.split(value) if isinstance(value, str) else None
    if parts is None:
        _not_an_interface_address(value)
    address, length = parts
    network = ip.network(address, length)
    if network.value != address.value:
        reject(
            "NC2301",
            f"{value} has host bits set",
            "a route leads to a network",
            f"did you mean {network}, or {address}/{ip.WIDTH[address.family]}?",
        )
    return str(network)


def _parse(value: Any) -> ip.Ip | None:
    return ip.parse(value) if isinstance(value, str) else None


def _check_role(address: ip.Ip, length: int) -> None:
    network = ip.network(address, length)
    if address.value == network.value and address.family == ip.INET:
        first, last = network.value + 1, network.value + (1 << (32 - length)) - 2
        hosts = f"{ip.text(ip.INET, first)} to {ip.text(ip.INET, last)}"
        reject(
            "NC2201",
            f"{address}/{length} is the network's own address",
            f"hosts are {hosts}",
            "write a host's address",
        )
    if address.family == ip.INET and address.value == network.value | ((1 << (32 - length)) - 1):
        reject(
            "NC2202",
            f"{address}/{length} is the network's broadcast address",
            "a host can't have it",
            "write a host's address",
        )


def _is_multicast(address: ip.Ip) -> bool:
    return address.value >> 28 == 0xE if address.family == ip.INET else address.value >> 120 == 0xFF


def _not_an_interface_address(value: Any) -> NoReturn:
    if not isinstance(value, str):
        _not_an_address(value)
    host, slash, length = value.partition("/")
    address = ip.parse(host)
    if address is None:
        _not_an_address(host)
    if not slash:
        width = 24 if address.family == ip.INET else 64
        reject(
            "NC2211",
            f"{value} has no prefix length",
            "which network it's in can't be guessed",
            f"write {value}/{width} or {value}/{ip.WIDTH[address.family]}",
        )
    netmask = ip.parse(length)
    if netmask is not None:
        bits = netmask.value.bit_count()
        reject(
            "NC2212",
            f"{value} has a netmask",
            "networks are written with a prefix length",
            f"write {host}/{bits}",
        )
    reject(
        "NC2213",
        f"{value}: {length!r} is not a prefix length",
        f"it's 0 to {ip.WIDTH[address.family]}, without leading zeros",
        "correct it",
    )


def _not_an_address(value: Any) -> NoReturn:
    if not isinstance(value, str):
        reject("NC2214", f"{value!r} is not an IP address", "it's not text", "write 192.0.2.1 or 2001:db8::1")
    if _OLD_QUAD.fullmatch(value):
        parts = value.split(".")
        if len(parts) < 4:
            reject(
                "NC2215",
                f"{value} has {len(parts)} parts",
                "an IPv4 address has four; short forms mean different things to different programs",
                "write all four",
            )
        if any(len(part) > 1 and part[0] == "0" for part in parts):
            fixed = ".".join(str(int(part)) for part in parts)
            reject(
                "NC2216", f"{value} has a leading zero", "some programs read it as octal", f"write {fixed}"
            )
        reject("NC2217", f"{value} has a part above 255", "each part is one octet", "correct it")
    if "%" in value:
        reject(
            "NC2218",
            f"{value} names a zone",
            "the link is given by its own field",
            f"write {value.partition('%')[0]}",
        )
    reject("NC2219", f"{value!r} is not an IP address", "", "write 192.0.2.1 or 2001:db8::1")
