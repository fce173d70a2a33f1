"""Routes on the live system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids, ip
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.image import encode
from netconf.core.kind import Kind, Release
from netconf.core.resource import Resource, State, Target
from netconf.domains.route import capture, checks, plan, wire
from netconf.domains.route.operation import DeleteRoute, RouteOperation, WriteRoute
from netconf.domains.route.resource import (
    ADOPTABLE,
    BIRD_PROTOCOL,
    KERNEL_PROTOCOL,
    NETCONF_PROTOCOL,
    TABLE_NUMBERS,
    VRF_STRICT,
    Route,
)
from netconf.system import congestion
from netconf.system.ports import RouteFilter, RouteRequest, RouteRow, System

if TYPE_CHECKING:
    from netconf.domains.route.spec import Spec

ESRCH = 3
DETECTION_SECONDS = 5.0
"""Duplicate address detection needs 1 to 2 s (RFC 4862 section 5.4)."""

F_TENTATIVE = 0x40
"""IFA_F_TENTATIVE of linux/if_addr.h."""

_OURS = RouteFilter(protocol=NETCONF_PROTOCOL)

MANY_LINKS = 16
"""From so many links on, one dump of everything is cheaper than one for each."""


class RouteDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.ROUTE: Kind(Route, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[RouteOperation]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return plan.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """Congestion control algorithms and encapsulations that this kernel doesn't have."""
        routes = [
            (key, change.after)
            for key, change in changes.items()
            if key.kind == ids.ROUTE and isinstance(change.after, Route) and change.because is None
        ]
        around = [(key, route) for key, route in routes for hop in route.hops if hop.encap]
        yield from _unsupported_encaps(around, system)
        yield from _unstrict_vrfs(around, changes, system)
        wanted = {str(key): dict(route.metrics) for key, route in routes if route.metrics}
        for key, metrics in sorted(wanted.items()):
            if "congctl" in metrics:
                yield from congestion.unsupported(str(metrics["congctl"]), key, system)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        names = system.rtnl.names()
        rows = (
            row for number in sorted(ADOPTABLE) for row in system.rtnl.routes(RouteFilter(protocol=number))
        )
        known: wire.Known = {}
        return capture.capture(wire.resource(row, names, known) for row in rows)

    def observe(self, system: System, scope: Scope) -> Iterable[Resource]:
        """Our routes always; if wanted ones are missing, also whatever is in their tables; around
        links and addresses, the routes of others that hang on them. Ours win over others.
        """
        names = system.rtnl.names()
        known: wire.Known = {}
        ours = [wire.resource(row, names, known) for row in system.rtnl.routes(_OURS)]
        found: dict[ResourceId, Resource] = {route.id: route for route in ours}
        missing = {key for key in scope.of(ids.ROUTE) if key not in found}
        tables = {int(TABLE_NUMBERS.get(key.name[1], key.name[1])) for key in missing}
        for table in sorted(tables):
            for row in _others(system, RouteFilter(table=table)):
                route = wire.resource(row, names, known)
                if route.id in missing:
                    found.setdefault(route.id, route)
        for route in _around(system, scope, names):
            found.setdefault(route.id, route)
        return found.values()

    def glance(self, wanted: State, system: System) -> str | None:
        return system.rtnl.routes_digest(_OURS, again=False) or None

    def holds(self, glance: str, system: System) -> bool:
        return glance == system.rtnl.routes_digest(_OURS, again=True)

    def apply(self, operations: Sequence[RouteOperation], system: System) -> None:
        _await_sources(operations, system)
        ways: wire.Ways = {}
        answers = system.rtnl.send([_request(operation, system, ways) for operation in operations])
        for operation, refusal in zip(operations, answers, strict=True) if any(answers) else ():
            gone = refusal is not None and refusal.errno == ESRCH and isinstance(operation, DeleteRoute)
            if refusal is not None and not gone:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _unsupported_encaps(routes: Iterable[tuple[ResourceId, Route]], system: System) -> Iterator[Diagnostic]:
    """Of each kind the first route tells."""
    wanted = {(key, hop.encap) for key, route in routes for hop in route.hops if hop.encap}
    found: dict[str, tuple[ResourceId, str]] = {}
    for key, words in sorted(wanted):
        kind = words.partition(" ")[0]
        found.setdefault(kind, (key, _TRIED.get(kind, words)))
    for kind, (key, words) in found.items():
        if reason := system.kernel.refused_encap(words):
            yield error(
                "NC6912",
                f"this kernel has no routes with encap: {kind}",
                reason,
                f"use a kernel that has it ({_OPTIONS.get(kind, 'CONFIG_LWTUNNEL')}); nothing was changed",
                resource=str(key),
            )


_TRIED = {"seg6local": "seg6local action End"}
_OPTIONS = {
    "mpls": "CONFIG_MPLS_IPTUNNEL",
    "seg6": "CONFIG_IPV6_SEG6_LWTUNNEL",
    "seg6local": "CONFIG_IPV6_SEG6_LWTUNNEL",
}


def _unstrict_vrfs(
    routes: Iterable[tuple[ResourceId, Route]], changes: Mapping[ResourceId, Change], system: System
) -> Iterator[Diagnostic]:
    """Routes that lead to VRFs by their tables where those may share one."""
    wanted = [key for key, route in routes if VRF_STRICT in route.after]
    if not wanted:
        return
    mode = changes.get(VRF_STRICT)
    after = encode(mode.after).get("value") if mode and mode.after else system.tree.read(VRF_STRICT.name)
    if after != "1":
        yield error(
            "NC6916",
            f"{min(wanted)}: vrftable, and net.vrf.strict_mode isn't 1",
            "the kernel leads to a VRF by its table only where no two can have the same",
            "write net.vrf.strict_mode: 1 under sysctl",
            resource=str(min(wanted)),
        )


def _await_sources(operations: Sequence[RouteOperation], system: System) -> None:
    """The kernel takes no source address for an IPv6 route while duplicate address detection of it
    is under way (ip6_route_info_create). Where it never ends, for want of a carrier, neither do we
    wait: the kernel's refusal tells it.
    """
    sources = {o.route.source for o in operations if isinstance(o, WriteRoute) and o.route.is_v6} - {""}
    if not sources:
        return
    end = system.clock.monotonic() + DETECTION_SECONDS
    monitor = system.open_monitor()
    try:
        while any(row.local in sources and row.flags & F_TENTATIVE for row in system.rtnl.addresses()):
            left = end - system.clock.monotonic()
            if left <= 0:
                return
            monitor.wait(min(left, 0.5))
    finally:
        monitor.close()


def _request(operation: RouteOperation, system: System, ways: wire.Ways) -> RouteRequest:
    verb = "delete" if isinstance(operation, DeleteRoute) else operation.verb
    return RouteRequest(verb, wire.row(operation.route, system.rtnl.ifindex, ways))


def _others(system: System, wanted: RouteFilter) -> Iterator[RouteRow]:
    """Rows of whatever protocol but the kernel's own, which come and go with addresses."""
    return (row for row in system.rtnl.routes(wanted) if row.protocol != KERNEL_PROTOCOL)


def _losing_all(system: System, scope: Scope, names: Mapping[int, str]) -> set[str]:
    """The links all of whose IPv4 addresses something is about to happen to: it would take all their
    IPv4 routes along.
    """
    going = Counter(key.name[0] for key in scope.around if key.kind == ids.ADDRESS and ":" not in key.name[1])
    if not going:
        return set()
    there = Counter(names.get(row.ifindex, "") for row in system.rtnl.addresses() if row.family == ip.INET)
    return {link for link, count in going.items() if count >= there[link]}


def _around(system: System, scope: Scope, names: Mapping[int, str]) -> Iterator[Route]:
    """Routes over the links and nexthop objects, and from the addresses, that something is about to happen to. Not BIRD's:
    it puts back itself what is lost.
    """
    links = {key.name[0] for key in scope.around if key.kind in (ids.LINK, ids.ADMIN_UP)}
    links |= {key.name[3] for key in scope.around if key.kind == ids.SYSCTL and len(key.name) == 5}
    links |= _losing_all(system, scope, names)
    sources = {
        key.name[1].partition("/")[0].partition(" ")[0] for key in scope.around if key.kind == ids.ADDRESS
    }
    nexthops = {int(key.name[0]) for key in scope.around if key.kind == ids.NEXTHOP}
    there = {name: index for index, name in names.items() if name in links}
    if nexthops or sources or len(there) > MANY_LINKS:
        rows = _others(system, RouteFilter())
    else:
        rows = (row for index in there.values() for row in _others(system, RouteFilter(ifindex=index)))
    known: wire.Known = {}
    for row in rows:
        if row.protocol == BIRD_PROTOCOL:
            continue
        if (
            row.nexthop_id in nexthops
            or row.source in sources
            or any(names.get(hop.ifindex) in links for hop in row.hops)
        ):
            yield wire.resource(row, names, known)
