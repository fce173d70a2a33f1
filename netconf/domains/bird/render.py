"""From the spec to one bird.conf: deterministic, without times, the same whatever the order of the
document's mappings. One text fits BIRD from 2.0.12 to 3.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from netconf.domains.bird import names, options
from netconf.domains.bird.render_announce import announce, announce_tables
from netconf.domains.bird.render_filters import filters, prefix_sets
from netconf.domains.bird.render_protocols import protocols
from netconf.domains.bird.text import Lines, Origin, quoted, seconds

if TYPE_CHECKING:
    from netconf.domains.bird.spec import Bird, Roa

HEAD = "# Written by netconf. Changes made here are lost with the next apply."

_REVISION = re.compile(r'^define nc_revision = "([0-9a-f]{16})";$', re.MULTILINE)


class Rendered(NamedTuple):
    """The text, and where its lines come from."""

    text: str
    origins: tuple[Origin, ...]

    @property
    def revision(self) -> str:
        return revision_of(self.text)


def revision_of(text: str) -> str:
    """The revision a file names; "" if it isn't one of ours."""
    match = _REVISION.search(text) if text.startswith(HEAD) else None
    return match[1] if match else ""


def render(bird: Bird) -> Rendered:
    """The revision is a digest of the rest of the text. BIRD answers with it when it's asked what it
    runs; it can't tell anything else about that.
    """
    add = Lines(("bird",))
    _globals(add, bird)
    prefix_sets(add, bird)
    filters(add, bird)
    _device(add, bird)
    _roas(add, bird)
    announce(add, bird)
    protocols(add, bird)
    if bird.raw.after is not None:
        add()
        with add.at("raw", "after"):
            add.verbatim(bird.raw.after)
    text = add.text()
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    head = f'{HEAD}\ndefine nc_revision = "{digest}";\n'
    moved = tuple(origin._replace(line=origin.line + 2) for origin in add.origins)
    return Rendered(head + text, moved)


def _globals(add: Lines, bird: Bird) -> None:
    with add.at("router_id"):
        add(f"router id {bird.router_id};")
    with add.at("log"):
        add(f"log {quoted(bird.log) if bird.log.startswith('/') else bird.log} all;")
    # What show protocols says is compared to the millisecond.
    add("timeformat protocol iso long ms;")
    if bird.hostname is not None:
        with add.at("hostname"):
            add(f"hostname {quoted(bird.hostname)};")
    if bird.graceful_restart_wait is not None:
        with add.at("graceful_restart_wait"):
            add(f"graceful restart wait {seconds(bird.graceful_restart_wait)};")
    _tables(add, bird)
    if bird.raw.before is not None:
        with add.at("raw", "before"):
            add.verbatim(bird.raw.before)


def _tables(add: Lines, bird: Bird) -> None:
    for name, table in sorted(bird.tables.items()):
        with add.at("tables", name):
            add(f"{table.family} table {names.table(name, table.family)}{' sorted' if table.sorted else ''};")
    announce_tables(add, bird)
    if _needs_roas(bird):
        for family in names.FAMILIES:
            add(f"roa{family[-1]} table {names.roas(family)};")
    sessions = [bgp.channels or {} for bgp in bird.protocols.bgp.values()]
    if bird.defaults.bgp is not None:
        sessions.append(bird.defaults.bgp.channels or {})
    for family in ("flow4", "flow6"):
        if any(family in channels for channels in sessions):
            add(f"{family} table {names.MAIN[family]};")


def _needs_roas(bird: Bird) -> bool:
    asked = (
        rule.match is not None and rule.match.rpki is not None
        for found in bird.filters.values()
        for rule in found.rules
    )
    return bool(bird.roas or bird.protocols.rpki) or any(asked)


def _device(add: Lines, bird: Bird) -> None:
    """Without a name: BIRD would forget all interfaces if it changed, until the next scan."""
    add()
    with add.at("device"), add.block("protocol device", "}"):
        options.options(add, bird.device, (options.Option("scan_time", "scan time", seconds),))


def _roas(add: Lines, bird: Bird) -> None:
    for family in names.FAMILIES:
        found = [(n, roa) for n, roa in enumerate(bird.roas) if (":" in roa.prefix) == (family == "ipv6")]
        if not found:
            continue
        add()
        with add.block(f"protocol static {names.roas(family)}_static", "}"):
            add(f"roa{family[-1]} {{ table {names.roas(family)}; }};")
            add.each("roas", ((number, _roa(roa)) for number, roa in found))


def _roa(found: Roa) -> str:
    longest = found.max if found.max is not None else found.prefix.partition("/")[2]
    return f"route {found.prefix} max {longest} as {found.asn};"
