"""The firewall on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from netconf.domains.firewall import change as changes_of_tables
from netconf.domains.firewall import plan, purge, requirements, seal
from netconf.domains.firewall.operation import LoadScript, complaint, rule_at
from netconf.domains.firewall.resource import Table
from netconf.domains.firewall.wire import parse
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Spec


class FirewallDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.FIREWALL: Kind(Table, Release.UNDO)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def canonicalise(self, wanted: State, system: System) -> Target:
        return {
            key: requirements.canonical(found, system)
            for key, found in wanted.items()
            if isinstance(found, Table) and found.origins
        }

    def lower(self, change: Change) -> Sequence[LoadScript]:
        return changes_of_tables.lower(change)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        yield from requirements.unsupported(changes, system)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        for key in sorted(scope.ids):
            if key.kind == ids.FIREWALL:
                family, name = key.name
                found = seal.seen(family, name, system) or look(system, family, name)
                if found is not None:
                    yield found

    def apply(self, operations: Sequence[LoadScript], system: System) -> None:
        for operation in operations:
            if operation.primes:
                system.conntrack.track(system.conntrack.sockets())
            refused = system.nft.load(operation.script)
            if refused is not None:
                name, path = rule_at(operation.script, refused.line, operation.places)
                raise ApplyError(f"{operation.describe()}: {complaint(name, path, refused.text)}")

    def conclude(self, changes: Mapping[ResourceId, Change], system: System) -> None:
        for change in changes.values():
            before, after = change.before, change.after
            if isinstance(after, Table):
                generation = system.nft.generation()
                seal.keep(after, look(system, after.family, after.name), generation, system)
            if isinstance(after, Table) and after.purge:
                local = frozenset(row.local for row in system.rtnl.addresses())
                was = before if isinstance(before, Table) else Table(after.family, after.name)
                flows = system.conntrack.flows()
                system.conntrack.forget(purge.affected(was, after, flows, local))

    def tidy(self, ids: Iterable[ResourceId], system: System) -> None:
        """Nothing is left behind by a rollback."""


def look(system: System, family: str, name: str) -> Table | None:
    """The table as it is, with its state."""
    text = system.nft.table(family, name)
    if not text:
        return None
    found = parse(text)
    table = Table(family, name, found.objects, found.elements, found.rules, text)
    return replace(table, handles=found.handles)
