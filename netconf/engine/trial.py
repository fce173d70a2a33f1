"""What the kernel does by itself when a trial is over, as far as drivers can have it do so."""

from __future__ import annotations

from collections.abc import Iterable

from netconf.core.driver import Lapses
from netconf.core.ids import ResourceId
from netconf.engine.drivers import Drivers
from netconf.system.ports import System


def prolong(keys: Iterable[ResourceId], seconds: float, drivers: Drivers, system: System) -> None:
    """So many seconds from now on. Raises ApplyError."""
    for driver in drivers:
        own = [key for key in keys if key.kind in driver.kinds]
        if own and isinstance(driver, Lapses):
            driver.prolong(own, seconds, system)


def keep(keys: Iterable[ResourceId], drivers: Drivers, system: System) -> None:
    """Never: what was on trial stays. Raises ApplyError."""
    for driver in drivers:
        own = [key for key in keys if key.kind in driver.kinds]
        if own and isinstance(driver, Lapses):
            driver.keep(own, system)
