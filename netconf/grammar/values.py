"""Values with a form of their own: switches, durations, hardware addresses.

Each has one canonical text, which is what resources hold and plans show.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from netconf.core import ip
from netconf.core.duration import DURATION, duration_text, milliseconds
from netconf.grammar import reject, shown

_WORDS: dict[str | int, str] = {"yes": "on", "true": "on", 1: "on", "no": "off", "false": "off", 0: "off"}


def _switch(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, str) or value not in ("on", "off"):
        _not_a_switch(value)
    return value


def _not_a_switch(value: object) -> NoReturn:
    word = value.lower() if isinstance(value, str) else value
    meant = _WORDS.get(word) if isinstance(word, str | int) else None
    reject(
        "NC2010",
        f"{shown(value)} is not a switch",
        "a switch is on or off; no other words are read as one",
        f"write {meant or 'on or off'}",
    )


Switch = Annotated[
    str, BeforeValidator(_switch), WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["on", "off"]}]})
]
"""on | off (true and false are taken too); canonical: "on", "off"."""

_SPELLINGS = re.compile(r"(\d+) *(msecs?|millisecs?|secs?|seconds?|m|mins?|minutes?|hours?|d|days?)")
_UNITS = {"ms": "ms", "mil": "ms", "s": "s", "m": "min", "h": "h"}


def _duration(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        reject(
            "NC2011",
            f"{shown(value)} has no unit",
            "a time is written with its unit",
            f"write {value}s or {value}ms" if value >= 0 else "write a time such as 15s or 100ms",
        )
    if not isinstance(value, str) or not DURATION.fullmatch(value):
        reject(
            "NC2012",
            f"{shown(value)} is not a time",
            "a time is a whole number and its unit, without a blank: ms, s, min or h",
            f"write {_respelt(value)}",
        )
    if len(value) > _LONGEST:
        reject("NC2012", f"{shown(value)} is too long a time", "nothing takes that long", "write less")
    return duration_text(milliseconds(value))


_LONGEST = 16  # digits and unit: three times the age of the universe in seconds


def _respelt(value: object) -> str:
    """The duration that was probably meant, or examples."""
    text = value.lower().replace(" ", "") if isinstance(value, str) else ""
    if DURATION.fullmatch(text):
        return text
    match = _SPELLINGS.fullmatch(text)
    if match is None or len(text) > _LONGEST:
        return "a time such as 15s or 100ms"
    number, unit = match.groups()
    if unit.startswith("d"):
        return f"{int(number) * 24}h"
    return number + next(ours for theirs, ours in _UNITS.items() if unit.startswith(theirs))


Duration = Annotated[
    str, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": DURATION.pattern})
]
"""A time with its unit, `15s` or `100ms`; canonical as duration_text writes it."""


def between(low: str, high: str, step: str) -> AfterValidator:
    """For a Duration: the kernel keeps it as a number of steps, and takes it from `low` to `high`."""
    least, most, unit = milliseconds(low), milliseconds(high), milliseconds(step)

    def check(duration: str) -> str:
        length = milliseconds(duration)
        if not least <= length <= most:
            reject(
                "NC2016",
                f"{duration} is out of range",
                "the kernel refuses it",
                f"write a time from {low} to {high}",
            )
        if length % unit:
            near = duration_text(max(least, length // unit * unit))
            reject("NC2017", f"{duration} is too precise", f"the kernel counts in {step}", f"write {near}")
        return duration

    return AfterValidator(check)


_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_HEX = re.compile(r"[0-9a-f]{12}")


def _six_bytes(value: str) -> str:
    text = value.lower().replace("-", ":")
    if not _MAC.fullmatch(text):
        reject(
            "NC2013",
            f"{shown(value)} is not a MAC address",
            "a MAC address is six bytes in hexadecimal",
            _instead_of_mac(value),
        )
    return text


AnyMac = Annotated[str, AfterValidator(_six_bytes)]
"""A MAC address, one of a group or all zeros too; canonical: lower case, colons."""


def _mac(value: str) -> str:
    text = _six_bytes(value)
    if text == "00:00:00:00:00:00":
        reject(
            "NC2015",
            "a link can't have the all-zero MAC address",
            "the kernel refuses it",
            "leave address out, then the kernel chooses one",
        )
    if int(text[:2], 16) & 1:
        own = f"{int(text[:2], 16) & 0xFE:02x}{text[2:]}"
        reject(
            "NC2014",
            f"{text} is a multicast address",
            "a link can't have one as its own",
            f"write a unicast address, such as {own}",
        )
    return text


def _instead_of_mac(value: str) -> str:
    if ip.parse(value.partition("/")[0]) is not None:
        return f"write addresses: [{value}] for an IP address"
    digits = re.sub(r"[.:\s-]", "", value.lower())
    if _HEX.fullmatch(digits):
        return "write " + ":".join(digits[i : i + 2] for i in range(0, 12, 2))
    return "write it as 52:54:00:12:34:56"


Mac = Annotated[str, AfterValidator(_mac)]
"""A unicast MAC address; canonical: lower case, colons."""
