"""Whether the person at work could still get in: a new connection like theirs is tried under the new rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.domains.firewall.resource import Table
from netconf.system.ports import Session, System

_CLOSED = " hook input "


class Trial(NamedTuple):
    """A firewall to come: whether its input is closed and has ways of management, and how to try whether
    it lets a session in by a link.
    """

    resource: str
    closed: bool
    managed: bool
    admits: Callable[[Session, str], bool | None]


def of_table(table: Table, system: System) -> Trial:
    return Trial(
        str(table.id),
        any(_CLOSED in text and "policy drop" in text for text in table.objects),
        'comment "netconf: management"' in table.source,
        lambda session, link: system.nft.admits(table.source, session, link),
    )


def findings(trial: Trial, system: System) -> Iterator[Diagnostic]:
    """About a firewall to come. A session that goes on proves nothing: it's a new one that must be possible."""
    session = system.sessions.current()
    link = _link(session, system) if session is not None else ""
    if session is None or not link:
        if trial.closed and not trial.managed:
            yield _no_management(trial)
        return
    way = f"{session.peer} to {session.local} port {session.port}"
    match trial.admits(session, link):
        case False:
            yield error(
                "NC5401",
                f"this firewall would lock you out: {way}",
                f"a new connection like the one you work through isn't answered when it comes in by {link}",
                f"add management: [{{port: {session.port}, from: {session.peer}}}] to firewall, "
                "or apply it from a console",
                path=("firewall",),
                resource=trial.resource,
            )
        case None:
            yield warning(
                "NC2984",
                f"it can't be tried whether you could get in again: {way}",
                "that needs /dev/net/tun",
                "look at firewall.management yourself",
                path=("firewall",),
                resource=trial.resource,
            )


def _link(session: Session, system: System) -> str:
    """The link with the session's address; "" if that's not an address of this namespace, or it's from
    here to here.
    """
    rows = [row for row in system.rtnl.addresses() if session.local == row.local]
    if not rows or session.peer == session.local:
        return ""
    return system.rtnl.names().get(rows[0].ifindex, "")


def _no_management(trial: Trial) -> Diagnostic:
    return warning(
        "NC2985",
        "this firewall is closed, and has no management",
        "a mistake in its rules may leave no way in",
        "add management: [{port: 22, from: ...}] to firewall",
        path=("firewall",),
        resource=trial.resource,
    )
