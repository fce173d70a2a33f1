"""The IP addresses of links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.address.driver import AddressDriver
from netconf.domains.address.operation import AddressOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.address.spec import Spec

driver: Driver[Spec, AddressOperation, System] = AddressDriver()
