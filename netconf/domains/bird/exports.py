"""Which prefixes a running daemon tells others."""

from __future__ import annotations

from collections.abc import Sequence

from netconf.domains.bird import control
from netconf.system.ports import System

TELLING = {"BGP", "OSPF", "RIP", "Babel"}


def exported(system: System, socket: str, prefixes: Sequence[str]) -> list[str]:
    """Those of the prefixes that some protocol with neighbours exports; none if no daemon runs.
    ObserveError if it doesn't answer.
    """
    with control.session(system, socket) as session:
        if session is None:
            return []
        names = [state.name for state in control.protocols(session).values() if state.kind in TELLING]
        return [p for p in prefixes if any(control.announces(session, name, p) for name in names)]
