"""What goes along with changes of links: what a wish means for others, what changes disturb. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.ids import ResourceId
from netconf.core.overlay import Unset, given
from netconf.core.resource import Resource, State, Target
from netconf.domains.link.resource import DOWN_TO_JOIN, AdminUp, Link, Port

Extra = dict[ResourceId, Resource | None]


def refine(target: Target, observed: State) -> Target:
    """A veth end that goes takes its peer along: say so, unless the document says it itself. What a
    port's master is decides what it keeps of it, and whether the port is held (see AdminUp).
    """
    extra: Extra = {}
    for key, want in target.items():
        have = observed.get(key)
        if want is None and isinstance(have, Link):
            extra.update(_peer(have, target, observed))
        if isinstance(want, Port) and isinstance(want.kind, Unset):
            extra[key] = replace(want, kind=_kind(want.master, target, observed))
    wanted = {**target, **extra}
    ups = {ids.admin_up(key.name[0]) for key in target if key.kind in (ids.PORT, ids.ADMIN_UP)}
    for key in ups:
        up = target[key] if key in target else observed.get(key)
        if isinstance(up, AdminUp):
            held = _is_held(up.name, wanted, observed)
            if held != up.held:
                extra[key] = replace(up, held=held)
    return extra


def _peer(end: Link, target: Target, observed: State) -> Iterator[tuple[ResourceId, None]]:
    peer = ids.link(given(end.peer, ""))
    if end.kind == "veth" and not given(end.peer_netns, "") and peer in observed and peer not in target:
        yield peer, None


def _is_held(name: str, target: Target, observed: State) -> bool:
    key = ids.port(name)
    port = target[key] if key in target else observed.get(key)
    return isinstance(port, Port) and port.kind in DOWN_TO_JOIN


def _kind(name: str, target: Target, observed: State) -> str:
    for state in (target, observed):
        found = state.get(ids.link(name))
        if isinstance(found, Link) and isinstance(found.kind, str):
            return found.kind
    return ""


def side_effects(changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
    """A bridge's MTU and MAC address follow its ports, a bond's ports the bond; a VLAN's MTU follows
    its parent down.
    """
    names = set()
    for change in changes:
        for resource in (change.before, change.after):
            if isinstance(resource, Port):
                yield from _disturbed(resource)
        if change.id.kind == ids.LINK and change.action is not Action.CREATE:
            names.add(change.id.name[0])
            member = observed.get(ids.port(change.id.name[0]))
            if isinstance(member, Port):
                yield ids.link(member.master)
    for key, resource in observed.items() if names else ():
        if isinstance(resource, Link) and resource.lower in names:
            yield key


def _disturbed(port: Port) -> Iterator[ResourceId]:
    """A bond gives a port its MTU and MAC address, and takes it up."""
    yield ids.link(port.master)
    if port.kind in DOWN_TO_JOIN:
        yield ids.link(port.name)
        yield ids.admin_up(port.name)
