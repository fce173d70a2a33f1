"""From the document to L2TPv3 tunnels, and from their changes and those of sessions to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids, ip
from netconf.core.change import Change
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset
from netconf.core.resource import Resource, State, Target
from netconf.domains.link.kinds.l2tp import NO_COOKIE
from netconf.domains.link.l2tp.operation import (
    AddSession,
    AddTunnel,
    DeleteSession,
    DeleteTunnel,
    L2tpOperation,
)
from netconf.domains.link.l2tp.resource import KIND, L2tpTunnel
from netconf.domains.link.resource import Link
from netconf.system.ports import L2tpSession
from netconf.system.ports import L2tpTunnel as TunnelRow

if TYPE_CHECKING:
    from netconf.domains.link.spec.l2tp import L2tp as Section


def expand(section: Section) -> L2tpTunnel:
    """The tunnel of a session."""
    udp, v6 = section.encap == "udp", ":" in section.local

    def switch(value: str | None, *, counts: bool) -> str | Unset:
        return (UNSET if value is None else value) if counts else ""

    return L2tpTunnel(
        section.tunnel_id,
        section.peer_tunnel_id,
        section.encap,
        section.local,
        section.remote,
        section.udp_sport or 0,
        section.udp_dport or 0,
        switch(section.udp_csum, counts=udp and not v6),
        switch(section.udp6_csum_tx, counts=udp and v6),
        switch(section.udp6_csum_rx, counts=udp and v6),
    )


def lower_tunnel(change: Change) -> list[L2tpOperation]:
    if isinstance(change.after, L2tpTunnel):
        return [AddTunnel(_row(change.after))]
    return [DeleteTunnel(change.before.number)] if isinstance(change.before, L2tpTunnel) else []


def _row(tunnel: L2tpTunnel) -> TunnelRow:
    switches = (
        None if value in (UNSET, "") else value == "on"
        for value in (tunnel.udp_csum, tunnel.udp6_csum_tx, tunnel.udp6_csum_rx)
    )
    return TunnelRow(
        tunnel.number,
        tunnel.peer,
        tunnel.encap,
        tunnel.local,
        tunnel.remote,
        tunnel.sport,
        tunnel.dport,
        *switches,
    )


def create(link: Link) -> AddSession:
    options = dict(link.options)
    cookie, peer_cookie = (str(options.get(name, NO_COOKIE)) for name in ("cookie", "peer_cookie"))
    return AddSession(
        L2tpSession(
            int(options["tunnel_id"]),
            int(options["session_id"]),
            int(options["peer_session_id"]),
            link.name,
            "" if cookie == NO_COOKIE else cookie,
            "" if peer_cookie == NO_COOKIE else peer_cookie,
            str(options.get("seq", "none")),
            str(options.get("l2spec_type", "default")),
        )
    )


def delete(link: Link) -> DeleteSession:
    options = dict(link.options)
    return DeleteSession(link.name, int(options["tunnel_id"]), int(options["session_id"]))


def refine(target: Target, observed: State) -> Iterator[tuple[ResourceId, L2tpTunnel]]:
    """What tunnels are made after: the links that have their local address or are next to the remote end, or
    the routes there; but nothing that is itself on a session.
    """
    tunnels = [want for want in target.values() if isinstance(want, L2tpTunnel)]
    if not tunnels:
        return
    sessions = {want.name for want in target.values() if isinstance(want, Link) and want.kind == KIND}
    near = [*_addresses([*target, *observed])]
    routes = [*_routes(target, sessions)]
    for tunnel in tunnels:
        local, remote = ip.parse(tunnel.local), ip.parse(tunnel.remote)
        links = {
            name
            for name, address, network in near
            if name not in sessions and (address == local or (remote is not None and network.has(remote)))
        }
        leading = [(network.length, key) for network, key in routes if remote and network.has(remote)]
        longest = max((length for length, _ in leading), default=0)
        over = [ids.admin_up(name) for name in links]
        over += [key for length, key in leading if length == longest]
        yield tunnel.id, replace(tunnel, over=tuple(sorted(over)))


def _addresses(keys: Iterable[ResourceId]) -> Iterator[tuple[str, ip.Ip, ip.Network]]:
    for key in keys:
        if key.kind == ids.ADDRESS and (parts := ip.split(key.name[1].rpartition(" ")[2])):
            own = ip.parse(key.name[1].partition(" ")[0]) or parts[0]
            yield key.name[0], own, ip.network(*parts)


def _routes(target: Target, sessions: set[str]) -> Iterator[tuple[ip.Network, ResourceId]]:
    """Routes that the document has, of any table."""
    for key, want in target.items():
        if key.kind != ids.ROUTE or want is None or _is_on(want, sessions):
            continue
        to = key.name[0]
        families = (ip.INET, ip.INET6) if to == "default" else ()
        for family in families:
            yield ip.Network(family, 0, 0), key
        if parts := ip.split(to):
            yield ip.network(*parts), key


def _is_on(route: Resource, sessions: set[str]) -> bool:
    return any(key.name[0] in sessions for key in route.requires if key.kind in (ids.LINK, ids.ADMIN_UP))


def tunnel_of(link: Link) -> ResourceId | None:
    """The tunnel that a session is in."""
    number = dict(link.options).get("tunnel_id") if link.kind == KIND else None
    return None if number is None else ids.l2tp_tunnel(int(number))
