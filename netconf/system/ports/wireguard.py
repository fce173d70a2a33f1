"""WireGuard devices: their keys by what may be told of them, never the keys themselves.

A private key is known by its public key, a preshared key by a digest of it. A key is named by its
source: a file's path, or `$CREDENTIALS_DIRECTORY/NAME` for a credential of systemd. Only the adapter reads them.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class NoKeyError(Exception):
    """Why there's no key in a file, for people; never with a word of what is in it. `fix` says what to do."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.fix = fix


class WireguardPeerRow(NamedTuple):
    """A peer. `preshared` is the digest of its preshared key, "" = none; `endpoint` `192.0.2.1:51820` or
    `[2001:db8::1]:51820`, "" = none known yet; keepalive in seconds, 0 = off; the allowed IPs are sorted.
    """

    public_key: str
    preshared: str = ""
    endpoint: str = ""
    keepalive: int = 0
    allowed_ips: tuple[str, ...] = ()


class WireguardRow(NamedTuple):
    """A device. `public_key` is that of its private key, "" = it has none. The peers are sorted by their key."""

    public_key: str
    listen_port: int
    fwmark: int
    peers: tuple[WireguardPeerRow, ...]


class Key(NamedTuple):
    """A key to set: what is known of it (see above; "" = none) and where it is, "" = only among those kept."""

    known_as: str
    source: str = ""


class WireguardPeerWrite(NamedTuple):
    """What is to become of a peer; None = leave it as it is. The allowed IPs are all it shall have."""

    public_key: str
    remove: bool = False
    preshared: Key | None = None
    endpoint: str | None = None
    keepalive: int | None = None
    allowed_ips: tuple[str, ...] | None = None


class WireguardWrite(NamedTuple):
    """What is to become of a device; None = leave it as it is. Peers that aren't named are left alone."""

    private_key: Key | None = None
    listen_port: int | None = None
    fwmark: int | None = None
    peers: tuple[WireguardPeerWrite, ...] = ()


class Wireguard(Protocol):
    def device(self, ifindex: int) -> WireguardRow | None:
        """None if there is no such device, or it's none of WireGuard. Raises ObserveError."""
        ...

    def write(self, ifindex: int, wanted: WireguardWrite) -> None:
        """Peer by peer, in order. What the device loses of keys is kept. Raises ApplyError."""
        ...

    def keep(self, ifindex: int) -> None:
        """Keep the keys of a device that is about to go, until the next boot; see `Key.source`."""
        ...

    def public_key(self, source: str) -> str:
        """That of the private key there. Raises NoKeyError."""
        ...

    def preshared(self, source: str) -> str:
        """The digest of the preshared key there. Raises NoKeyError."""
        ...

    def has(self, key: Key, *, private: bool) -> bool:
        """Whether the key is where it's said to be, or kept."""
        ...
