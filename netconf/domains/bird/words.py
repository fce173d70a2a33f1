"""The words of a bird.conf as users write them.

This is the barrier against injection: strings in BIRD's language have no escapes (conf/cf-lex.l
takes everything up to the next quote), so what can't be written there is refused here, and every
text that reaches the file has a narrow type of its own. Numbers and switches can't hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema

from netconf.core import ip
from netconf.grammar import reject, shown
from netconf.grammar.addresses import host_address, prefix
from netconf.grammar.values import Duration, between

U32 = 0xFFFFFFFF
U16 = 0xFFFF

LONGEST_TEXT = 255
"""Bytes. BIRD takes more, but a line of a log or of a table doesn't."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,39}", re.ASCII)
_BIRD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_PATTERN = re.compile(r"-?[A-Za-z0-9_.:@*?+-]{1,20}", re.ASCII)
_LINK = re.compile(r"[A-Za-z0-9_.:+-]{1,15}", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9_.+@=,-]+)+", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_./:=@%+,-]{1,200}", re.ASCII)
_PREFIX_PATTERN = re.compile(r"([0-9A-Fa-f.:]+/\d+)(?:([+-])|\{(\d{1,3}),(\d{1,3})\})?", re.ASCII)
_COMMUNITY = re.compile(r"(\d{1,10}):(\d{1,10})(?::(\d{1,10}))?", re.ASCII)
_AS_PATH = re.compile(r"(\d{1,10}|\*|\?)( (\d{1,10}|\*|\?)){0,19}", re.ASCII)
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL}){{0,9}}", re.ASCII)
_RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _text(value: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 or c == '"' or 0xD800 <= ord(c) < 0xE000 for c in value):
        reject(
            "NC2801",
            f"{shown(value)} can't be written in bird.conf",
            "a string there has no escapes: it can't hold quotes or control characters",
            "leave them out",
        )
    if len(value.encode()) > LONGEST_TEXT:
        reject(
            "NC2801", f"{shown(value)} is too long", f"at most {LONGEST_TEXT} bytes are taken", "shorten it"
        )
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        reject(
            "NC2802",
            f"{shown(value)} is not a name",
            "names within bird are lower case letters, digits and _, at most 40",
            f"write {_as_name(value) or 'a name such as upstream_1'}",
        )
    return value


def _as_name(value: str) -> str:
    meant = re.sub(r"[^a-z0-9_]", "_", value.lower())
    return meant if _NAME.fullmatch(meant) else ""


def _filter_name(value: str) -> str:
    if value in ("all", "none"):
        reject("NC2803", f"a filter can't be called {value}", "that is a policy by itself", "rename it")
    return _name(value)


def _bird_name(value: str) -> str:
    if not _BIRD_NAME.fullmatch(value) or value.startswith("nc_"):
        reject(
            "NC2804",
            f"{shown(value)} is not a name to keep",
            "names in bird.conf are letters, digits and _; those with nc_ are made from the names here",
            "write the name as it stands behind protocol in the old bird.conf",
        )
    return value


def _pattern(value: str) -> str:
    if not _PATTERN.fullmatch(value):
        reject(
            "NC2805",
            f"{shown(value)} is not a pattern of interface names",
            "it's the name, with * for any characters and ? for one; - in front takes away",
            "write a pattern such as eth0 or service_*",
        )
    return value


def _link(value: str) -> str:
    if not _LINK.fullmatch(value):
        reject(
            "NC2806",
            f"{shown(value)} is not an interface BIRD could name",
            "it takes letters, digits, _ . : + and -, at most 15",
            "write the name of the interface",
        )
    return value


def _path(value: str) -> str:
    if not _PATH.fullmatch(value) or len(value) > LONGEST_TEXT or "/.." in value or "/./" in value:
        reject(
            "NC2807",
            f"{shown(value)} is not a path",
            "it's absolute, of letters, digits and . _ - + @ = , without .. in it",
            "write it as /etc/bird/bird.conf",
        )
    return value


def _word(value: str) -> str:
    if not _WORD.fullmatch(value):
        reject(
            "NC2807",
            f"{shown(value)} is not a word of a command",
            "words are letters, digits and a few signs; no shell is involved",
            "write a script and name it here",
        )
    return value


def _router_id(value: Any) -> str:
    found = ip.parse(value) if isinstance(value, str) and len(value) <= 15 else None
    if found is None or found.family != ip.INET or not found.value:
        reject(
            "NC2808",
            f"{shown(value)} is not a router id",
            "it's written as an IPv4 address and isn't 0.0.0.0",
            "write one of the host's IPv4 addresses",
        )
    return str(found)


def _area(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= U32:
        return ip.text(ip.INET, value)
    found = ip.parse(value) if isinstance(value, str) and len(value) <= 15 else None
    if found is None or found.family != ip.INET:
        reject(
            "NC2809",
            f"{shown(value)} is not an OSPF area",
            "it's a number or written as an IPv4 address",
            "write 0 for the backbone",
        )
    return str(found)


def _of_somebody(value: str) -> str:
    if value in ("0.0.0.0", "::"):  # noqa: S104 - it's refused
        reject("NC2816", f"{value} is nobody's address", "it means any", "write the address that is meant")
    return value


def _of_ipv6(value: str) -> str:
    if ":" not in value:
        reject("NC2815", f"{value} isn't of IPv6", "router advertisements are", "write an IPv6 one")
    return value


def _prefix_pattern(value: str) -> str:
    match = _PREFIX_PATTERN.fullmatch(value)
    if match is None or len(value) > 64:
        reject(
            "NC2810",
            f"{shown(value)} is not a prefix pattern",
            "it's a prefix, then nothing, + (and longer), - (and shorter) or {from,to} lengths",
            "write a pattern such as 192.0.2.0/24{32,32}",
        )
    network = prefix(match[1])
    if match[3] is None:
        return f"{network}{match[2] or ''}"
    low, high, width = int(match[3]), int(match[4]), ip.WIDTH[family_number(network)]
    if not low <= high <= width:
        reject("NC2810", f"{shown(value)} has no valid range", f"0 <= from <= to <= {width}", "correct it")
    return f"{network}{{{low},{high}}}"


def family_number(text: str) -> int:
    return ip.INET6 if ":" in text else ip.INET


def _community(value: Any) -> str:
    match = _COMMUNITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        _not_a_community(value)
    parts = [int(part) for part in match.groups() if part is not None]
    if any(part > (U16 if len(parts) == 2 else U32) for part in parts):
        _not_a_community(value)
    return ":".join(map(str, parts))


def _not_a_community(value: object) -> NoReturn:
    reject(
        "NC2811",
        f"{shown(value)} is not a community",
        "it's A:B with numbers up to 65535, or a large one, A:B:C with numbers up to 4294967295",
        'write it in quotes, such as "64500:1"',
    )


def _as_path(value: Any) -> str:
    if not isinstance(value, str) or not _AS_PATH.fullmatch(value):
        reject(
            "NC2812",
            f"{shown(value)} is not a pattern of AS paths",
            "it's AS numbers with blanks between, * for any and ? for one",
            'write a pattern such as "* 64500"',
        )
    for part in value.split():
        if part.isdigit() and int(part) > U32:
            reject("NC2812", f"{part} is not an AS number", f"they go up to {U32}", "correct it")
    return value


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value):
        reject(
            "NC2813",
            f"{shown(value)} is not a domain",
            "it's labels with dots between",
            "write lab.example.org",
        )
    return value


def _raw(value: str) -> str:
    if _RAW.search(value):
        reject("NC2814", "raw configuration has control characters", "no line needs them", "remove them")
    return value


Text = Annotated[str, AfterValidator(_text)]
Name = Annotated[str, AfterValidator(_name)]
FilterName = Annotated[str, AfterValidator(_filter_name)]
BirdName = Annotated[str, AfterValidator(_bird_name)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Link = Annotated[str, AfterValidator(_link)]
Path = Annotated[str, AfterValidator(_path)]
Word = Annotated[str, AfterValidator(_word)]
Raw = Annotated[str, AfterValidator(_raw)]
RouterId = Annotated[str, BeforeValidator(_router_id), WithJsonSchema({"type": "string"})]
Area = Annotated[str, BeforeValidator(_area), WithJsonSchema({"type": ["integer", "string"]})]
Address = Annotated[
    str, BeforeValidator(host_address), AfterValidator(_of_somebody), WithJsonSchema({"type": "string"})
]
Prefix = Annotated[str, BeforeValidator(prefix), WithJsonSchema({"type": "string"})]
Address6 = Annotated[Address, AfterValidator(_of_ipv6)]
Prefix6 = Annotated[Prefix, AfterValidator(_of_ipv6)]
PrefixPattern = Annotated[str, AfterValidator(_prefix_pattern)]
Community = Annotated[str, BeforeValidator(_community), WithJsonSchema({"type": "string"})]
AsPath = Annotated[str, BeforeValidator(_as_path), WithJsonSchema({"type": "string"})]
Domain = Annotated[str, AfterValidator(_domain)]
Asn = Annotated[int, Field(ge=1, le=U32)]
Number32 = Annotated[int, Field(ge=0, le=U32)]
Number16 = Annotated[int, Field(ge=0, le=U16)]
Positive = Annotated[int, Field(ge=1, le=U16)]
Byte = Annotated[int, Field(ge=1, le=255)]

Seconds = Annotated[Duration, between("1s", "65535s", "1s")]
"""A time that BIRD counts in whole seconds."""

Microtime = Annotated[Duration, between("1ms", "3600s", "1ms")]
"""A time that BIRD takes with a unit."""

ModelT = TypeVar("ModelT", bound=BaseModel)


def usual(model: type[ModelT]) -> Callable[[], ModelT]:
    """What a model is if nothing of it is written, as a default."""
    return lambda: model.model_validate({})
