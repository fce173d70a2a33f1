"""The setup of a WireGuard link as the document that asks for it. Where the keys are, the kernel doesn't know:
they stand under names that whoever captures is to put them under.
"""

from __future__ import annotations

from typing import Any

from netconf.core.overlay import given
from netconf.domains.link.wireguard.resource import Peer, Wireguard

FOLDER = "/etc/netconf/wireguard"


def section(one: Wireguard) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if one.public_key:
        out["private_key_file"] = f"{FOLDER}/{one.name}.key"
    if one.listen_port:
        out["listen_port"] = one.listen_port
    if one.fwmark:
        out["fwmark"] = one.fwmark
    peers = given(one.peers, ())
    out["peers"] = {f"peer{number}": _peer(one.name, number, peer) for number, peer in enumerate(peers, 1)}
    return out


def _peer(name: str, number: int, peer: Peer) -> dict[str, Any]:
    fields = (
        ("public_key", peer.public_key),
        ("preshared_key_file", f"{FOLDER}/{name}-peer{number}.psk" if peer.preshared else ""),
        ("endpoint", peer.endpoint),
        ("persistent_keepalive", f"{peer.keepalive}s" if peer.keepalive else ""),
        ("allowed_ips", list(peer.allowed_ips)),
    )
    return {name: value for name, value in fields if value}
