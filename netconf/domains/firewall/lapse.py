"""A table on trial goes by itself when its time is over: no process is needed for that.

The new table's base chains begin with a rule that accepts everything while a set is empty, and the
old table stands beside it, under another name, with one that accepts everything while its set isn't.
The elements of both sets time out in the kernel: then the old rules decide and the new ones don't. The new
set's last a second longer, so that in between packets must be accepted by both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from netconf.core.errors import ApplyError
from netconf.domains.firewall.resource import FAMILY, TABLE, Table
from netconf.domains.firewall.wire import Listing, parse, without_handles
from netconf.system.ports import System

BEFORE = f"{TABLE}_before"
"""The old table's name while the new one is on trial."""

SET = "trial"
MARK = 'comment "netconf: trial"'
OVERLAP = 1.0
SLACK = 30.0
"""Seconds that loading and verifying may take; what's left of them is taken back when the trial begins."""

_HEAD = f"set {SET}"
_DECLARATION = "typeof meta nfproto; flags timeout;"
_CLOSED = f"meta nfproto != @{SET} accept {MARK}"
_OPEN = f"meta nfproto @{SET} accept {MARK}"
_BASE = re.compile(r"^\t\ttype \w+ hook .*$", re.MULTILINE)
_CHAIN = re.compile(r"^chain (\S+); type \w+ hook ")


def additions(before: str, chains: Sequence[str], seconds: float) -> str:
    """What a script that makes a new table says besides, in the same transaction: `before` is the text of
    the old one, "" if there was none, `chains` the base chains of the new one, () if there is none.
    """
    lines: list[str] = []
    if before:
        lines += [_beside(before), *_elements(BEFORE, seconds)]
    if chains:
        lines.append(f"add set {FAMILY} {TABLE} {SET} {{ {_DECLARATION} }}")
        lines += _elements(TABLE, seconds + OVERLAP)
        lines += [f"insert rule {FAMILY} {TABLE} {chain} {_CLOSED}" for chain in chains]
    return "\n".join(lines) + "\n"


def _elements(table: str, seconds: float) -> list[str]:
    left = f"timeout {math.ceil(seconds)}s"
    return [f"add element {FAMILY} {table} {SET} {{ ipv4 {left}, ipv6 {left} }}"]


def _beside(text: str) -> str:
    _, _, body = without_handles(text).partition("{\n")
    gated = _BASE.sub(lambda found: f"{found[0]}\n\t\t{_OPEN}", body)
    return f"table {FAMILY} {BEFORE} {{\n\tset {SET} {{\n\t\t{_lines(_DECLARATION)}\n\t}}\n{gated}".rstrip()


def _lines(declaration: str) -> str:
    return "\n\t\t".join(part.strip() for part in declaration.split(";") if part.strip())


def base_chains(table: Table) -> tuple[str, ...]:
    return tuple(found[1] for text in table.objects if (found := _CHAIN.match(text)))


def without(found: Listing) -> Listing:
    """The table as it is when it's confirmed."""
    kept = [number for number, line in enumerate(found.loadable) if MARK not in line]
    return replace(
        found,
        blocks=tuple(block for block in found.blocks if block[0] != _HEAD),
        elements=tuple(part for part in found.elements if part[0] != SET),
        rules=tuple(found.rules[number] for number in kept),
        loadable=tuple(found.loadable[number] for number in kept),
        handles=tuple(found.handles[number] for number in kept),
    )


def prolong(seconds: float, system: System) -> None:
    """From now on; nothing where no table is on trial. Raises ApplyError."""
    lines: list[str] = []
    for table, left in ((BEFORE, seconds), (TABLE, seconds + OVERLAP)):
        if f"\t{_HEAD} {{" in system.nft.table(FAMILY, table):
            lines += [f"flush set {FAMILY} {table} {SET}", *_elements(table, left)]
    _load(lines, system)


def keep(system: System) -> None:
    """The new table stays for good, the old one goes; also after their time. Raises ApplyError."""
    lines = list(_ungated(system.nft.table(FAMILY, TABLE)))
    if system.nft.table(FAMILY, BEFORE):
        lines.append(f"delete table {FAMILY} {BEFORE}")
    _load(lines, system)


def _ungated(text: str) -> Iterator[str]:
    found = parse(text)
    for (chain, _), line, handle in zip(found.rules, found.loadable, found.handles, strict=True):
        if MARK in line:
            yield f"delete rule {FAMILY} {TABLE} {chain} handle {handle}"
    if any(head == _HEAD for head, _ in found.blocks):
        yield f"delete set {FAMILY} {TABLE} {SET}"


def _load(lines: Sequence[str], system: System) -> None:
    if lines:
        refused = system.nft.load("\n".join(lines) + "\n")
        if refused is not None:
            raise ApplyError(f"the firewall's trial: {refused.text}")
