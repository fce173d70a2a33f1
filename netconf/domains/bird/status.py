"""What a running daemon says of its protocols and neighbours, for people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netconf.core.routing import RoutingDaemon, RoutingNeighbour, RoutingProtocol
from netconf.domains.bird import control
from netconf.domains.bird.control import Code, ProtocolState
from netconf.domains.bird.look import text_of
from netconf.domains.bird.orphans import orphans
from netconf.system.ports import BirdSession, System

MOST_PREFIXES = 1000
"""Of each protocol that are listed."""

_ROUTE = re.compile(r"(\S+)\s+\w+ \[")

_TABLES = (
    ("show ospf neighbors {}", 1013, "OSPF", (-1, -2, 2)),
    ("show bfd sessions {}", 1020, "BFD", (0, 1, 2)),
    ("show rip neighbors {}", 1022, "RIP", (0, 1, None)),
    ("show babel neighbors {}", 1024, "Babel", (0, 1, None)),
)
"""The command, the code of its rows, the protocol, and the columns of address, interface, state."""


def report(system: System, config: str, socket: str) -> RoutingDaemon:
    """Everything at once. ObserveError if the daemon doesn't answer."""
    with control.session(system, socket) as session:
        if session is None:
            return RoutingDaemon(socket)
        states = control.protocols(session)
        found = tuple(_protocol(session, state) for _, state in sorted(states.items()))
        neighbours = tuple(n for _, state in sorted(states.items()) for n in _neighbours(session, state))
        left = tuple(orphans(system, text_of(system, config)))
        return RoutingDaemon(socket, session.version, control.revision(session), found, neighbours, left)


def _protocol(session: BirdSession, state: ProtocolState) -> RoutingProtocol:
    learnt = _prefixes(session, f"show route protocol {state.name}")
    announced = _prefixes(session, f"show route export {state.name}")
    return RoutingProtocol(
        state.name,
        state.kind,
        state.state,
        state.since,
        state.info,
        tuple(learnt[:MOST_PREFIXES]),
        len(learnt),
        tuple(announced[:MOST_PREFIXES]),
        len(announced),
    )


def _prefixes(session: BirdSession, command: str) -> list[str]:
    """Of a protocol that is down, or has no channel, there are none (9001)."""
    reply = session.ask(command, control.CONFIGURE_SECONDS)
    rows = (_ROUTE.match(text) for code, text in reply.lines if code == Code.ROUTES)
    return sorted({match[1] for match in rows if match is not None and "/" in match[1]})


def _neighbours(session: BirdSession, state: ProtocolState) -> Iterator[RoutingNeighbour]:
    if state.kind == "BGP":
        text = "\n".join(line for _, line in session.ask(f"show protocols all {state.name}").lines)
        address = re.search(r"Neighbor address: (\S+)", text)
        word = re.search(r"BGP state: +(\S+)", text)
        if address is not None and word is not None:
            host, _, interface = address[1].partition("%")
            yield RoutingNeighbour(state.name, host, interface, word[1])
    for command, code, kind, columns in _TABLES:
        if kind == state.kind:
            reply = session.ask(command.format(state.name))
            yield from _rows(state.name, [text for found, text in reply.lines if found == code], columns)


def _rows(
    protocol: str, lines: list[str], columns: tuple[int, int, int | None]
) -> Iterator[RoutingNeighbour]:
    """Behind the line with the name of the protocol and the head of the table."""
    address, interface, state = columns
    for line in lines[2:]:
        words = line.split()
        if len(words) > 3:
            word = "heard" if state is None else words[state]
            yield RoutingNeighbour(protocol, words[address], words[interface], word)
