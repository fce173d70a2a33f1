"""netconf status --firewall: what the packet filter has counted and collected."""

from __future__ import annotations

from netconf.app.wiring import Host
from netconf.core.filtering import FilterState


def filtering(host: Host) -> FilterState:
    """Of the namespace the host is in."""
    from netconf.domains.firewall.status import report

    return report(host.system)
