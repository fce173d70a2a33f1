"""netconf status --bird: what the routing daemon of the last committed document says of itself."""

from __future__ import annotations

from netconf.app import documents
from netconf.app.wiring import Host
from netconf.core.ids import BIRD
from netconf.core.routing import RoutingDaemon

USUAL = ("/etc/bird/bird.conf", "/run/bird/bird.ctl")
"""The file of Debian's daemon and where it listens, for hosts whose document doesn't speak of it."""


def routing(host: Host) -> list[RoutingDaemon]:
    """The daemons of the document, or the usual one."""
    from netconf.domains.bird.status import report

    state = host.peek_state()
    daemons = [USUAL]
    current = state.current()
    if current:
        generation = state.generation(current)
        wish = documents.from_plain(generation.resolved, generation.meta.source)
        named = [key.name for key in sorted(wish.desired.resources) if key.kind == BIRD]
        daemons = [(config, socket) for config, socket in named] or daemons
    return [report(host.system, config, socket) for config, socket in daemons]
