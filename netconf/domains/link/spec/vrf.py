"""Options of a VRF."""

from __future__ import annotations

from pydantic import Field

from netconf.grammar import Strict


class Vrf(Strict):
    """A routing domain: its ports use a routing table of their own."""

    table: int = Field(ge=1, le=(1 << 32) - 1, description="number of the routing table")
