"""Policy rules: which routing table is asked for which packets, IPv4 and IPv6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core.driver import Driver
from netconf.domains.rule.driver import RuleDriver
from netconf.domains.rule.operation import RuleOperation
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.rule.spec import Spec

driver: Driver[Spec, RuleOperation, System] = RuleDriver()
