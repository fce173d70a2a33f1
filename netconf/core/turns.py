"""Whose turn new objects take that need the same: they go by their places, else by their ids. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from netconf.core.change import Change
from netconf.core.queue import Node
from netconf.core.resource import Resource

_place = attrgetter("place")


def turns(nodes: Sequence[Node], changes: Sequence[Change]) -> Mapping[Node, Node]:
    """Of steps of one kind, in the order of their ids: which one takes the turn of which, by their places. Empty = each
    its own. `changes` are those of all nodes.
    """
    if type(changes[nodes[0]].after or Resource()).place is Resource.place:
        return {}  # none of its class has a place
    places = [_place(changes[node].after) for node in nodes]
    found = [node for _, node in sorted(zip(places, nodes, strict=True))]
    return {} if found == nodes else dict(zip(nodes, found, strict=True))
