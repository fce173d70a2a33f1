"""From the document to memberships, and from their changes to operations. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids, links
from netconf.core.change import Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET
from netconf.core.resource import Resource, State, Target
from netconf.domains.mdb.operation import AddMembership, DeleteMembership, MdbOperation
from netconf.domains.mdb.resource import Membership

if TYPE_CHECKING:
    from netconf.domains.mdb.spec import Spec


def expand(spec: Spec) -> Desired:
    """The memberships; each list is the whole list of its link's."""
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    claims = set()
    for name, interface in spec.interfaces.items():
        if interface.mdb is None:
            continue
        claims.add(Claim(ids.MDB, (name,)))
        for number, entry in enumerate(interface.mdb):
            one = Membership(
                name,
                entry.group,
                entry.vlan or 0,
                entry.source or "",
                entry.filter_mode == "include",
                tuple(sorted(entry.source_list or ())),
                UNSET if entry.protocol is None else entry.protocol,
            )
            resources[one.id] = one
            paths[one.id] = ("interfaces", name, "mdb", number)
    return Desired(resources, frozenset(claims), frozenset(), paths)


def lower(change: Change) -> list[MdbOperation]:
    if isinstance(change.after, Membership):
        return [AddMembership(change.after, "replace" if change.before is not None else "add")]
    return [DeleteMembership(change.before)] if isinstance(change.before, Membership) else []


def refine(target: Target, observed: State) -> Target:
    """Find the bridges of the ports."""
    return {
        key: replace(want, bridge=links.bridge_of(want.link, target, observed))
        for key, want in target.items()
        if isinstance(want, Membership)
    }
