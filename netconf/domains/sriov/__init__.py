"""Virtual functions of NICs (SR-IOV): how many, and what each may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.sriov.driver import SriovDriver
from netconf.domains.sriov.operation import SriovOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.sriov.spec import Spec

driver: Driver[Spec, SriovOperation, System] = SriovDriver()
