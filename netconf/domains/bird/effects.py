"""What a new configuration does to running protocols, predicted from both texts. For people.

BIRD compares what it runs with what it's given, protocol by protocol. What it answers to which
option was measured with 2.0.12 (tests/domains/bird/test_effects.py does it again).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from netconf.domains.bird.render import HEAD

_HEAD = re.compile(
    r"(protocol|filter|define|ipv4 table|ipv6 table|flow4 table|flow6 table) ([^{=;]+?)[ ]*[{=;]"
)
_SYMBOL = re.compile(r"nc_(?:f|fk|ps4|ps6|t)_\w+")

IN_CHANNEL = {"ipv4 {", "ipv6 {", "ipv4 mpls {", "ipv6 mpls {", "flow4 {", "flow6 {"}

QUIET = (
    "description",
    "check link",
    "import limit",
    "import keep",
    "receive limit",
    "export limit",
    "#",
    "interface",
    "scan time",
    "}",
)
"""Begin lines that no protocol restarts for, whatever else stands there."""

RELOADS = (
    *(
        "import all",
        "import none",
        "import filter",
        "export all",
        "export none",
        "export filter",
        "export where",
    ),
    *("preference", "next hop self", "next hop keep", "next hop address"),
)
"""Begin lines of a channel whose routes are looked at again."""

RESTARTS: Mapping[str, tuple[str, ...]] = {
    "bgp": (),
    "direct": ("ipv4", "ipv6", "check link", "interface"),
    "static": ("ipv4", "ipv6", "check link"),
    "kernel": ("kernel table", "metric", "merge paths", "table", "graceful restart"),
    "pipe": ("table", "peer table"),
    "rip": ("infinity", "ecmp"),
    "ospf": ("instance id",),
    "rpki": ("roa4", "roa6"),
    "babel": ("randomize router id",),
    "bfd": (),
    "radv": (),
}
"""Begin lines of a protocol that restarts for them; BGP does for whatever isn't quiet."""


RESTARTS_LATER = {"next hop address": "2.17", "import keep": "3.1"}
"""Begin lines of a BGP channel for which later versions restart: measured with 2.17.5 and 3.1.7."""


class Block(NamedTuple):
    """A protocol, a filter or a constant: its lines without indentation."""

    kind: str
    name: str
    lines: tuple[str, ...]


def effects(old: str | None, new: str) -> tuple[str, ...]:
    """In words, sorted by protocol; empty if no protocol is touched."""
    if old is None or not (old.startswith(HEAD) and new.startswith(HEAD)):
        return ("one of the two files wasn't written by netconf: anything may restart",)
    before, after = _blocks(old), _blocks(new)
    if _line(old, "router id") != _line(new, "router id"):
        return ("all protocols: restart (router id)",)
    stale = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    told = []
    for name in sorted(before.keys() | after.keys()):
        words = _effect(before.get(name), after.get(name), _grown(stale, after))
        if words:
            told.append(f"{name.removeprefix('protocol ').partition(' ')[2] or 'device'}: {words}")
    return tuple(told)


def _blocks(text: str) -> dict[str, Block]:
    """By their first line: `protocol bgp nc_bgp_up`."""
    found: dict[str, Block] = {}
    name, kind, lines = "", "", [""]
    for line in text.split("\n"):
        match = _HEAD.match(line)
        if match is not None:
            name, kind, lines = f"{match[1]} {match[2]}", match[1], []
            found[name] = Block(kind, name, ())
        elif name:
            lines.append(line.strip())
            found[name] = Block(kind, name, tuple(lines))
        if line in ("}", "];"):
            name = ""
    return found


def _line(text: str, start: str) -> str:
    return next((line for line in text.split("\n") if line.startswith(start)), "")


def _grown(stale: set[str], blocks: Mapping[str, Block]) -> set[str]:
    """The names of changed constants and filters, and of filters that use such constants."""
    symbols = {name.partition(" ")[2] for name in stale if not name.startswith("protocol ")}
    for block in blocks.values():
        if block.kind == "filter" and symbols & set(_SYMBOL.findall("\n".join(block.lines))):
            symbols.add(block.name.partition(" ")[2])
    return symbols


def _effect(before: Block | None, after: Block | None, symbols: set[str]) -> str:
    block = after or before
    if block is None or block.kind != "protocol":
        return ""
    if before is None:
        return "starts"
    if after is None:
        return "stops"
    kind = block.name.split()[1]
    changed = _changed(before.lines, after.lines)
    restarting = [line for line, channel in changed if _restarts(kind, line, channel=channel)]
    if restarting:
        return f"restart ({', '.join(dict.fromkeys(map(_option, restarting)))})"
    later = [
        v
        for line, channel in changed
        for option, v in RESTARTS_LATER.items()
        if channel and line.startswith(option)
    ]
    more = f"; restart from BIRD {later[0]} on" if later and kind == "bgp" else ""
    uses = symbols & set(_SYMBOL.findall("\n".join(after.lines)))
    if uses or any(line.startswith(RELOADS) for line, channel in changed if channel):
        return f"reload{more}"
    loud = [line for line, _ in changed if not line.startswith("#")]
    return f"reconfigured{more}" if loud else ""


def _changed(old: tuple[str, ...], new: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The lines only one of them has, each with whether it's in a channel."""
    one, other = list(_placed(old)), list(_placed(new))
    return [line for line in one if line not in other] + [line for line in other if line not in one]


def _placed(lines: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    channel = False
    for line in lines:
        if line in IN_CHANNEL:
            channel = True
            yield line, False
        elif channel and line == "};":
            channel = False
        else:
            yield line, channel


def _restarts(kind: str, line: str, *, channel: bool) -> bool:
    if channel:
        return kind in ("bgp", "kernel") and not line.startswith((*RELOADS, *QUIET))
    if line in IN_CHANNEL or line.startswith("disabled"):
        return True
    if kind == "bgp":
        return not line.startswith(QUIET)
    return line.startswith(RESTARTS.get(kind, ()))


def _option(line: str) -> str:
    """What a person calls it: `hold time 90;` is hold time."""
    words = line.rstrip(" {;").split()
    return " ".join(word for word in words if word.isalpha() and word not in ("yes", "no"))
