"""What the kernel would refuse about L2TPv3, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error
from netconf.domains.link.final import Final
from netconf.domains.link.l2tp.plan import tunnel_of
from netconf.domains.link.l2tp.resource import KIND, L2tpTunnel
from netconf.domains.link.resource import Link


def check_tunnel(tunnel: L2tpTunnel, final: Final) -> Iterator[Diagnostic]:
    """Whether another tunnel has its port."""
    for other in final.tunnels:
        if other.id != tunnel.id and other.occupies & tunnel.occupies:
            yield error(
                "NC2134",
                f"L2TP tunnels {tunnel.number} and {other.number} would both have port {tunnel.sport} of {tunnel.local}",
                "a port is one tunnel's, whatever its other end is",
                "write another udp_sport for one, or put the sessions into one tunnel",
                resource=str(tunnel.id),
            )


def check_session(link: Link, final: Final) -> Iterator[Diagnostic]:
    """Whether another session has its number: those of a tunnel differ, and where either is over IP those of all
    tunnels (l2tp_session_register of net/l2tp/l2tp_core.c).
    """
    if link.kind != KIND:
        return
    number = dict(link.options)["session_id"]
    for other in final.sessions[str(number)]:
        if other.name != link.name and (tunnel_of(link) == tunnel_of(other) or _over_ip(link, other, final)):
            yield error(
                "NC2135",
                f"{link.name} and {other.name} would both be session {number}",
                "the kernel knows packets by it: in one tunnel, over IP in all",
                "write another session_id for one",
                path=("interfaces", link.name, "l2tp", "session_id"),
                resource=str(link.id),
            )


def _over_ip(one: Link, other: Link, final: Final) -> bool:
    encaps = {tunnel.id: tunnel.encap for tunnel in final.tunnels}
    return any(key is not None and encaps.get(key) == "ip" for key in map(tunnel_of, (one, other)))


def unknown_sublayer(link: Link) -> Iterator[Diagnostic]:
    """The kernel doesn't tell what a session was made with, and netconf knows only its own."""
    if link.kind == KIND and "l2spec_type" not in dict(link.options):
        number = tunnel_of(link)
        yield error(
            "NC5107",
            f"{link.name} would be made again or removed, which couldn't be taken back",
            "another program made it, and the kernel doesn't tell the l2spec_type of sessions",
            f"describe it as it is, without l2spec_type, or remove it first, or {number}",
            resource=str(link.id),
        )
