"""Named network namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.netns.driver import NetnsDriver
from netconf.domains.netns.plan import NetnsOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.netns.spec import Spec

driver: Driver[Spec, NetnsOperation, System] = NetnsDriver()
