"""How a change is felt: for the person who reviews a plan. No decision is taken on it."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.ids import ResourceId


class Disruption(enum.Enum):
    """From not felt at all to a link that is made again."""

    NONE = "none"
    BLIP = "blip"
    LINK_FLAP = "link-flap"
    RECREATE = "recreate"


def disruption(change: Change) -> Disruption:
    """The worst that traffic over the object feels."""
    kind, action = change.id.kind, change.action
    if action in (Action.CREATE, Action.UPDATE):
        return Disruption.NONE
    if kind == ids.LINK:
        return Disruption.RECREATE if action is Action.REPLACE else Disruption.LINK_FLAP
    return Disruption.LINK_FLAP if kind in (ids.ADMIN_UP, ids.PORT) else Disruption.BLIP


def reversible(change: Change) -> str:
    """Whether rolling it back restores everything: counters and learnt entries of a link that is
    made again, say, don't come back.
    """
    lossy = change.id.kind == ids.LINK and change.action in (Action.REPLACE, Action.DELETE)
    return "disturbs" if lossy else "reversible"


def cascades(changes: Mapping[ResourceId, Change]) -> dict[ResourceId, list[ResourceId]]:
    """For each object, the others that change only because of it, sorted."""
    out: dict[ResourceId, list[ResourceId]] = {}
    for key in sorted(changes):
        parent = changes[key].because
        if parent is not None:
            out.setdefault(parent, []).append(key)
    return out
