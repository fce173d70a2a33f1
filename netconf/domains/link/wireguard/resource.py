"""The setup of a WireGuard link, as a value. No key is ever in it: see system/ports/wireguard.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset, fill, given
from netconf.core.resource import Resource

UNKNOWN = "?"
"""In place of what's known of a key that can't be read."""


class Peer(NamedTuple):
    """A peer, as a whole. `preshared` is a digest, "" = no preshared key. `endpoint` "" = in a document not
    said, on the host not known; keepalive in seconds, 0 = off.
    """

    public_key: str
    preshared: str = ""
    endpoint: str = ""
    keepalive: int = 0
    allowed_ips: tuple[str, ...] = ()


class KeyFile(NamedTuple):
    """Where a key is: the preshared key of the peer with this public key, or "" = the private key."""

    peer: str
    source: str


@dataclass(frozen=True, slots=True)
class Wireguard(Resource):
    """The setup of a link. `public_key` is that of its private key, "" = it has none; `peers` are sorted by
    their key. `files` is where the document has keys.
    """

    nested: ClassVar[Mapping[str, type]] = {"peers": Peer, "files": KeyFile}

    name: str
    public_key: str | Unset = UNSET
    listen_port: int | Unset = UNSET
    fwmark: int | Unset = UNSET
    peers: tuple[Peer, ...] | Unset = UNSET
    files: tuple[KeyFile, ...] | Unset = field(default=UNSET, compare=False)

    @property
    def id(self) -> ResourceId:
        return ids.wireguard(self.name)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.name), ids.wireguard_link(self.name)})

    @property
    def occupies(self) -> frozenset[str]:
        """Its going is never left to the kernel: its keys are kept before."""
        return frozenset({f"keys {self.name}"})

    def overlay(self, observed: Wireguard) -> Wireguard:
        """An endpoint that the document doesn't say stays what it is: peers move."""
        if isinstance(self.peers, Unset):
            return fill(self, observed)
        known = {peer.public_key: peer.endpoint for peer in given(observed.peers, ())}
        moved = tuple(
            peer if peer.endpoint else peer._replace(endpoint=known.get(peer.public_key, ""))
            for peer in self.peers
        )
        return fill(replace(self, peers=moved), observed)

    def source(self, peer: str = "") -> str:
        """Where the key is, "" = not said."""
        return next((file.source for file in given(self.files, ()) if file.peer == peer), "")

    def differences(self, before: Wireguard | None) -> tuple[str, ...]:
        """Peer by peer: a list of all of them would say little."""
        if before is None:
            return ()
        lines = [
            *_field("private key of", before.public_key, self.public_key),
            *_field("listen_port", before.listen_port, self.listen_port),
            *_field("fwmark", before.fwmark, self.fwmark),
        ]
        old, new = by_key(before.peers), by_key(self.peers)
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                lines += [f"- {words(old[key])}"] if key in old else []
                lines += [f"+ {words(new[key])}"] if key in new else []
        return tuple(lines)


def _field(name: str, old: object, new: object) -> Iterator[str]:
    if old != new:
        yield f"- {name} {old or 'none'}"
        yield f"+ {name} {new or 'none'}"


def by_key(peers: Iterable[Peer] | Unset) -> dict[str, Peer]:
    return {} if isinstance(peers, Unset) else {peer.public_key: peer for peer in peers}


def words(peer: Peer) -> str:
    """A peer as a line for people; of its preshared key only that it has one, and whether it's another."""
    parts = [
        f"peer {peer.public_key}",
        f"endpoint {peer.endpoint}" if peer.endpoint else "",
        f"persistent_keepalive {peer.keepalive}s" if peer.keepalive else "",
        f"preshared key sha256:{peer.preshared[:16]}" if peer.preshared else "",
        f"allowed_ips {','.join(peer.allowed_ips)}" if peer.allowed_ips else "",
    ]
    return " ".join(filter(None, parts))
