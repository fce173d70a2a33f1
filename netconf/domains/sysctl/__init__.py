"""Network sysctls, of the host and of links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.sysctl.driver import SysctlDriver
from netconf.domains.sysctl.plan import WriteSysctl
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.sysctl.spec import Spec

driver: Driver[Spec, WriteSysctl, System] = SysctlDriver()
