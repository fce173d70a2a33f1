"""Writes to L2TPv3 tunnels and sessions, as plain data, and the `ip l2tp` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.system.ports import L2tpSession, L2tpTunnel


def _wait_for(address: str) -> str:
    """The kernel takes no IPv6 address that's tentative."""
    return f"while ip -6 address show to {address} tentative | grep -q .; do sleep 0.1; done"


@dataclass(frozen=True, slots=True)
class AddTunnel:
    tunnel: L2tpTunnel

    def describe(self) -> str:
        return f"create L2TP tunnel {self.tunnel.number}"

    def commands(self) -> tuple[str, ...]:
        """Checksums of IPv6 are on to iproute2, too, of IPv4 off."""
        one = self.tunnel
        words = ["ip l2tp add tunnel", "tunnel_id", str(one.number), "peer_tunnel_id", str(one.peer)]
        words += ["encap", one.encap, "local", one.local, "remote", one.remote]
        if one.encap == "udp":
            words += ["udp_sport", str(one.sport), "udp_dport", str(one.dport)]
        for word in ("udp_csum", "udp6_csum_tx", "udp6_csum_rx"):
            value = getattr(one, word)
            words += [] if value is None else [word, "on" if value else "off"]
        line = " ".join(words)
        return (line,) if ":" not in one.local else (_wait_for(one.local), line)


@dataclass(frozen=True, slots=True)
class DeleteTunnel:
    number: int

    def describe(self) -> str:
        return f"delete L2TP tunnel {self.number}"

    def commands(self) -> tuple[str, ...]:
        """The kernel removes it when it comes to it, and what follows may need its number or port."""
        return (
            f"ip l2tp del tunnel tunnel_id {self.number}",
            f"while ip l2tp show tunnel | grep -q '^Tunnel {self.number},'; do sleep 0.1; done",
        )


@dataclass(frozen=True, slots=True)
class AddSession:
    session: L2tpSession

    def describe(self) -> str:
        return f"create l2tp {self.session.name}"

    def commands(self) -> tuple[str, ...]:
        one = self.session
        words = ["ip l2tp add session", "name", one.name, "tunnel_id", str(one.tunnel)]
        words += ["session_id", str(one.number), "peer_session_id", str(one.peer)]
        pairs = (
            ("cookie", one.cookie),
            ("peer_cookie", one.peer_cookie),
            ("l2spec_type", one.l2spec),
            ("seq", "" if one.seq == "none" else one.seq),
        )
        return (" ".join([*words, *(part for word, value in pairs if value for part in (word, value))]),)


@dataclass(frozen=True, slots=True)
class DeleteSession:
    name: str
    tunnel: int
    number: int

    def describe(self) -> str:
        return f"delete {self.name}"

    def commands(self) -> tuple[str, ...]:
        return (
            f"ip l2tp del session tunnel_id {self.tunnel} session_id {self.number}",
            f"while ip link show dev {self.name} >/dev/null 2>&1; do sleep 0.1; done",
        )


L2tpOperation = AddTunnel | DeleteTunnel | AddSession | DeleteSession
