"""Static L2TPv3 tunnels and their sessions that carry Ethernet frames (linux/l2tp.h)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from netconf.system.ports.rtnetlink import Refusal


class L2tpTunnel(NamedTuple):
    """A tunnel, by the number it has here. `encap` is udp or ip; ports are 0 and switches None where they don't
    count (the kernel's own value where they do, in a request).
    """

    number: int
    peer: int
    encap: str
    local: str
    remote: str
    sport: int = 0
    dport: int = 0
    udp_csum: bool | None = None
    udp6_csum_tx: bool | None = None
    udp6_csum_rx: bool | None = None


class L2tpSession(NamedTuple):
    """A session, and the name its link got when it was made. Cookies are hexadecimal digits, "" = none; `seq`
    is none, send, recv or both; `l2spec` is default or none, which the kernel doesn't tell: see L2tp.l2spec.
    """

    tunnel: int
    number: int
    peer: int
    name: str
    cookie: str = ""
    peer_cookie: str = ""
    seq: str = "none"
    l2spec: str = ""


class L2tp(Protocol):
    """L2TPv3 of a network namespace; where the kernel hasn't loaded it, there is nothing."""

    def tunnels(self) -> Sequence[L2tpTunnel]: ...

    def sessions(self) -> Sequence[L2tpSession]: ...

    def add_tunnel(self, tunnel: L2tpTunnel) -> Refusal | None: ...

    def delete_tunnel(self, number: int) -> Refusal | None:
        """With its sessions. It may be there for a little longer."""
        ...

    def add_session(self, session: L2tpSession) -> Refusal | None: ...

    def delete_session(self, tunnel: int, number: int) -> Refusal | None:
        """Its link may be there for a little longer."""
        ...

    def remember(self, session: L2tpSession, ifindex: int) -> None:
        """That this link was made for the session: 0 = the one that is about to be, -1 = none was."""
        ...

    def l2spec(self, session: L2tpSession, ifindex: int) -> str:
        """What was remembered of the session with this link, "" if nothing was."""
        ...

    def refused(self, encap: str, *, v6: bool) -> str:
        """Why this kernel can't make such tunnels and sessions in them; "" if it can."""
        ...
