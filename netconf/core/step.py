"""What a plan is a sequence of."""

from __future__ import annotations

import enum
from typing import NamedTuple

from netconf.core.ids import ResourceId


class Phase(enum.IntEnum):
    DOWN = 0
    UP = 1


class Step(NamedTuple):
    """One phase of one change."""

    phase: Phase
    id: ResourceId
