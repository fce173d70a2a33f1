"""The setup of WireGuard links on the live system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, DocumentPath, error
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.overlay import Unset, given
from netconf.core.resource import Resource, State
from netconf.domains.link.wireguard.operation import KeepKeys, WireguardOperation
from netconf.domains.link.wireguard.resource import UNKNOWN, Peer, Wireguard
from netconf.system.ports import Key, LinkRow, NoKeyError, System


def observe(rows: Sequence[LinkRow], system: System) -> Iterator[Wireguard]:
    for row in rows:
        if row.kind != "wireguard":
            continue
        found = system.wireguard.device(row.ifindex)
        if found is not None:
            peers = tuple(Peer(*peer) for peer in found.peers)
            yield Wireguard(row.name, found.public_key, found.listen_port, found.fwmark, peers)


def canonicalise(wanted: State, system: System) -> dict[ResourceId, Resource | None]:
    """With what may be known of the keys; of one that can't be read UNKNOWN, which `unsupported` tells of."""
    found: dict[ResourceId, Resource | None] = {}
    for key, one in wanted.items():
        if isinstance(one, Wireguard) and one.files:
            public = _known(system.wireguard.public_key, one.source()) if one.source() else one.public_key
            found[key] = replace(one, public_key=public, peers=_with_preshared(one, system))
    return found


def _with_preshared(one: Wireguard, system: System) -> tuple[Peer, ...] | Unset:
    if isinstance(one.peers, Unset):
        return one.peers
    known = system.wireguard.preshared
    return tuple(
        peer._replace(preshared=_known(known, source)) if (source := one.source(peer.public_key)) else peer
        for peer in one.peers
    )


def _known(ask: Callable[[str], str], source: str) -> str:
    try:
        return ask(source)
    except NoKeyError:
        return UNKNOWN


def unsupported(changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
    """Keys that aren't where they should be, or that others may read."""
    for change in changes.values():
        if isinstance(change.after, Wireguard):
            yield from _faults(change.after, change.before, system)


def _faults(one: Wireguard, before: Resource | None, system: System) -> Iterator[Diagnostic]:
    old = before if isinstance(before, Wireguard) else Wireguard(one.name, "", peers=())
    path = ("interfaces", one.name, "wireguard")
    if one.public_key != old.public_key:
        key = Key(given(one.public_key, ""), one.source())
        yield from _fault(one, key, system, (*path, "private_key_file"))
    had = {peer.public_key: peer.preshared for peer in given(old.peers, ())}
    for peer in given(one.peers, ()):
        if peer.preshared != had.get(peer.public_key, ""):
            key = Key(peer.preshared, one.source(peer.public_key))
            yield from _fault(one, key, system, (*path, "peers"), peer.public_key)
        if peer.public_key == one.public_key:
            yield error(
                "NC2141",
                f"{one.name}: a peer has the key of {one.name} itself",
                "the kernel takes no such peer",
                "write the public key of the other end",
                path=(*path, "peers"),
                resource=str(one.id),
            )


def _fault(
    one: Wireguard, key: Key, system: System, path: DocumentPath, peer: str = ""
) -> Iterator[Diagnostic]:
    what = f"the preshared key of peer {peer}" if peer else "the private key"
    if key.known_as == UNKNOWN:
        ask = system.wireguard.preshared if peer else system.wireguard.public_key
        try:
            ask(key.source)
        except NoKeyError as fault:
            why, fix = str(fault), fault.fix
        else:
            why, fix = "it has come while the plan was made, which knows nothing of it", "run it again"
        yield error(
            "NC2140", f"{one.name}: no key in {key.source}", why, fix, path=path, resource=str(one.id)
        )
    elif not system.wireguard.has(key, private=not peer):
        yield error(
            "NC2142",
            f"{one.name}: {what} is lost",
            f"it's no longer in {key.source}"
            if key.source
            else "netconf keeps keys that it replaces until the next boot, and this one it hasn't",
            "put the file with that key in place, or describe the link with another",
            resource=str(one.id),
        )


def apply(operation: WireguardOperation, system: System) -> None:
    ifindex = system.rtnl.ifindex(operation.name)
    if isinstance(operation, KeepKeys):
        if ifindex:
            system.wireguard.keep(ifindex)
        return
    if not ifindex:
        raise ApplyError(f"{operation.describe()}: there is no such link", errno=19)
    try:
        system.wireguard.write(ifindex, operation.wanted)
    except ApplyError as err:
        raise ApplyError(f"{operation.describe()}: {err}", errno=err.errno) from err
