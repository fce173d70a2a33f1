"""Addresses on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError, VerifyError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.overlay import UNSET, matches
from netconf.core.resource import Resource, State, Target
from netconf.domains.address import capture, checks, order, plan, wire
from netconf.domains.address.operation import AddressOperation, DeleteAddress, WriteAddress
from netconf.domains.address.resource import LOOPBACK, Address
from netconf.system.ports import AddressRequest, AddressRow, System

if TYPE_CHECKING:
    from netconf.domains.address.spec import Spec

GONE = {19, 99}
"""ENODEV and EADDRNOTAVAIL: what the kernel says when an address to delete isn't there."""


_ALL, _BUT_LINK_LOCAL = "all", "but-link-local"


class AddressDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.ADDRESS: Kind(Address, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[AddressOperation]:
        return plan.lower(change)

    def refine(self, target: Target, observed: State) -> Target:
        return order.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def side_effects(self, changes: Iterable[Change], observed: State) -> Iterable[ResourceId]:
        return plan.side_effects(changes, observed)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(observed)

    def unsettled(self, resource: Resource) -> str:
        """Duplicate address detection: how it ended, or that it's under way."""
        if not isinstance(resource, Address) or not resource.dad:
            return ""
        if resource.dad == "failed":
            message = f"{resource.id}: another host has this address (duplicate address detection failed)"
            raise VerifyError(message, hint="remove it here or there, or give it the flag nodad")
        return "duplicate address detection is under way"

    def observe(self, system: System, scope: Scope) -> Sequence[Address]:
        names = system.rtnl.names()
        rows = [row for row in system.rtnl.addresses() if row.ifindex in names]
        found = [
            wire.resource(row, names, place, behind)
            for row, (place, behind) in zip(rows, order.places(rows), strict=True)
        ]
        carriers: frozenset[int] | None = None
        for number in [number for number, one in enumerate(found) if one.dad or rows[number].since]:
            row = rows[number]
            if row.since:
                found[number] = replace(found[number], age=_age(row, system))
            if found[number].dad == "tentative":
                if carriers is None:
                    carriers = system.rtnl.carriers()
                if row.ifindex not in carriers:
                    # Detection doesn't begin before there is a carrier: nothing to wait for.
                    found[number] = replace(found[number], dad="")
        return found

    def glance(self, wanted: State, system: System) -> str | None:
        """None where a wanted lifetime ends: what's left of it is no part of the digest. Link-local addresses
        come, and are tentative, for seconds after a link went up: they count only if one is wanted.
        """
        own = [one for one in wanted.values() if isinstance(one, Address)]
        if any(one.ends for one in own if one.valid is not UNSET or one.preferred is not UNSET):
            return None
        usual = any(one.may_come_by_itself for one in own if ":" in one.ip or one.ip in LOOPBACK)
        which = _ALL if usual else _BUT_LINK_LOCAL
        digest = system.rtnl.addresses_digest(again=False, link_local=which == _ALL)
        return f"{which} {digest}" if digest else None

    def holds(self, glance: str, system: System) -> bool:
        which, _, digest = glance.partition(" ")
        return digest == system.rtnl.addresses_digest(again=True, link_local=which == _ALL)

    def apply(self, operations: Sequence[AddressOperation], system: System) -> None:
        operations = _without_own_of_kernel(operations, system)
        with _promotion(
            {o.address.link for o in operations if isinstance(o, DeleteAddress) and not o.address.is_v6},
            system,
        ):
            answers = system.rtnl.send([_request(operation, system) for operation in operations])
        for operation, refusal in zip(operations, answers, strict=True) if any(answers) else ():
            gone = refusal is not None and refusal.errno in GONE and isinstance(operation, DeleteAddress)
            if refusal is not None and not gone:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _without_own_of_kernel(operations: Sequence[AddressOperation], system: System) -> list[AddressOperation]:
    """Without the loopback addresses that lo got from the kernel when it went up: writing ::1 once
    more would give it a route that the kernel's own hasn't (inet6_addr_modify).
    """
    if not any(isinstance(o, WriteAddress) and o.address.ip in LOOPBACK for o in operations):
        return list(operations)
    names = system.rtnl.names()
    rows = (row for row in system.rtnl.addresses() if row.ifindex in names)
    there = {found.id: found for row in rows if (found := wire.resource(row, names, 0, "")).ip in LOOPBACK}

    def is_done(operation: AddressOperation) -> bool:
        found = there.get(operation.address.id)
        return isinstance(operation, WriteAddress) and found is not None and matches(operation.address, found)

    return [operation for operation in operations if not is_done(operation)]


def _age(row: AddressRow, system: System) -> int:
    """How long ago the lifetimes were set, in seconds. The kernel counts jiffies, which pass with
    the monotonic clock.
    """
    return max(0, round(system.clock.monotonic() - row.since / 100))


def _request(operation: AddressOperation, system: System) -> AddressRequest:
    """Of two addresses none differs in its label alone, and the kernel may have given it another one
    meanwhile: it does when the link is renamed (inetdev_changename).
    """
    address = operation.address
    row = wire.row(address, system.rtnl.ifindex(address.link))
    if isinstance(operation, DeleteAddress):
        return AddressRequest("delete", row._replace(label=""))
    return AddressRequest(operation.verb, row)


@contextmanager
def _promotion(links: Iterable[str], system: System) -> Iterator[None]:
    """While a primary address is deleted, let the kernel promote its first secondary instead of
    deleting all of them (promote_secondaries, Documentation/networking/ip-sysctl.rst).
    """
    paths = [("net", "ipv4", "conf", link, "promote_secondaries") for link in sorted(links)]
    off = [path for path in paths if system.tree.read(path) == "0"]
    for path in off:
        _set(system, path, "1")
    try:
        yield
    finally:
        for path in off:
            if system.tree.read(path) is not None:
                _set(system, path, "0")


def _set(system: System, path: Sequence[str], value: str) -> None:
    try:
        system.tree.write(path, value)
    except OSError as err:
        raise ApplyError(f"set {'.'.join(path)} to {value}: {err.strerror}", errno=err.errno or 0) from err
