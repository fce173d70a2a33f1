"""Virtual functions on the live system."""

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
from netconf.domains.sriov import capture, checks, plan, wire
from netconf.domains.sriov.operation import SetCount, SriovOperation
from netconf.domains.sriov.resource import Vf, Vfs
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.sriov.spec import Spec


class SriovDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.VFS: Kind(Vfs, Release.RESTORE), ids.VF: Kind(Vf, Release.RESTORE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[SriovOperation]:
        return plan.lower(change)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        return checks.unsupported(changes)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        links = sorted(key.name[0] for key in observed if key.kind == ids.LINK)
        return capture.capture(one for link in links for one in _look(link, system))

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """All of the NICs that are asked about: with their number go all."""
        asked = {key.name[0] for key in scope.ids | scope.around if key.kind in (ids.VFS, ids.VF)}
        for link in sorted(asked):
            yield from _look(link, system)

    def apply(self, operations: Sequence[SriovOperation], system: System) -> None:
        for operation in operations:
            link = operation.link if isinstance(operation, SetCount) else operation.vf.link
            ifindex = system.rtnl.ifindex(link)
            if isinstance(operation, SetCount):
                try:
                    system.sriov.set_count(system.kernel_name(link), ifindex, operation.count)
                except OSError as err:
                    reason = f"{operation.describe()}: {err.strerror}"
                    raise ApplyError(reason, errno=err.errno or 0) from err
                continue
            (refusal,) = system.rtnl.send([wire.request(operation.vf, ifindex)])
            if refusal is not None:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _look(link: str, system: System) -> Iterator[Vfs | Vf]:
    ifindex = system.rtnl.ifindex(link)
    support = system.sriov.support(system.kernel_name(link), ifindex) if ifindex else None
    if support is not None:
        yield Vfs(link, *support)
        if support.made:
            yield from (wire.resource(link, row) for row in system.rtnl.virtual_functions(ifindex))
