"""The kinds of objects of the model system: something like links, addresses and routes."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core import ids
from netconf.core.overlay import UNSET
from netconf.core.resource import NOTHING, Resource


@dataclass(frozen=True, slots=True)
class Node(Resource):
    """Like a link: a parent that can't be changed in place, a size that can (0 = no leaves)."""

    name: str
    parent: str = ""
    size: object = UNSET
    id = property(lambda self: ids.link(self.name))
    requires = property(lambda self: frozenset({ids.link(self.parent)} if self.parent else ()))
    provides = property(lambda self: frozenset({ids.ipv6(self.name)}) if self.size != 0 else NOTHING)

    def can_become(self, other):
        return self.parent == other.parent


@dataclass(frozen=True, slots=True)
class Leaf(Resource):
    """Like an address: lives on a node of some size, provides a local capability, has its turn."""

    node: str
    text: str
    value: int = 0
    id = property(lambda self: ids.address(self.node, self.text))
    requires = property(lambda self: frozenset({ids.link(self.node), ids.ipv6(self.node)}))
    provides = property(lambda self: frozenset({ids.local(self.text[0])}))
    alike = property(lambda self: self.node)
    place = property(lambda self: -self.value)


@dataclass(frozen=True, slots=True)
class User(Resource):
    """Like a route with a source address: dies when nobody provides the address any more."""

    name: str
    source: str
    id = property(lambda self: ids.route(self.name, "", ""))
    requires = property(lambda self: frozenset({ids.local(self.source)}))


@dataclass(frozen=True, slots=True)
class Knot(Resource):
    """One that wants to come after another, which may want the same."""

    name: str
    other: str
    id = property(lambda self: ids.port(self.name))
    after = property(lambda self: frozenset({ids.port(self.other)}))
