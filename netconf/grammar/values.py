"""Values with a form of their own: switches, durations, hardware addresses.

Each has one canonical text, which is what resources hold and plans show.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from netconf.core.duration import DURATION, duration_text, milliseconds
from netconf.grammar import reject


def _switch(value: Any) -> Any:
    words = {True: "on", False: "off", "on": "on", "off": "off"}
    if not isinstance(value, bool | str) or value not in words:
        reject(
            "NC2010",
            f"{value!r} is not a switch",
            "a switch is on or off; words such as yes and 1 are not read as one",
            "write on or off",
        )
    return words[value]


Switch = Annotated[
    str, BeforeValidator(_switch), WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["on", "off"]}]})
]
"""on | off (true and false are taken too); canonical: "on", "off"."""


def _duration(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        reject(
            "NC2011",
            f"{value} has no unit",
            "a time is written with its unit",
            f"write {value}s or {value}ms",
        )
    if not isinstance(value, str) or not DURATION.fullmatch(value):
        reject(
            "NC2012",
            f"{value!r} is not a time",
            "a time is a number with a unit: ms, s, min, h",
            "write 15s, 100ms",
        )
    return duration_text(milliseconds(value))


Duration = Annotated[
    str, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": DURATION.pattern})
]
"""A time with its unit, `15s` or `100ms`; canonical as duration_text writes it."""

_MAC = re.compile(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}")


def _mac(value: str) -> str:
    if not _MAC.fullmatch(value):
        reject(
            "NC2013",
            f"{value!r} is not a MAC address",
            "it has six bytes in hexadecimal",
            "write 52:54:00:12:34:56",
        )
    text = value.lower().replace("-", ":")
    if int(text[:2], 16) & 1:
        reject(
            "NC2014",
            f"{text} is a multicast address",
            "a link can't have one as its own",
            "clear the lowest bit of the first byte",
        )
    if text == "00:00:00:00:00:00":
        reject(
            "NC2015",
            "a link can't have the all-zero MAC address",
            "the kernel refuses it",
            "leave address out",
        )
    return text


Mac = Annotated[str, AfterValidator(_mac)]
"""A unicast MAC address; canonical: lower case, colons."""
