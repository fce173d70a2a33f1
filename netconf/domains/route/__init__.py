"""Routes of any table, IPv4 and IPv6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.route.driver import RouteDriver
from netconf.domains.route.operation import RouteOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.route.spec import Spec

driver: Driver[Spec, RouteOperation, System] = RouteDriver()
