"""Services of this host that look after a firewall, too: named where they run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netconf.core.diagnostics import Diagnostic, warning
from netconf.system.ports import System


class Rival(NamedTuple):
    """What a service does to ours, and what to do about it."""

    does: str
    fix: str


RIVALS = {
    "firewalld.service": Rival(
        "it has a firewall of its own: a packet must be accepted by both, and it drops what it doesn't know",
        "systemctl disable --now firewalld.service, once this document says what it said",
    ),
    "ufw.service": Rival(
        "it has a firewall of its own, in iptables: a packet must be accepted by both",
        "ufw disable, once this document says what it said",
    ),
    "nftables.service": Rival(
        "/etc/nftables.conf usually begins with flush ruleset: when the service is started again, reloaded or "
        "stopped, this firewall is gone",
        "systemctl disable --now nftables.service before you apply this (stopping it flushes all rules, too)",
    ),
}


def findings(resource: str, system: System) -> Iterator[Diagnostic]:
    """Services manage the host's first network namespace; others aren't their concern."""
    if system.nested or not system.kernel.initial_namespace():
        return
    for unit in system.supervisor.active(tuple(RIVALS)):
        rival = RIVALS[unit]
        yield warning(
            "NC2983",
            f"{unit} is active on this host",
            rival.does,
            rival.fix,
            path=("firewall",),
            resource=resource,
        )
