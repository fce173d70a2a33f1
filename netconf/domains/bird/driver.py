"""BIRD on the live system."""

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
from netconf.domains.bird import apply, plan, requirements
from netconf.domains.bird.look import look
from netconf.domains.bird.operation import Configure
from netconf.domains.bird.resource import BirdConfig
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.bird.spec import Spec


class BirdDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.BIRD: Kind(BirdConfig, Release.UNDO, durable=True)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[Configure]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return plan.refine(target, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        for key, change in changes.items():
            if key.kind == ids.BIRD and isinstance(change.after, BirdConfig) and change.after.origins:
                yield from requirements.unsupported(change.after, system)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        for key in sorted(scope.of(ids.BIRD)):
            config, socket = key.name
            found = look(system, config, socket)
            if found is not None:
                yield found

    def unsettled(self, resource: Resource) -> str:
        return resource.waiting if isinstance(resource, BirdConfig) else ""

    def patience(self, resource: Resource) -> float:
        return resource.patience if isinstance(resource, BirdConfig) else 0.0

    def apply(self, operations: Sequence[Configure], system: System) -> None:
        for operation in operations:
            try:
                apply.configure(operation, system)
            except OSError as err:
                raise ApplyError(f"{operation.describe()}: {err.strerror}", errno=err.errno or 0) from err

    def conclude(self, changes: Mapping[ResourceId, Change], system: System) -> None:
        for change in changes.values():
            for operation in plan.lower(change):
                apply.conclude(operation, system)

    def tidy(self, ids: Iterable[ResourceId], system: System) -> None:
        for key in ids:
            config, socket = key.name
            apply.tidy(config, socket, system)
