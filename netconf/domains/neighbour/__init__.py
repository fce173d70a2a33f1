"""Neighbours that are told instead of asked for: permanent entries and proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.neighbour.driver import NeighbourDriver
from netconf.domains.neighbour.operation import NeighbourOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.neighbour.spec import Spec

driver: Driver[Spec, NeighbourOperation, System] = NeighbourDriver()
