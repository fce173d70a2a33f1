"""Which link of the host an interface of the document is, and that it gets its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.match.driver import MatchDriver
from netconf.domains.match.plan import Rename
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.match.spec import Spec

driver: Driver[Spec, Rename, System] = MatchDriver()
