"""MPTCP: the addresses its connections may use besides, and how many paths they may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.mptcp.driver import MptcpDriver
from netconf.domains.mptcp.operation import MptcpOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.mptcp.spec import Spec

driver: Driver[Spec, MptcpOperation, System] = MptcpDriver()
