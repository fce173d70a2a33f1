"""Multicast databases on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.overlay import given
from netconf.core.resource import Resource, State, Target
from netconf.domains.mdb import capture, checks, plan, wire
from netconf.domains.mdb.operation import DeleteMembership, MdbOperation
from netconf.domains.mdb.resource import STATIC, Membership
from netconf.system.ports import MdbRequest, MdbRow, Refusal, System

if TYPE_CHECKING:
    from netconf.domains.mdb.spec import Spec

EEXIST = 17
IFF_UP = 1


class MdbDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.MDB: Kind(Membership, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[MdbOperation]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return plan.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(observed)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """All of them: who made an entry isn't told by all kernels."""
        rows = list(system.rtnl.mdb())
        if rows:
            links = system.rtnl.links()
            names = {link.ifindex: link.name for link in links}
            up = {link.ifindex for link in links if link.flags & IFF_UP}
            yield from wire.memberships(rows, names, up)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """Filters and protocols are known since Linux 6.3."""
        wanted = (change.after for _, change in sorted(changes.items()))
        found = [
            one
            for one in wanted
            if isinstance(one, Membership) and (one.sources or given(one.protocol, STATIC) != STATIC)
        ]
        if found and system.kernel.refuses_mdb_filters():
            yield error(
                "NC6915",
                f"group {found[0].group} of {found[0].link}: this kernel knows no filters and protocols of groups",
                "they came with Linux 6.3",
                "remove filter_mode, source_list and protocol; nothing was changed",
                resource=str(found[0].id),
            )

    def apply(self, operations: Sequence[MdbOperation], system: System) -> None:
        requests = [_request(operation, system) for operation in operations]
        answers = list(system.rtnl.send(requests))
        for operation, refusal in zip(operations, answers, strict=True):
            if refusal is not None:
                again = _settled(operation, refusal, system)
                if again is not None:
                    raise ApplyError(f"{operation.describe()}: {again.text}", errno=again.errno)


def _request(operation: MdbOperation, system: System) -> MdbRequest:
    row = wire.row(operation.membership, system.rtnl.ifindex)
    if isinstance(operation, DeleteMembership):
        return MdbRequest("delete", row)
    return MdbRequest("create" if operation.verb == "add" else "replace", row)


def _settled(operation: MdbOperation, refusal: Refusal, system: System) -> Refusal | None:
    """What still stands against it. A group the port has joined by itself gives way; of one that isn't there
    the kernel says EINVAL like of so much else.
    """
    row = wire.row(operation.membership, system.rtnl.ifindex)
    if isinstance(operation, DeleteMembership):
        there = any(_key(found) == _key(row) for found in system.rtnl.mdb())
        return refusal if there else None
    if refusal.errno != EEXIST:
        return refusal
    return list(system.rtnl.send([MdbRequest("delete", row), MdbRequest("create", row)]))[1]


def _key(row: MdbRow) -> tuple[int, int, str, int, str]:
    return row.bridge, row.ifindex, row.group, row.vlan, row.source
