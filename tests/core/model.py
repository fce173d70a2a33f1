"""A system in 60 lines: refuses orphans, drops dependants, can fail or die at any operation."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core import ids
from netconf.core.desired import Desired
from netconf.core.driver import Kind, Release
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET
from netconf.core.resource import NOTHING, Resource


class PowerCut(BaseException):
    pass


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
    """Like an address: lives on a node of some size, provides a local capability."""

    node: str
    text: str
    value: int = 0
    id = property(lambda self: ids.address(self.node, self.text))
    requires = property(lambda self: frozenset({ids.link(self.node), ids.ipv6(self.node)}))
    provides = property(lambda self: frozenset({ids.local(self.text[0])}))


@dataclass(frozen=True, slots=True)
class User(Resource):
    """Like a route with a source address: dies when nobody provides the address any more."""

    name: str
    source: str
    id = property(lambda self: ids.route(self.name, "", ""))
    requires = property(lambda self: frozenset({ids.local(self.source)}))


class ModelSystem:
    def __init__(self, objects):
        self.objects, self.count, self.fail_at, self.die_at, self.seen = dict(objects), 0, None, None, []

    def has(self, need):
        return need in self.objects or any(need in r.provides for r in self.objects.values())

    def do(self, op):
        self.count += 1
        if self.count == self.die_at:
            raise PowerCut
        if self.count == self.fail_at:
            raise ApplyError(f"refused {op}")
        key, want = op
        have = self.objects.get(key)
        if want is None:
            self.objects.pop(key, None)
        elif not all(self.has(need) for need in want.requires) or (have and not have.can_become(want)):
            raise ApplyError(f"orphan or immutable {op}")
        else:
            unset = isinstance(want, Node) and want.size is UNSET
            self.objects[key] = Node(want.name, want.parent, 1) if unset else want
        while orphans := [k for k, r in self.objects.items() if not all(map(self.has, r.requires))]:
            self.objects.pop(orphans[0])
        self.seen.append(frozenset(k for k, r in self.objects.items() if isinstance(r, User)))


class ModelDriver:
    kinds = {ids.LINK: Kind(Node, Release.REMOVE), ids.ADDRESS: Kind(Leaf, Release.REMOVE)} | {
        ids.ROUTE: Kind(User, Release.REMOVE)
    }

    def expand(self, spec):
        return Desired({r.id: r for r in spec})

    def lower(self, change):
        return [(ResourceId(*change.id), change.after)]

    def observe(self, system, scope):
        return list(system.objects.values())

    def apply(self, operations, system):
        for operation in operations:
            system.do(operation)
