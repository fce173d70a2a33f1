"""From the document to the setup of WireGuard links, and from its changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netconf.core.change import Change
from netconf.core.duration import milliseconds
from netconf.core.overlay import UNSET, given
from netconf.domains.link.wireguard.operation import KeepKeys, SetWireguard, WireguardOperation
from netconf.domains.link.wireguard.resource import UNKNOWN, KeyFile, Peer, Wireguard, by_key
from netconf.system.ports import Key, WireguardPeerWrite, WireguardWrite

if TYPE_CHECKING:
    from netconf.domains.link.spec.wireguard import Wireguard as Section
    from netconf.domains.link.spec.wireguard import WireguardPeer

CREDENTIALS = "$CREDENTIALS_DIRECTORY/"


def expand(name: str, section: Section) -> Wireguard:
    """What is known of the keys is filled in when they are looked at (live.canonicalise)."""
    own = _source(section.private_key_file, section.private_key_credential)
    files = [KeyFile("", own)] if own else []
    for entry in (section.peers or {}).values():
        source = _source(entry.preshared_key_file, entry.preshared_key_credential)
        files += [KeyFile(entry.public_key, source)] if source else []
    return Wireguard(
        name,
        public_key=UNKNOWN if own else UNSET,
        listen_port=UNSET if section.listen_port is None else section.listen_port,
        fwmark=UNSET if section.fwmark is None else section.fwmark,
        peers=UNSET if section.peers is None else tuple(sorted(map(_peer, section.peers.values()))),
        files=tuple(files),
    )


def _source(file: str | None, credential: str | None) -> str:
    return f"{CREDENTIALS}{credential}" if credential else file or ""


def _peer(entry: WireguardPeer) -> Peer:
    has_key = entry.preshared_key_file or entry.preshared_key_credential
    return Peer(
        entry.public_key,
        UNKNOWN if has_key else "",
        entry.endpoint or "",
        milliseconds(entry.persistent_keepalive or "0s") // 1000,
        tuple(sorted(entry.allowed_ips or ())),
    )


def lower(change: Change) -> list[WireguardOperation]:
    """It goes only with its link; a new one has nothing."""
    before, after = change.before, change.after
    if not isinstance(after, Wireguard):
        return [KeepKeys(before.name)] if isinstance(before, Wireguard) else []
    wanted = _difference(before if isinstance(before, Wireguard) else None, after)
    return [SetWireguard(after.name, wanted)] if wanted != WireguardWrite() else []


def _difference(before: Wireguard | None, after: Wireguard) -> WireguardWrite:
    old = before or Wireguard(after.name, "", 0, 0, ())
    key = given(after.public_key, "")
    return WireguardWrite(
        Key(key, after.source()) if key != given(old.public_key, "") else None,
        _changed(given(old.listen_port, 0), given(after.listen_port, 0)),
        _changed(given(old.fwmark, 0), given(after.fwmark, 0)),
        tuple(_peers(old, after)),
    )


def _changed(old: int, new: int) -> int | None:
    return None if old == new else new


def _peers(before: Wireguard, after: Wireguard) -> Iterator[WireguardPeerWrite]:
    """Those that go, then those that differ. An allowed IP that another peer has is taken from that one."""
    old, new = by_key(before.peers), by_key(after.peers)
    for key in old.keys() - new.keys() if old else ():
        yield WireguardPeerWrite(key, remove=True)
    for key, peer in new.items():
        have = old.get(key, Peer(key))
        if key in old and have == peer:
            continue
        yield WireguardPeerWrite(
            key,
            preshared=Key(peer.preshared, after.source(key)) if peer.preshared != have.preshared else None,
            endpoint=peer.endpoint if peer.endpoint != have.endpoint else None,
            keepalive=_changed(have.keepalive, peer.keepalive),
            allowed_ips=peer.allowed_ips if peer.allowed_ips != have.allowed_ips else None,
        )
