"""The options of a link, or of a port, from and to the bytes of IFLA_INFO_DATA or IFLA_INFO_SLAVE_DATA."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from netconf.system.linux.linkoptions import OPTIONS, PORT_OPTIONS, Option
from netconf.system.linux.linkvalues import READ, write
from netconf.system.linux.wire import NLA_F_NESTED, attribute, attribute_u32, attributes
from netconf.system.ports import AttributeValue


class Links(Protocol):
    """What turns the name of a link into its index."""

    def link(self, name: str) -> int:
        """The ifindex; raises LookupError."""
        ...


def decode(kind: str, data: bytes) -> dict[str, AttributeValue]:
    """The options that the table knows; empty for a kind it doesn't."""
    return _decode(_READERS.get(kind, _NOTHING), data)


def decode_port(kind: str, data: bytes) -> dict[str, AttributeValue]:
    """The same of a port, by the kind of its master."""
    return _decode(_PORT_READERS.get(kind, _NOTHING), data)


def encode(kind: str, options: Iterable[tuple[str, AttributeValue]], names: Links) -> bytes:
    """Raises ValueError for what isn't an option of the kind, or not a value of it."""
    return _encode(_NUMBERS.get(kind, {}), kind, options, names)


def encode_port(kind: str, options: Iterable[tuple[str, AttributeValue]], names: Links) -> bytes:
    return _encode(_PORT_NUMBERS.get(kind, {}), f"{kind} port", options, names)


def _encode(
    numbers: Mapping[str, tuple[int, str]],
    kind: str,
    options: Iterable[tuple[str, AttributeValue]],
    names: Links,
) -> bytes:
    parts = []
    for name, value in options:
        if name not in numbers:
            raise ValueError(f"{name} isn't an option of a {kind} that can be written")
        number, wire = numbers[name]
        if wire == "index" and isinstance(value, str):
            parts.append(attribute_u32(number, names.link(value) if value else 0))
        elif wire == "macs":
            parts.append(_macs(name, value))
        elif wire in {"flag", "flag8"}:
            if value is True:
                parts.append(attribute(number, b""))
            elif value is not False:
                raise ValueError(f"{name}: {value!r} isn't a value of type flag")
        else:
            nested = NLA_F_NESTED if wire in _NESTED else 0
            octet = int(value) if wire == "u8on" and isinstance(value, bool) else value
            parts.append(attribute(number | nested, write(name, wire, octet)))
    return b"".join(parts)


_OFF: Mapping[str, AttributeValue] = {"flag": False, "flag8": False, "u8on": 0}
_NESTED = {"ipv4-list", "ipv6-list", "qos-map"}
_MACADDR_MODE, _MACADDR_DATA = 3, 5
_MACVLAN_MACADDR_SET = 3


def _macs(name: str, value: AttributeValue) -> bytes:
    """Two attributes: that the list is the whole one, and the list."""
    mode = attribute_u32(_MACADDR_MODE, _MACVLAN_MACADDR_SET)
    return mode + attribute(_MACADDR_DATA | NLA_F_NESTED, write(name, "macs", value))


Readers = tuple[list[tuple[int, str, Callable[[bytes], AttributeValue]]], dict[str, AttributeValue]]


def _decode(readers: Readers, data: bytes) -> dict[str, AttributeValue]:
    numbers, flags = readers
    found = attributes(data, 0, len(data))
    options = dict(flags)
    options.update((name, read(found[number])) for number, name, read in numbers if number in found)
    return options


def _readers(options: Mapping[int, Option]) -> Readers:
    """((number, name, how to read), ...) and the values of what is absent unless it's on."""
    numbers = [(number, name, READ[wire]) for number, (name, wire) in options.items()]
    return numbers, {name: _OFF[wire] for name, wire in options.values() if wire in _OFF}


def _numbers(options: Mapping[int, Option]) -> Mapping[str, tuple[int, str]]:
    return {name: (number, wire) for number, (name, wire) in options.items()}


_READERS = {kind: _readers(options) for kind, options in OPTIONS.items()}
_PORT_READERS = {kind: _readers(options) for kind, options in PORT_OPTIONS.items()}
_NUMBERS = {kind: _numbers(options) for kind, options in OPTIONS.items()}
_PORT_NUMBERS = {kind: _numbers(options) for kind, options in PORT_OPTIONS.items()}
_NOTHING: Readers = ([], {})
