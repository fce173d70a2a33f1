"""The names of links on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError, PlanError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.resource import Resource, State, Target
from netconf.domains.match import plan
from netconf.domains.match.plan import Rename
from netconf.domains.match.resource import Name
from netconf.system.named import NAME, named
from netconf.system.ports import Device, LinkRequest, LinkRow, System

if TYPE_CHECKING:
    from netconf.domains.match.spec import Spec

IFF_UP = 0x1
PASSING = "netconf-{}"
"""What a link is called while two swap their names."""


class MatchDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.NAME: Kind(Name, Release.LEAVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[Rename]:
        return plan.lower(change)

    def side_effects(self, changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
        """The kernel gives a renamed link's IPv4 addresses, but the first, other labels."""
        links = {change.id.name[0] for change in changes}
        for key in observed:
            if key.kind == ids.ADDRESS and key.name[0] in links and ":" not in key.name[1]:
                yield key

    def view(self, system: System, target: Target) -> System:
        """Links under the names the document gives them, or an image has."""
        wanted = [want for want in target.values() if isinstance(want, Name)]
        if not wanted:
            return system
        if not any(want.criteria for want in wanted):
            return named(system, plan.remembered(target, system.rtnl.names()))

        def device(row: LinkRow) -> Device | None:
            return system.devices.device(row.name, row.ifindex)

        names, findings = plan.find(target, system.rtnl.links(), device)
        if findings:
            raise PlanError(findings)
        return named(system, names)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        wanted = sorted({key.name[0] for key in (*scope.of(ids.NAME), *scope.around) if key.kind == ids.NAME})
        if not wanted:
            return
        rows = {row.name: row for row in system.rtnl.links()}
        for name in wanted:
            if name in rows:
                row = rows[name]
                yield Name(
                    name,
                    system.kernel_name(name),
                    row.ifindex,
                    live=not row.flags & IFF_UP or system.kernel.renames_live(),
                )

    def apply(self, operations: Sequence[Rename], system: System) -> None:
        """A link that has the name, and is to have another, steps aside: two may swap."""
        for operation in operations:
            for name in sorted(system.renamed - {operation.link}):
                if system.kernel_name(name) == operation.new:
                    _rename(operation, name, PASSING.format(system.rtnl.ifindex(name)), system)
            _rename(operation, operation.link, operation.new, system)


def _rename(operation: Rename, link: str, new: str, system: System) -> None:
    (refusal,) = system.rtnl.send([LinkRequest("set", link, attributes=((NAME, new),))])
    if refusal is not None:
        raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)
