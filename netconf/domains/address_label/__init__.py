"""Address labels: which source address IPv6 prefers for which destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.address_label.driver import AddressLabelDriver
from netconf.domains.address_label.operation import LabelOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.address_label.spec import Spec

driver: Driver[Spec, LabelOperation, System] = AddressLabelDriver()
