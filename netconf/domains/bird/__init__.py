"""Dynamic routing by the BIRD daemon: its whole configuration, as part of the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.bird.driver import BirdDriver
from netconf.domains.bird.operation import Configure
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.bird.spec import Spec

driver: Driver[Spec, Configure, System] = BirdDriver()
