"""From the document to endpoints and limits, and from their changes to operations. Pure."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset
from netconf.core.resource import Resource, State, Target
from netconf.domains.mptcp.operation import (
    AddEndpoint,
    ChangeEndpoint,
    DeleteEndpoint,
    MptcpOperation,
    SetLimits,
)
from netconf.domains.mptcp.resource import ROOM, Endpoint, Limits

if TYPE_CHECKING:
    from netconf.domains.mptcp.spec import Spec


def expand(spec: Spec) -> Desired:
    """The endpoints, of which the list is the whole set, and the limits that are given."""
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    claims = set()
    section = spec.mptcp
    if section is not None and section.endpoints is not None:
        claims.add(Claim(ids.MPTCP_ENDPOINT))
        for place, entry in enumerate(section.endpoints):
            number: int | Unset = UNSET if entry.id is None else entry.id
            one = Endpoint(entry.address, entry.port or 0, number, entry.dev or "", entry.flags)
            resources[one.id] = one
            paths[one.id] = ("mptcp", "endpoints", place)
    if section is not None and section.limits is not None:
        given = section.limits
        limits = Limits(
            UNSET if given.subflows is None else given.subflows,
            UNSET if given.add_addr_accepted is None else given.add_addr_accepted,
        )
        resources[limits.id] = limits
        paths[limits.id] = ("mptcp", "limits")
    return Desired(resources, frozenset(claims), frozenset(), paths)


def refine(target: Target, observed: State) -> Target:
    """Give new endpoints the lowest free numbers: left to the kernel, one could get that of another. And
    make them before others go, where there's room.
    """
    wanted = {key: want for key, want in target.items() if isinstance(want, Endpoint)}
    there = {key: have for key, have in observed.items() if isinstance(have, Endpoint)}
    taken = {one.number for one in (*wanted.values(), *there.values())}
    free = (number for number in count(1) if number not in taken)
    crowded = len(wanted.keys() | there.keys()) > ROOM
    found: dict[ResourceId, Resource | None] = {}
    for key in sorted(wanted):
        one = replace(wanted[key], crowded=crowded)
        new = one.number is UNSET and key not in there
        found[key] = replace(one, number=next(free)) if new else one
    return found


def lower(change: Change) -> list[MptcpOperation]:
    before, after = change.before, change.after
    if isinstance(after, Endpoint):
        in_place = change.action is Action.UPDATE
        return [ChangeEndpoint(after) if in_place else AddEndpoint(after)]
    if isinstance(before, Endpoint):
        return [DeleteEndpoint(before)]
    return [SetLimits(after)] if isinstance(after, Limits) else []
