"""Multicast databases: groups that ports of bridges are in for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.mdb.driver import MdbDriver
from netconf.domains.mdb.operation import MdbOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.mdb.spec import Spec

driver: Driver[Spec, MdbOperation, System] = MdbDriver()
