"""Nexthop objects on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
from netconf.domains.nexthop import capture, checks, plan, wire
from netconf.domains.nexthop.operation import DeleteNexthop, NexthopOperation, WriteNexthop
from netconf.domains.nexthop.resource import ADOPTABLE, Member, Nexthop
from netconf.system.ports import NexthopRequest, System

if TYPE_CHECKING:
    from netconf.domains.nexthop.spec import Spec

ENOENT = 2
CARRIER_SECONDS = 3.0
"""Links follow each other's carrier at once or within a second (net/core/link_watch.c)."""

CARRYING = {"veth", "netkit", "vlan", "macvlan", "macvtap", "ipvlan"}
"""Kinds whose carrier is that of the link which IFLA_LINK tells."""


class NexthopDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.NEXTHOP: Kind(Nexthop, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[NexthopOperation]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return plan.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """Resilient groups are known since Linux 5.13, nexthops for the FDB since 5.8, any since 5.3."""
        fresh: System | None = None
        for key, change in sorted((k, c) for k, c in changes.items() if k.kind == ids.NEXTHOP):
            wanted = change.after
            if not isinstance(wanted, Nexthop) or change.because is not None:
                continue
            fresh = fresh or system.fresh()
            refusal = _refusal(fresh, resilient=bool(wanted.buckets))
            if refusal:
                what = "resilient groups of nexthops" if wanted.buckets else "nexthop objects"
                yield error(
                    "NC6906",
                    f"this kernel has no {what}",
                    refusal,
                    "write routes with nexthops",
                    resource=str(key),
                )
                return

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(one for one in _all(system) if one.protocol in ADOPTABLE)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """All of them: groups and routes may use those of others. On a link that's made again it's the
        new one's carrier that counts.
        """
        for one in _all(system):
            anew = {ids.link(one.dev), ids.admin_up(one.dev)} <= scope.around
            yield replace(one, carrier="") if anew else one

    def apply(self, operations: Sequence[NexthopOperation], system: System) -> None:
        _await_carriers(operations, system)
        answers = system.rtnl.send([_request(operation, system) for operation in operations])
        for operation, refusal in zip(operations, answers, strict=True):
            gone = refusal is not None and refusal.errno == ENOENT and isinstance(operation, DeleteNexthop)
            if refusal is not None and not gone:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _all(system: System) -> Iterator[Nexthop]:
    rows = list(system.rtnl.nexthops())
    links = {link.ifindex: link for link in system.rtnl.links()} if rows else {}
    names = {index: link.name for index, link in links.items()}
    carriers = {
        index: names.get(link.lower, "")
        for index, link in links.items()
        if link.kind in CARRYING and link.netnsid is None
    }
    return (wire.resource(row, names, carriers) for row in rows)


def _refusal(system: System, *, resilient: bool) -> str:
    """What the kernel says to such a nexthop where it harms nobody; "" = it takes it."""
    hop = Nexthop(1, "ipv4", "192.0.2.1", fdb=True)
    group = Nexthop(2, fdb=True, members=(Member(1),), buckets=1, idle_timer="1s", unbalanced_timer="0s")
    tried = [hop, group] if resilient else [hop]
    requests = [NexthopRequest("replace", wire.row(one, system.rtnl.ifindex)) for one in tried]
    return next((answer.text for answer in system.rtnl.send(requests) if answer), "")


def _request(operation: NexthopOperation, system: System) -> NexthopRequest:
    verb = "delete" if isinstance(operation, DeleteNexthop) else operation.verb
    return NexthopRequest(verb, wire.row(operation.nexthop, system.rtnl.ifindex))


def _await_carriers(operations: Sequence[NexthopOperation], system: System) -> None:
    """The kernel makes no nexthop on a link without carrier, which may just be coming. Where it doesn't
    come, the kernel's refusal tells it.
    """
    devs = {one.nexthop.dev for one in operations if isinstance(one, WriteNexthop)} - {""}
    if not devs:
        return
    end = system.clock.monotonic() + CARRIER_SECONDS
    monitor = system.open_monitor()
    try:
        while any(link.name in devs and not link.carrier for link in system.rtnl.links()):
            left = end - system.clock.monotonic()
            if left <= 0:
                return
            monitor.wait(min(left, 0.5))
    finally:
        monitor.close()
