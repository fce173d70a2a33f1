"""Network namespaces on the live system."""

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
from netconf.domains.netns import plan
from netconf.domains.netns.plan import CreateNetns, NetnsOperation
from netconf.domains.netns.resource import Netns
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.netns.spec import Spec


class NetnsDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.NETNS: Kind(Netns, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[NetnsOperation]:
        return plan.lower(change)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return plan.check(changes)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """Those asked for; of one that may go also who is in it."""
        for key in sorted({*scope.of(ids.NETNS), *(key for key in scope.around if key.kind == ids.NETNS)}):
            name = key.name[0]
            if system.namespaces.has(name):
                yield Netns(name, tuple(system.namespaces.users(name)) if key in scope.around else ())

    def apply(self, operations: Sequence[NetnsOperation], system: System) -> None:
        for operation in operations:
            try:
                if isinstance(operation, CreateNetns):
                    system.namespaces.create(operation.name)
                elif system.namespaces.has(operation.name):
                    system.namespaces.delete(operation.name)
            except OSError as err:
                raise ApplyError(f"{operation.describe()}: {err.strerror}", errno=err.errno or 0) from err
