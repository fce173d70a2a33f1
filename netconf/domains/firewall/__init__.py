"""The firewall: packet filter and address translation, as a table of nftables or chains of iptables that are netconf's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.firewall.driver import FirewallDriver, Write
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Spec

driver: Driver[Spec, Write, System] = FirewallDriver()
