"""Sysctls on the live system."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
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
from netconf.domains.sysctl import checks, plan
from netconf.domains.sysctl.plan import WriteSysctl
from netconf.domains.sysctl.resource import NOT_LINKS, Sysctl
from netconf.system import congestion
from netconf.system.ports import System, Tree

if TYPE_CHECKING:
    from netconf.domains.sysctl.spec import Spec


IPV6 = ("net", "ipv6")

_Values = Callable[[tuple[str, ...], frozenset[str]], Mapping[str, str]]

CONGESTION_CONTROL = ("net", "ipv4", "tcp_congestion_control")


class SysctlDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.SYSCTL: Kind(Sysctl, Release.RESTORE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[WriteSysctl]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return plan.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target)

    def side_effects(self, changes: Iterable[Change], observed: State) -> Iterable[ResourceId]:
        return plan.side_effects(changes, observed)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """Those asked for; for links about to be taken down also what was set for them, which would
        come back as the kernel's defaults. Switching IPv6 off for all links concerns each.
        """
        wanted = {key.name for key in scope.of(ids.SYSCTL)}
        if any(path[1] == "ipv6" for path in wanted) and not system.tree.names(IPV6):
            system.kernel.load_ipv6()
        if plan.DISABLE_IPV6 in scope.ids:
            names = set(system.tree.names(("net", "ipv6", "conf"))) - NOT_LINKS
            wanted.update(("net", "ipv6", "conf", name, "disable_ipv6") for name in names)
        links = {key.name[0] for key in scope.around if key.kind == ids.LINK}
        mtus = {row.name: str(row.mtu) for row in system.rtnl.links()} if links else {}
        usual = cache(system.tree.values)
        for link in sorted(links & mtus.keys()):
            wanted.update(_set_for_link(system.tree, link, mtus[link], usual))
        for path in sorted(wanted):
            value = _value(system, path)
            if value is not None:
                yield Sysctl(path, value)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """Sysctls that aren't there, or that may not be written here."""
        for key, change in sorted((k, c) for k, c in changes.items() if k.kind == ids.SYSCTL):
            want = change.after
            if not isinstance(want, Sysctl) or change.because is not None:
                continue
            if change.before is None:
                template = tuple(_like_new(part, want) for part in want.path)
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
            if want.path == CONGESTION_CONTROL:
                yield from congestion.unsupported(want.value, str(key), system)

    def apply(self, operations: Sequence[WriteSysctl], system: System) -> None:
        """A value that a general one has brought along isn't written: the kernel would remember it
        as the link's own, which no longer follows conf.default (IPV4_DEVCONF_SET of linux/inetdevice.h).
        """
        for operation in operations:
            if _value(system, operation.path) == operation.value:
                continue
            try:
                system.tree.write(operation.path, operation.value)
            except OSError as err:
                raise ApplyError(f"{operation.describe()}: {err.strerror}", errno=err.errno or 0) from err


def _value(system: System, path: Sequence[str]) -> str | None:
    value = system.tree.read(path)
    return None if value is None else " ".join(value.split())


def _set_for_link(tree: Tree, link: str, mtu: str, usual: _Values) -> Iterator[tuple[str, ...]]:
    """The sysctls of a link whose value isn't, or isn't known to be, what a new link gets: outside
    the initial namespace neigh/default can't be read. `usual` reads what's the same for all links.
    """
    for family in ("ipv4", "ipv6"):
        for table in ("conf", "neigh"):
            default = usual(("net", family, table, "default"), NOT_SET)
            for name, value in tree.values(("net", family, table, link), NOT_SET).items():
                path = ("net", family, table, link, name)
                known = value == default.get(name) or (name, value) in {*BY_KIND, ("mtu", mtu)}
                if not known and tree.writable(path):
                    yield path


BY_KIND = {("accept_dad", "-1"), ("use_tempaddr", "-1")}
"""What the kernel sets for links without ARP, loopbacks and tunnels (ipv6_add_dev)."""

NOT_SET = frozenset({"base_reachable_time", "retrans_time", "stable_secret"})
"""Old names of values that are there under a newer name, and one that can't be read while unset."""


def _like_new(part: str, want: Sysctl) -> str:
    """Where a link that isn't there yet would be, another that has the same sysctls. What's under
    neigh.default isn't shown in every namespace.
    """
    return part if part != want.link else "lo" if want.path[2] == "neigh" else "default"


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
