"""One check of one service."""

from __future__ import annotations

from netconf.core.health import Check
from netconf.system.ports import Probes


def ask(check: Check, probes: Probes) -> str:
    """Why the service doesn't work, "" if it does."""
    match check.kind:
        case "tcp":
            host, _, port = check.target[0].rpartition(":")
            return probes.tcp(host.strip("[]"), int(port), check.timeout)
        case "http":
            return probes.http(check.target[0], check.status, check.timeout)
        case _:
            return probes.command(check.target, check.timeout)
