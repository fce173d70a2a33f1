"""Links (interfaces), their administrative state and their membership in a master."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.link.driver import LinkDriver
from netconf.domains.link.operation import LinkOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.link.spec import Spec

driver: Driver[Spec, LinkOperation, System] = LinkDriver()
