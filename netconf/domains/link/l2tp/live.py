"""L2TPv3 on the live system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.domains.link.kinds.l2tp import NO_COOKIE
from netconf.domains.link.l2tp.operation import (
    AddSession,
    AddTunnel,
    DeleteSession,
    DeleteTunnel,
    L2tpOperation,
)
from netconf.domains.link.l2tp.resource import KIND, L2tpTunnel
from netconf.domains.link.resource import LOOPBACK, Link
from netconf.system.ports import AttributeValue, L2tpSession, LinkRow, Refusal, System

EADDRNOTAVAIL, ENODEV = 99, 19
TENTATIVE_SECONDS = 3.0
"""The kernel takes no IPv6 address that's tentative, which takes 1 to 2 s (RFC 4862 section 5.4)."""
GONE_SECONDS = 5.0
"""What is deleted goes when a worker of the kernel comes to it (l2tp_tunnel_delete of net/l2tp/l2tp_core.c)."""
_STEP = 0.02


def rows(system: System) -> Sequence[LinkRow]:
    """The links, those of sessions with their kind and options: rtnetlink tells nothing of that."""
    found = system.rtnl.links()
    if all(row.kind or row.name == LOOPBACK for row in found):
        return found
    sessions = {session.name: session for session in system.l2tp.sessions()}
    return [
        row._replace(kind=KIND, options=_options(sessions[row.name], row.ifindex, system))
        if not row.kind and row.name in sessions
        else row
        for row in found
    ]


def _options(session: L2tpSession, ifindex: int, system: System) -> dict[str, AttributeValue]:
    options: dict[str, AttributeValue] = {
        "L2TP_ATTR_CONN_ID": session.tunnel,
        "L2TP_ATTR_SESSION_ID": session.number,
        "L2TP_ATTR_PEER_SESSION_ID": session.peer,
        "L2TP_ATTR_COOKIE": session.cookie or NO_COOKIE,
        "L2TP_ATTR_PEER_COOKIE": session.peer_cookie or NO_COOKIE,
        "L2TP_ATTR_SEND_SEQ": session.seq,
    }
    l2spec = system.l2tp.l2spec(session, ifindex)
    return {**options, "L2TP_ATTR_L2SPEC_TYPE": l2spec} if l2spec else options


def observe(system: System) -> Iterator[L2tpTunnel]:
    for row in system.l2tp.tunnels():
        csum, csum6_tx, csum6_rx = (
            "" if value is None else "on" if value else "off"
            for value in (row.udp_csum, row.udp6_csum_tx, row.udp6_csum_rx)
        )
        yield L2tpTunnel(*row[:7], csum, csum6_tx, csum6_rx)


def unsupported(changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
    """Kernels without it, and sessions whose links have other names by now."""
    new = [change.after for change in changes.values() if change.before is None]
    tunnels = [after for after in new if isinstance(after, L2tpTunnel)]
    for encap, v6 in sorted({(tunnel.encap, tunnel.is_over_ipv6) for tunnel in tunnels}):
        reason = system.l2tp.refused(encap, v6=v6)
        if reason:
            like = [one for one in tunnels if (one.encap, one.is_over_ipv6) == (encap, v6)]
            modules = "l2tp_eth" + {"udp": "", "ip": f" {'l2tp_ip6' if v6 else 'l2tp_ip'}"}[encap]
            yield error(
                "NC6913",
                f"this kernel can't make L2TPv3 tunnels over {encap} ({', '.join(str(one.number) for one in like)})",
                reason,
                f"load or build in its modules: modprobe -a l2tp_netlink {modules}; nothing was changed",
                resource=str(like[0].id),
            )
            return
    yield from _renamed([after for after in new if isinstance(after, Link) and after.kind == KIND], system)


def _renamed(links: Sequence[Link], system: System) -> Iterator[Diagnostic]:
    """A session keeps the name that its link was made with (l2tp_eth_create of net/l2tp/l2tp_eth.c)."""
    if not links:
        return
    names = system.rtnl.names().values()
    lost = {(one.tunnel, one.number): one for one in system.l2tp.sessions() if one.name not in names}
    for link in links:
        options = dict(link.options)
        one = lost.get((int(options["tunnel_id"]), int(options["session_id"])))
        if one:
            yield error(
                "NC2136",
                f"{link.name}: session {one.number} of tunnel {one.tunnel} is there already",
                f"its link was made as {one.name}, and has another name or namespace now",
                f"remove it first: ip l2tp del session tunnel_id {one.tunnel} session_id {one.number}",
                resource=str(link.id),
            )


def apply(operations: Sequence[L2tpOperation], system: System) -> None:
    """In order, one by one; what they delete is waited for at the end."""
    for operation in operations:
        refusal = _do(operation, system)
        gone = refusal is not None and refusal.errno == ENODEV
        if refusal is not None and not (gone and isinstance(operation, DeleteSession | DeleteTunnel)):
            raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)
    links = {operation.name for operation in operations if isinstance(operation, DeleteSession)}
    tunnels = {operation.number for operation in operations if isinstance(operation, DeleteTunnel)}
    end = system.clock.monotonic() + GONE_SECONDS
    while left := _left(links, tunnels, system):
        if system.clock.monotonic() > end:
            raise ApplyError(f"delete {left}: the kernel doesn't come to it")
        system.clock.sleep(_STEP)


def _do(operation: L2tpOperation, system: System) -> Refusal | None:
    match operation:
        case AddTunnel():
            return _add_tunnel(operation, system)
        case AddSession(session):
            return _add_session(session, system)
        case DeleteSession(_, tunnel, number):
            return system.l2tp.delete_session(tunnel, number)
        case DeleteTunnel(number):
            return system.l2tp.delete_tunnel(number)


def _left(links: set[str], tunnels: set[int], system: System) -> str:
    """What of it is still there. It's also how the port of rtnetlink comes to know that they're gone."""
    names = links & {row.name for row in system.rtnl.links()} if links else set()
    numbers = tunnels & {one.number for one in system.l2tp.tunnels()} if tunnels else set()
    return ", ".join([*sorted(names), *(f"L2TP tunnel {number}" for number in sorted(numbers))])


def _add_tunnel(operation: AddTunnel, system: System) -> Refusal | None:
    end = system.clock.monotonic() + (TENTATIVE_SECONDS if ":" in operation.tunnel.local else 0)
    refusal = system.l2tp.add_tunnel(operation.tunnel)
    while refusal is not None and refusal.errno == EADDRNOTAVAIL and system.clock.monotonic() < end:
        system.clock.sleep(_STEP)
        refusal = system.l2tp.add_tunnel(operation.tunnel)
    if refusal is not None and refusal.errno == EADDRNOTAVAIL:
        local = operation.tunnel.local
        return Refusal(
            refusal.errno, f"{refusal.text}: {local} has to be an address of this host, on a link that's up"
        )
    return refusal


def _add_session(session: L2tpSession, system: System) -> Refusal | None:
    system.l2tp.remember(session, 0)
    refusal = system.l2tp.add_session(session)
    system.l2tp.remember(session, -1 if refusal else system.rtnl.ifindex(session.name))
    return refusal
