"""Sysctls on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.driver import Kind, Release, Scope
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource, State
from netconf.domains.sysctl import plan
from netconf.domains.sysctl.plan import WriteSysctl
from netconf.domains.sysctl.resource import Sysctl
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.sysctl.spec import Spec


class SysctlDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.SYSCTL: Kind(Sysctl, Release.RESTORE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[WriteSysctl]:
        return plan.lower(change)

    def side_effects(self, change: Change, observed: State) -> Iterable[ResourceId]:
        return plan.side_effects(change, observed)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """Those asked for; for links about to be replaced all of theirs, which come back with the
        kernel's defaults.
        """
        wanted = {key.name for key in scope.ids if key.kind == ids.SYSCTL}
        for key in scope.around:
            if key.kind == ids.LINK:
                wanted.update(_of_link(system, key.name[0]))
        for path in sorted(wanted):
            value = system.tree.read(path)
            if value is not None:
                yield Sysctl(path, " ".join(value.split()))

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """Sysctls that aren't there, or that may not be written here."""
        for key, change in sorted(changes.items()):
            want = change.after
            if not isinstance(want, Sysctl) or change.because is not None:
                continue
            if change.before is None:
                template = tuple("default" if part == want.link else part for part in want.path)
                if system.tree.read(template if want.link else want.path) is None:
                    yield _missing(want, initial=system.kernel.initial_namespace())
            elif not system.tree.writable(want.path):
                yield error(
                    "NC6904",
                    f"{'.'.join(want.path)} can't be written here",
                    "/proc/sys is read-only or the process lacks the privilege, as in most containers",
                    "set it on the host, or leave it out",
                    resource=str(key),
                )

    def apply(self, operations: Sequence[WriteSysctl], system: System) -> None:
        for operation in operations:
            try:
                system.tree.write(operation.path, operation.value)
            except OSError as err:
                raise ApplyError(f"{operation.describe()}: {err.strerror}", errno=err.errno or 0) from err


def _of_link(system: System, link: str) -> Iterator[tuple[str, ...]]:
    for family in ("ipv4", "ipv6"):
        for table in ("conf", "neigh"):
            folder = ("net", family, table, link)
            for name in system.tree.names(folder):
                if name not in DERIVED and system.tree.writable((*folder, name)):
                    yield (*folder, name)


DERIVED = {"base_reachable_time", "retrans_time", "stable_secret"}
"""Old names of values that are there under a newer name, and one that can't be read while unset."""


def _missing(want: Sysctl, *, initial: bool) -> Diagnostic:
    name = ".".join(want.path)
    why = (
        "this kernel doesn't have it: its module isn't loaded, or it was built without"
        if initial
        else "it's not there in this network namespace: some sysctls exist only in the initial one"
    )
    return error(
        "NC6903",
        f"there is no sysctl {name}",
        why,
        "correct the name, or leave it out here",
        resource=str(want.id),
    )
