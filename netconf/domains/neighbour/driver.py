"""Neighbours on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.resource import Resource, State, Target
from netconf.domains.neighbour import capture, checks, plan, wire
from netconf.domains.neighbour.operation import DeleteNeighbour, NeighbourOperation
from netconf.domains.neighbour.resource import ADOPTABLE, Neighbour
from netconf.system.ports import NeighbourRequest, System

if TYPE_CHECKING:
    from netconf.domains.neighbour.spec import Spec

GONE = {2, 6, 19}
"""ENOENT, ENXIO, ENODEV: there is no such entry, or no such link."""


ONE_NEIGHBOUR = 0x18
"""IFF_LOOPBACK and IFF_POINTOPOINT of linux/if.h: links that have one neighbour to IPv4."""
MAC_LENGTH = 17


class NeighbourDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.NEIGHBOUR: Kind(Neighbour, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[NeighbourOperation]:
        return plan.lower(change)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """Neighbours on links without MAC addresses, as far as their kinds don't tell that."""
        told = [
            one
            for one in (change.after for change in changes.values() if change.because is None)
            if isinstance(one, Neighbour) and not one.proxy and ids.link(one.link) not in changes
        ]
        links = {link.name: link for link in system.rtnl.links()} if told else {}
        for one in told:
            link = links.get(one.link)
            if link is not None and (link.flags & ONE_NEIGHBOUR or len(link.address) != MAC_LENGTH):
                yield checks.without_mac(one)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(one for one in _all(system) if one.protocol in ADOPTABLE)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """Ours, those that are asked about, and those of others around what happens to their link."""
        links = {
            key.name[3] if key.kind == ids.SYSCTL and len(key.name) == 5 else key.name[0]
            for key in scope.around
            if key.kind in (ids.LINK, ids.ADMIN_UP, ids.ADDRESS, ids.SYSCTL)
        }
        for one in _all(system):
            if not one.foreign or one.id in scope.ids or one.link in links:
                yield one

    def apply(self, operations: Sequence[NeighbourOperation], system: System) -> None:
        requests = [
            NeighbourRequest(
                "delete" if isinstance(operation, DeleteNeighbour) else "replace",
                wire.row(operation.neighbour, system.rtnl.ifindex(operation.neighbour.link)),
            )
            for operation in operations
        ]
        for operation, refusal in zip(operations, system.rtnl.send(requests), strict=True):
            gone = refusal is not None and refusal.errno in GONE and isinstance(operation, DeleteNeighbour)
            if refusal is not None and not gone:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _all(system: System) -> Iterator[Neighbour]:
    rows = list(system.rtnl.neighbours())
    links = {link.ifindex: link for link in system.rtnl.links()} if rows else {}
    for row in rows:
        if row.ifindex in links:
            link = links[row.ifindex]
            yield wire.resource(row, link.name, link.address)
