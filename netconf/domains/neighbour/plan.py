"""From the document to neighbours, and from changes of neighbours to operations. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource
from netconf.domains.neighbour.operation import DeleteNeighbour, NeighbourOperation, WriteNeighbour
from netconf.domains.neighbour.resource import Neighbour

if TYPE_CHECKING:
    from netconf.domains.neighbour.spec import Spec


def expand(spec: Spec) -> Desired:
    """The neighbours; the list is the whole set of those with our protocol."""
    if spec.neighbours is None:
        return Desired()
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    for number, entry in enumerate(spec.neighbours):
        one = Neighbour(
            entry.dev, entry.address, entry.lladdr or "", entry.router == "on", entry.proxy == "on"
        )
        resources[one.id] = one
        paths[one.id] = ("neighbours", number)
    return Desired(resources, frozenset({Claim(ids.NEIGHBOUR)}), frozenset(), paths)


def lower(change: Change) -> list[NeighbourOperation]:
    if isinstance(change.after, Neighbour):
        return [WriteNeighbour(change.after)]
    return [DeleteNeighbour(change.before)] if isinstance(change.before, Neighbour) else []
