"""Forwarding databases on the live system."""

from __future__ import annotations

from collections import defaultdict
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
from netconf.core.resource import Resource, State, Target
from netconf.domains.fdb import capture, checks, plan, wire
from netconf.domains.fdb.operation import DeleteEntry, FdbOperation, WriteEntry
from netconf.domains.fdb.resource import Entry
from netconf.system.ports import FdbRequest, System

if TYPE_CHECKING:
    from netconf.domains.fdb.spec import Spec

GONE = {2, 19, 95}
"""ENOENT, ENODEV, EOPNOTSUPP: there is no such entry, no such link, or it's in no bridge any more."""
EINVAL = 22


class FdbDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.FDB: Kind(Entry, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[FdbOperation]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return plan.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def side_effects(self, changes: Iterable[Change], observed: State) -> Iterable[ResourceId]:
        return plan.side_effects(changes, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """VLANs on a kernel whose bridges know none; links whose kind the plan doesn't tell."""
        wanted = [change.after for change in changes.values() if isinstance(change.after, Entry)]
        tagged = [one for one in wanted if one.vlan]
        if tagged and system.kernel.refuses_bridge_vlans():
            yield error(
                "NC6907",
                f"the bridges of this kernel know no VLANs ({tagged[0].lladdr} of {tagged[0].link})",
                "it was built without CONFIG_BRIDGE_VLAN_FILTERING",
                "remove vlan; nothing was changed",
                resource=str(tagged[0].id),
            )
        tunnels = [one for one in wanted if one.tunnel]
        kinds = {link.name: link.kind for link in system.rtnl.links()} if tunnels else {}
        for one in tunnels:
            if kinds.get(one.link, "vxlan") != "vxlan" and ids.link(one.link) not in changes:
                yield error(
                    "NC3125",
                    f"{one.lladdr} of {one.link}: it has no such entries",
                    "only vxlans have destinations",
                    "remove dst",
                    resource=str(one.id),
                )

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(observed)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """All of them: nothing in an entry tells who made it."""
        rows = list(system.rtnl.fdb())
        if not rows:
            return
        links = {link.ifindex: link for link in system.rtnl.links()}
        vlans: dict[int, tuple[int, ...]] = defaultdict(tuple)
        for vlan in system.rtnl.vlans() if any(row.vlan for row in rows) else ():
            if not vlan.tunnel:
                vlans[vlan.ifindex] += tuple(range(vlan.first, vlan.last + 1))
        filters = any(link.options.get("IFLA_VXLAN_VNIFILTER") for link in links.values())
        yield from wire.entries(rows, links, vlans, system.rtnl.vnis() if filters else ())

    def apply(self, operations: Sequence[FdbOperation], system: System) -> None:
        requests = [_request(operation, system) for operation in operations]
        for operation, refusal in zip(operations, system.rtnl.send(requests), strict=True):
            if refusal is not None and not _is_gone(operation, refusal.errno):
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _request(operation: FdbOperation, system: System) -> FdbRequest:
    row = wire.row(operation.entry, system.rtnl.ifindex)
    if isinstance(operation, WriteEntry):
        return FdbRequest("append" if operation.entry.many else "replace", row)
    return FdbRequest("delete", row)


def _is_gone(operation: FdbOperation, errno: int) -> bool:
    """The kernel says EINVAL of an entry in a VLAN that the port has no more."""
    gone = errno in GONE or (errno == EINVAL and bool(operation.entry.vlan))
    return gone and isinstance(operation, DeleteEntry)
