"""Routing daemons as tables and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from netconf.core.routing import RoutingDaemon, RoutingProtocol
from netconf.report.style import Style, safe
from netconf.report.tables import table

LISTED = 10
"""Prefixes of a protocol in the text; JSON has more."""

_HEAD = ("PROTOCOL", "KIND", "STATE", "SINCE", "LEARNT", "ANNOUNCED", "INFO")


def text(daemons: Sequence[RoutingDaemon], style: Style) -> str:
    return "\n\n".join("\n".join(_lines(daemon, style)) for daemon in daemons)


def _lines(daemon: RoutingDaemon, style: Style) -> Iterator[str]:
    if not daemon.version:
        yield f"BIRD isn't running at {safe(daemon.socket)}"
        return
    yield f"BIRD {safe(daemon.version)} at {safe(daemon.socket)}, revision {safe(daemon.revision)}"
    rows = [_HEAD, *(_row(protocol) for protocol in daemon.protocols)]
    yield from table(rows, style)
    if daemon.neighbours:
        yield ""
        head = ("NEIGHBOUR", "INTERFACE", "STATE", "PROTOCOL")
        yield from table(
            [head, *((n.address, n.interface, n.state, n.protocol) for n in daemon.neighbours)], style
        )
    yield from _prefixes(
        "in the kernel, and no protocol looks after them", daemon.orphans, len(daemon.orphans)
    )
    for protocol in daemon.protocols:
        if protocol.kind in ("BGP", "OSPF", "RIP", "Babel"):
            yield from _prefixes(f"{protocol.name} announces", protocol.announced, protocol.announced_count)
            yield from _prefixes(f"{protocol.name} has learnt", protocol.learnt, protocol.learnt_count)


def _row(protocol: RoutingProtocol) -> tuple[str, ...]:
    counts = (str(protocol.learnt_count), str(protocol.announced_count))
    return (protocol.name, protocol.kind, protocol.state, protocol.since, *counts, protocol.info)


def _prefixes(words: str, prefixes: Sequence[str], count: int) -> Iterator[str]:
    if not count:
        return
    more = f" and {count - LISTED} more" if count > LISTED else ""
    yield ""
    yield safe(f"{words}: {', '.join(prefixes[:LISTED])}{more}")


def json_rows(daemons: Sequence[RoutingDaemon]) -> list[dict[str, Any]]:
    """The `routing` of the JSON output."""
    return [
        {
            "socket": daemon.socket,
            "running": bool(daemon.version),
            "version": daemon.version or None,
            "revision": daemon.revision or None,
            "protocols": [protocol._asdict() for protocol in daemon.protocols],
            "neighbours": [neighbour._asdict() for neighbour in daemon.neighbours],
            "orphans": list(daemon.orphans),
        }
        for daemon in daemons
    ]
