"""Whether the person at work could still get in: a new connection like theirs is tried under the new rules."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.domains.firewall.resource import Table
from netconf.system.ports import Session, System

_CLOSED = " hook input "


def findings(table: Table, system: System) -> Iterator[Diagnostic]:
    """About a table to come. A session that goes on proves nothing: it's a new one that must be possible."""
    session = system.sessions.current()
    link = _link(session, system) if session is not None else ""
    if session is None or not link:
        if _is_closed(table) and 'comment "netconf: management"' not in table.source:
            yield _no_management(table)
        return
    way = f"{session.peer} to {session.local} port {session.port}"
    match system.nft.admits(table.source, session, link):
        case False:
            yield error(
                "NC5401",
                f"this firewall would lock you out: {way}",
                f"a new connection like the one you work through isn't answered when it comes in by {link}",
                f"add management: [{{port: {session.port}, from: {session.peer}}}] to firewall, "
                "or apply it from a console",
                path=("firewall",),
                resource=str(table.id),
            )
        case None:
            yield warning(
                "NC2984",
                f"it can't be tried whether you could get in again: {way}",
                "that needs /dev/net/tun",
                "look at firewall.management yourself",
                path=("firewall",),
                resource=str(table.id),
            )


def _link(session: Session, system: System) -> str:
    """The link with the session's address; "" if that's not an address of this namespace, or it's from
    here to here.
    """
    rows = [row for row in system.rtnl.addresses() if session.local == row.local]
    if not rows or session.peer == session.local:
        return ""
    return system.rtnl.names().get(rows[0].ifindex, "")


def _is_closed(table: Table) -> bool:
    return any(_CLOSED in text and "policy drop" in text for text in table.objects)


def _no_management(table: Table) -> Diagnostic:
    return warning(
        "NC2985",
        "this firewall is closed, and has no management",
        "a mistake in its rules may leave no way in",
        "add management: [{port: 22, from: ...}] to firewall",
        path=("firewall",),
        resource=str(table.id),
    )
