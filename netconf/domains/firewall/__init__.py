"""The firewall: packet filter and address translation, as one table of nftables that's netconf's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.firewall.driver import FirewallDriver
from netconf.domains.firewall.operation import LoadScript
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Spec

driver: Driver[Spec, LoadScript, System] = FirewallDriver()
