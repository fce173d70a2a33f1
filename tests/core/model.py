"""A system in 60 lines: refuses orphans, drops dependants, can fail or die at any operation."""

from __future__ import annotations

from objects import Leaf, Node, User

from netconf.core import ids
from netconf.core.desired import Desired
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.overlay import UNSET


class PowerCut(BaseException):
    pass


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
