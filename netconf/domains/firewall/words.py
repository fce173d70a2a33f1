"""The words of a firewall as users write them, each brought to one form.

This is the barrier against injection: what reaches nft or iptables-restore as text has a narrow type
here. Neither language has escapes in its strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from netconf.core import ip
from netconf.core.duration import duration_text, milliseconds
from netconf.domains.firewall.icmp import TYPES
from netconf.domains.firewall.networks import prefixes
from netconf.domains.firewall.protocols import PROTOCOLS
from netconf.grammar import reject, shown
from netconf.grammar.values import Duration

U32 = 0xFFFFFFFF
LONGEST_TEXT = 28
"""Bytes of a log prefix: the LOG target of iptables takes 29 with a blank behind it
(linux/netfilter/xt_LOG.h)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", re.ASCII)
_SET_NAME = re.compile(r"[a-z][a-z0-9_-]{0,23}", re.ASCII)
_INTERFACE = re.compile(r"[A-Za-z0-9_.:-]{1,15}|[A-Za-z0-9_.:-]{1,14}\*", re.ASCII)
_RATE = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)", re.ASCII)
_MARK = re.compile(r"0x[0-9a-fA-F]{1,8}|0|[1-9][0-9]{0,9}", re.ASCII)
_TARGET = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9.]+)(?::([0-9]{1,5}(?:-[0-9]{1,5})?))?", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9_.+@=,-]+)+", re.ASCII)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HOST = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_HOSTS = re.compile(rf"(?:{_OCTET}(?:\.{_OCTET}){{3}}\n)+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def name(value: str) -> str:
    """The name of a rule: it goes into comments of rules and names of counters."""
    if not _NAME.fullmatch(value):
        reject(
            "NC2901",
            f"{shown(value)} is not a name for a rule",
            "names are letters, digits, _ . and -, at most 60, the first a letter or digit",
            f"write {_as_name(value, _NAME)}",
        )
    return value


def set_name(value: str) -> str:
    if not _SET_NAME.fullmatch(value):
        reject(
            "NC2902",
            f"{shown(value)} is not a name for a set or zone",
            "they are lower case letters, digits, _ and -, at most 24, the first a letter",
            f"write {_as_name(value.lower(), _SET_NAME)}",
        )
    return value


def _as_name(value: str, pattern: re.Pattern[str]) -> str:
    meant = re.sub(r"[^A-Za-z0-9_.-]+", "-", value).strip("-.")
    return meant if pattern.fullmatch(meant) else "a name such as web-1"


def _items(value: Any) -> list[Any]:
    """One, or a list of them."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _list_of(one: Callable[[Any], Sequence[str]], what: str) -> BeforeValidator:
    """Each by itself; without repetition, in the order given."""

    def check(value: Any) -> tuple[str, ...]:
        if type(value) is str or type(value) is int:
            alone = one(value)
            if len(alone) == 1:
                return tuple(alone)
        found = [text for item in _items(value) for text in one(item)]
        if not found:
            reject(
                "NC2903", f"an empty list of {what}", "nothing could match it", "name one, or leave it out"
            )
        negated = [text for text in found if text.startswith("!")]
        if negated and len(negated) != len(found):
            reject(
                "NC2904",
                f"a list of {what} with and without !",
                f"it's either any of them, or none of them: {found[0]} says one, {negated[0]} the other",
                "write two rules",
            )
        return tuple(dict.fromkeys(found))

    return BeforeValidator(check)


def _plain(value: Any, what: str) -> tuple[str, str]:
    """("!" or "", the rest)."""
    if not isinstance(value, str):
        reject("NC2905", f"{shown(value)} is not {what}", "it's text", "put it in quotes")
    return ("!", value[1:].strip()) if value.startswith("!") else ("", value)


def _interface(value: Any) -> Sequence[str]:
    mark, text = _plain(value, "the name of an interface")
    if text.startswith("@"):
        return [f"{mark}@{set_name(text[1:])}"]
    if not _INTERFACE.fullmatch(text):
        reject(
            "NC2906",
            f"{shown(text)} is not the name of an interface",
            "that's at most 15 letters, digits and _ . : -, with * at the end for all that begin so",
            "write a name such as eth0 or wg*, or @zone",
        )
    return [mark + text]


def _address(value: Any) -> Sequence[str]:
    mark, text = _plain(value, "an address or network")
    if text.startswith("@"):
        return [f"{mark}@{set_name(text[1:])}"]
    return [mark + network for network in networks(text)]


def networks(text: str) -> Sequence[str]:
    """The networks of an address, a network or a range of addresses, canonical."""
    if _HOST.fullmatch(text):
        return [f"{text}/32"]
    first, dash, last = text.partition("-")
    if dash:
        return _range(text, first.strip(), last.strip())
    alone = ip.parse(text)
    if alone is not None:
        return [f"{alone}/{ip.WIDTH[alone.family]}"]
    parts = ip.split(text)
    if parts is None:
        _not_an_address(text)
    address, length = parts
    network = ip.network(address, length)
    if network.value != address.value:
        reject(
            "NC2907",
            f"{text} has host bits set",
            "a network is meant, or one host",
            f"write {network} for the network, {address} for the one host",
        )
    return [str(network)]


def _range(text: str, first: str, last: str) -> Sequence[str]:
    low, high = ip.parse(first), ip.parse(last)
    if low is None or high is None or low.family != high.family or low.value > high.value:
        _not_an_address(text)
    return list(prefixes(low.family, low.value, high.value))


def _not_an_address(text: str) -> NoReturn:
    reject(
        "NC2908",
        f"{shown(text)} is not an address, a network or a range of addresses",
        "names aren't looked up",
        "write it as 192.0.2.1, 10.0.0.0/8, 192.0.2.1-192.0.2.9 or @set",
    )


def _port(value: Any) -> Sequence[str]:
    if type(value) is int and 0 < value <= 65535:
        return [str(value)]
    text = str(value) if _is_number(value) or isinstance(value, str) else ""
    first, dash, last = text.partition("-")
    ends = [first, last] if dash else [first, first]
    if not all(end.isascii() and end.isdigit() and len(end) < 6 for end in ends):
        reject(
            "NC2909",
            f"{shown(value)} is not a port",
            "names of services differ from host to host, so they aren't looked up",
            "write a number, or two with a dash between: 443 or 1000-2000",
        )
    low, high = map(int, ends)
    if not 0 < low <= high <= 65535:
        reject(
            "NC2910",
            f"{text} is no range of ports",
            "ports are 1 to 65535, the lower end first",
            f"write {high}-{low}" if 0 < high < low <= 65535 else "write ports from 1 to 65535",
        )
    return [str(low) if low == high else f"{low}-{high}"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _protocol(value: Any) -> Sequence[str]:
    if _is_number(value) and 0 < value < 256:
        return [next((word for word, number in PROTOCOLS.items() if number == value), str(value))]
    if not isinstance(value, str) or value not in PROTOCOLS:
        _not_a_word(value, "protocol", PROTOCOLS)
    return [value]


def _icmp_type(value: Any) -> Sequence[str]:
    if not isinstance(value, str) or value not in TYPES:
        _not_a_word(value, "type of ICMP message", TYPES)
    return [value]


def _not_a_word(value: Any, what: str, words: Sequence[str] | dict[str, Any]) -> NoReturn:
    close = get_close_matches(str(value).lower(), list(words), 1)
    reject(
        "NC2911",
        f"{shown(value)} is not a {what}",
        f"known are {', '.join(words)}",
        f"write {close[0]}" if close else "write one of them",
    )


def _rate(value: Any) -> str:
    if not isinstance(value, str) or not _RATE.fullmatch(value):
        reject(
            "NC2912",
            f"{shown(value)} is not a rate",
            "a rate is a whole number of packets per second, minute, hour or day",
            "write it as 3/second or 10/minute",
        )
    return value


def _mark(value: Any) -> str:
    """`0x10/0xff`; without a mask all bits count."""
    parts = str(value).split("/") if _is_number(value) or isinstance(value, str) else []
    numbers = [int(part, 0) for part in parts if _MARK.fullmatch(part)]
    if not 1 <= len(numbers) <= 2 or len(numbers) != len(parts) or max(numbers) > U32:
        reject(
            "NC2913",
            f"{shown(value)} is not a mark",
            "a mark is a number of 32 bits, and a mask if not all of them count",
            "write it as 0x10 or 0x10/0xff",
        )
    mark, mask = (*numbers, U32)[:2]
    if mark & ~mask or not mask:
        reject(
            "NC2914",
            f"mark {mark:#x} has bits that mask {mask:#x} leaves out" if mask else "a mask of 0 has no bit",
            "the two contradict each other",
            f"write {mark & mask:#x}/{mask:#x}, or a wider mask" if mask else "write a mask",
        )
    return f"{mark:#x}/{mask:#x}"


def _text(value: str) -> str:
    if any(ord(c) < 32 or ord(c) > 126 or c in '"\\' for c in value) or not value:
        reject(
            "NC2915",
            f"{shown(value)} can't be a prefix of log lines",
            "it goes into rules as text without escapes: plain letters and signs, no quotes or backslashes",
            "leave them out",
        )
    if len(value) > LONGEST_TEXT:
        reject("NC2915", f"{shown(value)} is too long", f"at most {LONGEST_TEXT} are kept", "shorten it")
    return value


def _path(value: str) -> str:
    if not _PATH.fullmatch(value) or len(value) > 255 or "/.." in value or "/./" in value:
        reject(
            "NC2916",
            f"{shown(value)} is not a path",
            "it's absolute, of letters, digits and . _ - + @ = , without .. in it",
            "write it as /etc/netconf/lists/bad.txt",
        )
    return value


def _whole_seconds(value: str) -> str:
    length = milliseconds(value)
    if length % 1000 or not 0 < length <= 86_400_000 * 365:
        reject(
            "NC2917",
            f"{value} is no time for a ban",
            "it's whole seconds, at most a year",
            f"write {duration_text(max(1000, length // 1000 * 1000))}",
        )
    return value


def _target(value: Any) -> str:
    """An address, with a port or range of ports if there's one: canonical."""
    text = value if isinstance(value, str) else ""
    alone = ip.parse(text)
    if alone is not None:
        return str(alone)
    found = _TARGET.fullmatch(text)
    address = ip.parse(found[1].strip("[]")) if found else None
    if found is None or address is None or ("[" in text) != (address.family == ip.INET6):
        reject(
            "NC2918",
            f"{shown(value)} is no address to translate to",
            "it's an address, with a port behind it or not",
            "write it as 192.168.1.100, 192.168.1.100:80 or [2001:db8::1]:80",
        )
    if found[2] is None:
        return str(address)
    [ports] = _port(found[2])
    return f"[{address}]:{ports}" if address.family == ip.INET6 else f"{address}:{ports}"


def _raw(value: str) -> str:
    if _CONTROL.search(value) or not value.strip():
        reject(
            "NC2919",
            f"{shown(value)} is not a rule",
            "a rule is one line without control characters",
            "write one line for each rule",
        )
    if not _is_balanced(value):
        reject(
            "NC2919",
            f"{shown(value)} has braces or quotes that don't match",
            "it would end the chain it's in",
            "correct it",
        )
    return value.strip()


def _is_balanced(text: str) -> bool:
    parts = text.split('"')
    depth = 0
    for sign in "".join(parts[::2]):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0 or sign in ";#":
            return False
    return depth == 0 and len(parts) % 2 == 1


ONE_OR_MORE = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)
NUMBERS = WithJsonSchema(
    {
        "anyOf": [
            {"type": ["integer", "string"]},
            {"type": "array", "items": {"type": ["integer", "string"]}, "minItems": 1},
        ]
    }
)
NUMBER_OR_TEXT = WithJsonSchema({"type": ["integer", "string"]})

Name = Annotated[str, AfterValidator(name)]
SetName = Annotated[str, AfterValidator(set_name)]
Interfaces = Annotated[tuple[str, ...], _list_of(_interface, "interfaces"), ONE_OR_MORE]
"""Names, `wg*`, `@zone`; all or none of them with `!` in front."""
Addresses = Annotated[tuple[str, ...], _list_of(_address, "addresses"), ONE_OR_MORE]
"""Networks or `@set`; all or none of them with `!` in front."""


def _entries(value: Any, each: ValidatorFunctionWrapHandler) -> Any:
    """IPv4 addresses alone are taken all at once, as there may be very many; anything else one by one."""
    if type(value) is list and all(type(text) is str for text in value):
        whole = "\n".join([*value, ""])
        if whole.count("\n") == len(value) and _HOSTS.fullmatch(whole):
            return [(f"{text}/32",) for text in value]
    return each(value)


Entries = Annotated[list[Addresses], WrapValidator(_entries)]
Ports = Annotated[tuple[str, ...], _list_of(_port, "ports"), NUMBERS]
"""`443`, `1000-2000`."""
Protocols = Annotated[tuple[str, ...], _list_of(_protocol, "protocols"), NUMBERS]
IcmpTypes = Annotated[tuple[str, ...], _list_of(_icmp_type, "types"), ONE_OR_MORE]
Rate = Annotated[str, BeforeValidator(_rate), WithJsonSchema({"type": "string", "pattern": _RATE.pattern})]
Mark = Annotated[str, BeforeValidator(_mark), NUMBER_OR_TEXT]
Text = Annotated[str, AfterValidator(_text)]
Path = Annotated[str, AfterValidator(_path)]
Seconds = Annotated[Duration, AfterValidator(_whole_seconds)]
Target = Annotated[str, BeforeValidator(_target), WithJsonSchema({"type": "string"})]
Raw = Annotated[str, AfterValidator(_raw)]
