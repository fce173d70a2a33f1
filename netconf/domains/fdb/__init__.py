"""Forwarding databases: entries of bridges and of vxlans that are told instead of learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.fdb.driver import FdbDriver
from netconf.domains.fdb.operation import FdbOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.fdb.spec import Spec

driver: Driver[Spec, FdbOperation, System] = FdbDriver()
