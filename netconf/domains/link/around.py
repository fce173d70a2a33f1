"""What goes along with changes of links: what a wish means for others, what changes disturb. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.ids import ResourceId
from netconf.core.overlay import Unset, given
from netconf.core.resource import Resource, State, Target
from netconf.domains.link.kinds import PAIRS
from netconf.domains.link.l2tp import plan as l2tp
from netconf.domains.link.resource import DOWN_TO_JOIN, AdminUp, Link, Placement, Port
from netconf.domains.link.vlans import Vlans

Extra = dict[ResourceId, Resource | None]


_OWN = frozenset({ids.LINK, ids.ADMIN_UP, ids.PORT, ids.VLANS, ids.PLACEMENT, ids.L2TP_TUNNEL})
"""Kinds that something may be missing of."""


def refine(target: Target, observed: State) -> Target:
    """An end of a pair that goes takes its peer along: say so, unless the document says it itself. What a
    port's master is decides what it keeps of it, and whether the port is held (see AdminUp). A NIC that
    is to be in one namespace is taken from another.
    """
    own = [key for key in target if key.kind in _OWN]
    kinds = {key.kind for key in own}
    extra: Extra = dict(l2tp.refine(target, observed)) if ids.L2TP_TUNNEL in kinds else {}
    for key in own:
        extra.update(_completed(key, target[key], target, observed))
    wanted = {**target, **extra} if extra else target
    ups = {ids.admin_up(key.name[0]) for key in own if key.kind in (ids.PORT, ids.ADMIN_UP)}
    for key in ups:
        up = target[key] if key in target else observed.get(key)
        if isinstance(up, AdminUp):
            held = _is_held(up.name, wanted, observed)
            if held != up.held:
                extra[key] = replace(up, held=held)
    return extra


def _completed(key: ResourceId, want: Resource | None, target: Target, observed: State) -> Extra:
    """What one entry of the target means for itself or others."""
    if want is None:
        have = observed.get(key)
        return dict(_peer(have, target, observed)) if isinstance(have, Link) else {}
    if isinstance(want, Vlans):
        return {key: replace(want, default=_default_vlan(want.bridge, target, observed))}
    if isinstance(want, Placement) and key not in observed:
        return dict(_elsewhere(want, target, observed))
    if isinstance(want, Port) and isinstance(want.kind, Unset):
        return {key: replace(want, kind=_kind(want.master, target, observed))}
    return {}


def _peer(end: Link, target: Target, observed: State) -> Iterator[tuple[ResourceId, None]]:
    peer = ids.link(given(end.peer, ""))
    if end.kind in PAIRS and not given(end.peer_netns, "") and peer in observed and peer not in target:
        yield peer, None


def _elsewhere(wish: Placement, target: Target, observed: State) -> Iterator[tuple[ResourceId, None]]:
    """It comes from the namespace that it's in."""
    for key in observed:
        if key.kind == ids.PLACEMENT and key.name[0] == wish.name and key not in target:
            yield key, None


def _is_held(name: str, target: Target, observed: State) -> bool:
    key = ids.port(name)
    port = target[key] if key in target else observed.get(key)
    return isinstance(port, Port) and port.kind in DOWN_TO_JOIN


def _default_vlan(bridge: str, target: Target, observed: State) -> int:
    """A new bridge's is 1."""
    for state in (target, observed):
        found = state.get(ids.link(bridge))
        value = dict(found.options).get("vlan_default_pvid") if isinstance(found, Link) else None
        if value is not None:
            return int(value)
    return 1


def _kind(name: str, target: Target, observed: State) -> str:
    for state in (target, observed):
        found = state.get(ids.link(name))
        if isinstance(found, Link) and isinstance(found.kind, str):
            return found.kind
    return ""


def side_effects(changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
    """A bridge's MTU and MAC address follow its ports, a bond's ports the bond; a VLAN's MTU follows
    its parent down. WireGuard changes sysctls.
    """
    names = set()
    for change in changes:
        yield from _switched_off(change, observed)
        for resource in (change.before, change.after):
            if isinstance(resource, Port):
                yield from _disturbed(resource)
                yield ids.vlans(resource.name, resource.master)
        if change.id.kind == ids.LINK and change.action is not Action.CREATE:
            names.add(change.id.name[0])
            member = observed.get(ids.port(change.id.name[0]))
            if isinstance(member, Port):
                yield ids.link(member.master)
    for key, resource in observed.items() if names else ():
        if _on(resource) in names:
            yield key


def _switched_off(change: Change, observed: State) -> Iterator[ResourceId]:
    """A link of WireGuard that goes up switches off redirects of its own and of the whole namespace
    (wg_open in drivers/net/wireguard/device.c).
    """
    name = change.id.name[0]
    links = (change.before, change.after, observed.get(ids.link(name)))
    if change.id.kind in (ids.LINK, ids.ADMIN_UP) and any(
        isinstance(link, Link) and link.kind == "wireguard" for link in links
    ):
        for scope in ("all", name):
            yield ids.sysctl(("net", "ipv4", "conf", scope, "send_redirects"))


def _on(resource: Resource) -> str | Unset:
    """The link that goes on to disturb this one."""
    if isinstance(resource, Vlans):
        return resource.bridge
    return resource.lower if isinstance(resource, Link) else ""


def _disturbed(port: Port) -> Iterator[ResourceId]:
    """A bond gives a port its MTU and MAC address, and takes it up."""
    yield ids.link(port.master)
    if port.kind in DOWN_TO_JOIN:
        yield ids.link(port.name)
        yield ids.admin_up(port.name)
