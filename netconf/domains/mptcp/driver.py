"""The kernel's path manager of MPTCP on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from netconf.domains.mptcp import capture, checks, plan, wire
from netconf.domains.mptcp.operation import AddEndpoint, ChangeEndpoint, MptcpOperation, SetLimits
from netconf.domains.mptcp.resource import ROOM, Endpoint, Limits
from netconf.system.ports import MptcpEndpoint, MptcpLimits, MptcpRequest, Refusal, System

if TYPE_CHECKING:
    from netconf.domains.mptcp.spec import Spec

USUAL_LIMITS = MptcpLimits(2, 0)
"""What the kernel begins with (pm_nl_init_net of net/mptcp/pm_netlink.c)."""

EADDRNOTAVAIL = 99
TENTATIVE_SECONDS = 3.0
"""Nobody can listen on an IPv6 address that's tentative, which takes 1 to 2 s (RFC 4862 section 5.4)."""


class MptcpDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {
        ids.MPTCP_ENDPOINT: Kind(Endpoint, Release.REMOVE),
        ids.MPTCP_LIMITS: Kind(Limits, Release.RESTORE),
    }

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[MptcpOperation]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return plan.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """MPTCP on a kernel without; more endpoints than this one takes."""
        wanted = [change.after for change in changes.values() if isinstance(change.after, Endpoint | Limits)]
        if not wanted:
            return
        if system.mptcp.limits() is None:
            yield error(
                "NC6908",
                "this kernel has no MPTCP",
                "it was built without CONFIG_MPTCP, or is older than Linux 5.11",
                "remove mptcp",
                resource=str(wanted[0].id),
            )
            return
        keys = {ids.mptcp_endpoint(one.address, one.port) for one in system.mptcp.endpoints()}
        gone = {key for key, change in changes.items() if change.after is None}
        number = len((keys | {one.id for one in wanted if isinstance(one, Endpoint)}) - gone)
        if number > ROOM and not _takes(number, system.fresh()):
            yield error(
                "NC6909",
                f"this kernel doesn't take {number} MPTCP endpoints",
                "most have room for 8",
                "remove some",
                resource=str(wanted[0].id),
            )

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        limits = system.mptcp.limits()
        return capture.capture(observed, wire.limits(limits)) if limits else {}

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """All endpoints, as nothing tells who made them; the limits if they're asked about or not the usual."""
        limits = system.mptcp.limits()
        if limits is None:
            return
        if ids.mptcp_limits() in scope.ids or limits != USUAL_LIMITS:
            yield wire.limits(limits)
        rows = system.mptcp.endpoints()
        names = system.rtnl.names() if any(row.ifindex for row in rows) else {}
        for row in rows:
            yield wire.endpoint(row, names)

    def apply(self, operations: Sequence[MptcpOperation], system: System) -> None:
        for operation in operations:
            refusal = _write(operation, system)
            if refusal is not None:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _takes(number: int, system: System) -> bool:
    requests = [
        MptcpRequest("create", MptcpEndpoint(f"192.0.2.{place + 1}")) for place in range(min(number, 250))
    ]
    return not any(system.mptcp.send(requests))


def _write(operation: MptcpOperation, system: System) -> Refusal | None:
    """The kernel's no. What is to go and isn't there counts as done."""
    if isinstance(operation, SetLimits):
        return _send(MptcpRequest("limits", limits=wire.limits_row(operation.limits)), system)
    row = wire.row(operation.endpoint, system.rtnl.ifindex)
    if isinstance(operation, AddEndpoint):
        return _add(MptcpRequest("create", row), system)
    if isinstance(operation, ChangeEndpoint):
        return _send(MptcpRequest("change", row), system)
    refusal = _send(MptcpRequest("delete", row), system)
    there = refusal is not None and any(one.number == row.number for one in system.mptcp.endpoints())
    return refusal if there else None


def _add(request: MptcpRequest, system: System) -> Refusal | None:
    end = system.clock.monotonic() + TENTATIVE_SECONDS
    refusal = _send(request, system)
    if refusal is None or refusal.errno != EADDRNOTAVAIL or ":" not in request.endpoint.address:
        return refusal
    monitor = system.open_monitor()
    try:
        while refusal is not None and refusal.errno == EADDRNOTAVAIL and system.clock.monotonic() < end:
            monitor.wait(0.5)
            refusal = _send(request, system)
    finally:
        monitor.close()
    return refusal


def _send(request: MptcpRequest, system: System) -> Refusal | None:
    return system.mptcp.send([request])[0]
