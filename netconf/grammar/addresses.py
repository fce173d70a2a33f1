"""IP addresses and prefixes as users write them, with an answer for each usual mistake."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from netconf.core import ip
from netconf.grammar import reject, shown

_OLD_QUAD = re.compile(r"\d{1,9}(\.\d{1,9}){1,3}", re.ASCII)
_LONGEST = 64
"""Characters; an address with prefix length has at most 49."""

_EXAMPLES = "192.0.2.1 or 2001:db8::1"
_EXAMPLES_WITH_LENGTH = "192.0.2.1/24 or 2001:db8::1/64"

_HOST_PARTS = [(1 << 32 - length) - 1 for length in range(33)]
"""The host bits of IPv4 networks, by their prefix length."""

_LIMITED_BROADCAST = ip.Ip(ip.INET, 0xFFFFFFFF)


def host_address(value: Any) -> str:
    """An address without prefix length; canonical text."""
    address = _parse(value)
    if address is None:
        _not_a_host_address(value)
    return str(address)


def unicast_address(value: Any) -> str:
    """An address of one host: of a gateway or of the far end of a tunnel."""
    address = _parse(value)
    if address is None:
        _not_a_host_address(value)
    if _is_surely_unicast(address):
        return str(value)  # of IPv4 there is one way to write it
    _require_unicast(address, str(address))
    if _is_loopback(address):
        reject(
            "NC2225",
            f"{address} is a loopback address",
            "every host has it for itself",
            "write the address of the other host",
        )
    return str(address)


def interface_address(value: Any) -> str:
    """An address with the prefix length of its network, fit to be a host's; canonical text."""
    parts = _split(value)
    if parts is None:
        _not_an_interface_address(value)
    address, length = parts
    family, number = address
    if family != ip.INET or not 0 < number >> 24 < 127:
        _require_unicast(address, f"{address}/{length}")
    if family != ip.INET:
        return f"{address}/{length}"
    if length < 31 and not 0 < number & _HOST_PARTS[length] < _HOST_PARTS[length]:
        _refuse_host_part(address, length)
    return str(value)


def prefix(value: Any) -> str:
    """A network, host bits zero, as `10.0.0.0/8`; an address alone is a network of one."""
    parts = _split(value)
    if parts is None:
        alone = _parse(value)
        if alone is None:
            _not_an_interface_address(value)
        return f"{alone}/{ip.WIDTH[alone.family]}"
    address, length = parts
    width = ip.WIDTH[address.family]
    if address.value & (1 << (width - length)) - 1:
        network = ip.network(address, length)
        reject(
            "NC2301",
            f"{value} has host bits set",
            "a route leads to a network",
            f"write {network} for the network, {address}/{width} for the one host",
        )
    return str(value) if address.family == ip.INET else f"{address}/{length}"


def _is_surely_unicast(address: ip.Ip) -> bool:
    return address.family == ip.INET and 0 < address.value >> 24 < 127


def is_multicast(address: ip.Ip) -> bool:
    return address.value >> 28 == 0xE if address.family == ip.INET else address.value >> 120 == 0xFF


def _parse(value: Any) -> ip.Ip | None:
    return ip.parse(value) if isinstance(value, str) and len(value) <= _LONGEST else None


def _split(value: Any) -> tuple[ip.Ip, int] | None:
    return ip.split(value) if isinstance(value, str) and len(value) <= _LONGEST else None


def _is_loopback(address: ip.Ip) -> bool:
    return address.value >> 24 == 127 if address.family == ip.INET else address.value == 1


def _require_unicast(address: ip.Ip, written: str) -> None:
    if address.family == ip.INET6 and address.value >> 32 == 0xFFFF:
        reject(
            "NC2204",
            f"{written} is an IPv4 address mapped into IPv6",
            "programs use it within themselves, it never appears on a link",
            f"write the IPv4 address, {ip.text(ip.INET, address.value & 0xFFFFFFFF)}",
        )
    if address.value == 0:
        sort = "the unspecified address"
    elif is_multicast(address):
        sort = "a multicast address"
    elif address == _LIMITED_BROADCAST:
        sort = "the broadcast address"
    else:
        return
    reject("NC2203", f"{written} is {sort}", "no host has it as its own", "write the address of a host")


def _refuse_host_part(address: ip.Ip, length: int) -> NoReturn:
    rest = _HOST_PARTS[length]
    network = ip.network(address, length)
    first, last = (ip.text(ip.INET, number) for number in (network.value + 1, network.value | rest - 1))
    own = address.value == network.value
    reject(
        "NC2201" if own else "NC2202",
        f"{address}/{length} is the network's {'own' if own else 'broadcast'} address",
        f"the addresses of hosts in {network} are {first} to {last}",
        "write one of them, or correct the prefix length",
    )


def _not_an_interface_address(value: Any) -> NoReturn:
    if not isinstance(value, str) or len(value) > _LONGEST:
        _not_an_address(value, "", _EXAMPLES_WITH_LENGTH)
    host, slash, length = value.partition("/")
    address = ip.parse(host)
    if address is None:
        _not_an_address(host, slash + length, _EXAMPLES_WITH_LENGTH)
    width = ip.WIDTH[address.family]
    if not slash:
        usual = 24 if address.family == ip.INET else 64
        reject(
            "NC2211",
            f"{value} has no prefix length",
            "which network it's in can't be guessed",
            f"write {value}/{usual}, or {value}/{width} if it's in none",
        )
    netmask = ip.parse(length)
    if netmask is not None:
        _not_with_netmask(value, host, netmask)
    reject(
        "NC2213",
        f"{shown(value)} has no valid prefix length",
        f"it's a number from 0 to {width}, without leading zeros",
        f"write {host}/ and the number",
    )


def _not_with_netmask(value: str, host: str, netmask: ip.Ip) -> NoReturn:
    width = ip.WIDTH[netmask.family]
    bits = netmask.value.bit_count()
    usual = netmask.value == ip.mask(netmask.family, bits)
    reject(
        "NC2212",
        f"{value} has a netmask",
        "networks are written with a prefix length"
        if usual
        else f"networks are written with a prefix length, and {netmask} is none: its ones aren't in front",
        f"write {host}/{bits}" if usual else f"write {host}/ and a number from 0 to {width}",
    )


def _not_a_host_address(value: Any) -> NoReturn:
    host, _, length = value.partition("/") if isinstance(value, str) else ("", "", "")
    if length and ip.parse(host) is not None:
        reject("NC2226", f"{value} has a prefix length", "this is one address", f"write {host}")
    _not_an_address(value, "", _EXAMPLES)


def _not_an_address(value: Any, rest: str, examples: str) -> NoReturn:
    """`rest` is what was written behind the address: it's kept in what is to be written instead."""
    if isinstance(value, str) and _OLD_QUAD.fullmatch(value):
        _not_a_quad(value, rest)
    if isinstance(value, str) and "%" in value and ip.parse(value.partition("%")[0]) is not None:
        host, _, zone = value.partition("%")
        reject(
            "NC2218",
            f"{value} names a zone",
            "the link is given by a key of its own",
            f"write {host}{rest}, and {zone} as the name of the interface or as dev",
        )
    written = f"{value}{rest}" if isinstance(value, str) else value
    fix = f"write an address such as {examples}"
    if isinstance(written, str) and _parse(written.strip().partition("/")[0].strip()) is not None:
        fix = f"remove the blanks: {''.join(written.split())}"
    reject("NC2219", f"{shown(written)} is not an IP address", _why_not(value), fix)


def _why_not(value: Any) -> str:
    if not isinstance(value, str):
        return "an address is text"
    if not value:
        return "it's empty"
    if ":" in value:
        return "IPv6 has up to eight groups of hexadecimal digits, and :: once"
    if value[:1].isdigit():
        return "IPv4 has four decimal numbers with dots between"
    return "names are not looked up"


def _not_a_quad(value: str, rest: str) -> NoReturn:
    parts = value.split(".")
    if len(parts) < 4:
        reject(
            "NC2215",
            f"{value} has {len(parts)} numbers",
            "an IPv4 address has four; short forms mean different things to different programs",
            "write all four",
        )
    if any(len(part) > 1 and part[0] == "0" for part in parts):
        fixed = ".".join(str(int(part)) for part in parts)
        reject(
            "NC2216",
            f"{value} has a leading zero",
            "some programs read it as octal, some as decimal",
            f"write {fixed}{rest}",
        )
    reject(
        "NC2217", f"{value} has a number above 255", "each of the four is one byte", "write 0 to 255 there"
    )
