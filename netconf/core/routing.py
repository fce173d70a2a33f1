"""What is told of a routing daemon: its protocols, their neighbours, and what goes over them."""

from __future__ import annotations

from typing import NamedTuple


class RoutingProtocol(NamedTuple):
    """A protocol by its name in the daemon. `learnt` and `announced` are prefixes, sorted, and whole
    unless there are more than was asked for; the counts are of all.
    """

    name: str
    kind: str
    state: str
    since: str
    info: str
    learnt: tuple[str, ...]
    learnt_count: int
    announced: tuple[str, ...]
    announced_count: int


class RoutingNeighbour(NamedTuple):
    """Another router. `state` is in the protocol's own words."""

    protocol: str
    address: str
    interface: str
    state: str


class RoutingDaemon(NamedTuple):
    """One daemon. `version` is "" and the rest empty if it isn't running. `orphans` are routes in the
    kernel that none of its protocols looks after.
    """

    socket: str
    version: str = ""
    revision: str = ""
    protocols: tuple[RoutingProtocol, ...] = ()
    neighbours: tuple[RoutingNeighbour, ...] = ()
    orphans: tuple[str, ...] = ()
