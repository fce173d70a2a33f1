"""Nexthop objects: next hops and groups of them that routes refer to by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.nexthop.driver import NexthopDriver
from netconf.domains.nexthop.operation import NexthopOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.nexthop.spec import Spec

driver: Driver[Spec, NexthopOperation, System] = NexthopDriver()
