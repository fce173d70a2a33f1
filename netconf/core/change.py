"""The difference between two states, one object at a time.

Invert changes, never operations: undoing is lowering the inverse change, so there is no
hand-written undo that could be wrong.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netconf.core.ids import ResourceId
from netconf.core.overlay import matcher, matches, overlay
from netconf.core.quick import quick
from netconf.core.resource import Resource, State, Target


class Action(enum.Enum):
    """What happens to an object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@quick
@dataclass(frozen=True, slots=True)
class Change:
    """One object from `before` to `after`; None = absent. `because` names the parent whose
    replacement or loss forces this change, when the object itself was to stay as it is.
    """

    id: ResourceId
    before: Resource | None
    after: Resource | None
    because: ResourceId | None = None
    split: bool = False

    @property
    def action(self) -> Action:
        if self.before is None:
            return Action.CREATE
        if self.after is None:
            return Action.DELETE
        in_place = not self.split and self.before.can_become(self.after)
        return Action.UPDATE if in_place else Action.REPLACE

    def inverse(self) -> Change:
        return Change(self.id, self.after, self.before, self.because, self.split)


def diff(target: Target, observed: State) -> dict[ResourceId, Change]:
    """The changes that take `observed` to `target`, before any cascade is considered."""
    changes: dict[ResourceId, Change] = {}
    there = observed.get
    kind: Any = None  # most objects are of the class of the one before
    same: Callable[[Any, Any], bool] = matches
    for key, want in target.items():
        have = there(key)
        if want is None:
            if have is not None and not have.prospective:
                changes[key] = Change(key, have, None)
        elif have is None:
            changes[key] = Change(key, None, want)
        else:
            if want.__class__ is not kind:
                kind = want.__class__
                same = matcher(kind)
            if not same(want, have):
                filled = overlay(want, have)
                if filled != have:
                    changes[key] = Change(key, have, filled)
    return changes
