"""An L2TPv3 tunnel as the part of a session's section that asks for it."""

from __future__ import annotations

from typing import Any

from netconf.domains.link.l2tp.resource import L2tpTunnel


def section(tunnel: L2tpTunnel) -> dict[str, Any]:
    fields = (
        ("peer_tunnel_id", tunnel.peer),
        ("encap", tunnel.encap),
        ("local", tunnel.local),
        ("remote", tunnel.remote),
        ("udp_sport", tunnel.sport),
        ("udp_dport", tunnel.dport),
        ("udp_csum", tunnel.udp_csum),
        ("udp6_csum_tx", tunnel.udp6_csum_tx),
        ("udp6_csum_rx", tunnel.udp6_csum_rx),
    )
    return {name: value for name, value in fields if value}
