"""Writes to WireGuard links, as plain data, and the `wg` lines that equal them."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from netconf.system.ports import Key, WireguardPeerWrite, WireguardWrite

KEPT = "/run/netconf/keys"
"""Where keys are that a change took away: see system/linux/keys.py."""

NO_KEY = "/dev/null"
"""What `wg set` takes for none (wg(8))."""


@dataclass(frozen=True, slots=True)
class SetWireguard:
    """Change the setup of a link: what is given, and of its peers those named."""

    name: str
    wanted: WireguardWrite

    def describe(self) -> str:
        return f"set up WireGuard on {self.name}"

    def commands(self) -> tuple[str, ...]:
        """One for the device and one for each peer, as the messages are."""
        head = f"wg set {self.name}"
        own = list(self._own_words())
        lines = [" ".join([head, *own])] if own else []
        return (*lines, *(" ".join([head, *_peer_words(peer)]) for peer in self.wanted.peers))

    def _own_words(self) -> Iterator[str]:
        wanted = self.wanted
        if wanted.private_key is not None:
            yield f"private-key {_path(wanted.private_key, 'private')}"
        if wanted.listen_port is not None:
            yield f"listen-port {wanted.listen_port}"
        if wanted.fwmark is not None:
            yield f"fwmark {wanted.fwmark:#x}"


@dataclass(frozen=True, slots=True)
class KeepKeys:
    """The link is about to go: keep its keys, for a rollback."""

    name: str

    def describe(self) -> str:
        return f"keep the keys of {self.name}"

    def commands(self) -> tuple[str, ...]:
        """None: whoever deletes a link by hand knows its keys."""
        return ()


WireguardOperation = SetWireguard | KeepKeys


def _path(key: Key, sort: str) -> str:
    if not key.known_as:
        return NO_KEY
    if key.source.startswith("$"):
        folder, _, name = key.source.partition("/")
        return f'"{folder}"/{shlex.quote(name)}'
    known_as = base64.b64decode(key.known_as).hex() if sort == "private" else key.known_as
    return shlex.quote(key.source or f"{KEPT}/{sort}-{known_as}")


def _peer_words(peer: WireguardPeerWrite) -> Iterator[str]:
    yield f"peer {peer.public_key}"
    if peer.remove:
        yield "remove"
        return
    if peer.preshared is not None:
        yield f"preshared-key {_path(peer.preshared, 'preshared')}"
    if peer.endpoint:
        yield f"endpoint {peer.endpoint}"
    if peer.keepalive is not None:
        yield f"persistent-keepalive {peer.keepalive}"
    if peer.allowed_ips is not None:
        yield f"allowed-ips {','.join(peer.allowed_ips)}" if peer.allowed_ips else 'allowed-ips ""'
