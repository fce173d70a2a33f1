"""What a document says of links that reach from one network namespace into another. Pure.

A namespace's links are described by themselves; here they are put together: links that the document puts
elsewhere (`netns`), and the two ends of pairs. "" is the namespace netconf works in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from netconf.core import ids
from netconf.core.desired import Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import HOME, ResourceId
from netconf.core.overlay import UNSET, given
from netconf.core.resource import Resource
from netconf.domains.link.kinds import OVER, PAIRS
from netconf.domains.link.kinds.netkit import of_other_end
from netconf.domains.link.plan import complete_pairs
from netconf.domains.link.resource import AdminUp, Link, Placement


@dataclass(slots=True)
class _Part:
    """The desired state of one namespace, on its way."""

    resources: dict[ResourceId, Resource]
    absent: set[ResourceId]
    paths: dict[ResourceId, DocumentPath] = field(default_factory=dict)

    def links(self) -> Iterator[Link]:
        yield from [found for found in self.resources.values() if isinstance(found, Link)]

    def link(self, name: str) -> Link | None:
        found = self.resources.get(ids.link(name))
        return found if isinstance(found, Link) else None

    def put(self, resource: Resource) -> None:
        self.resources[resource.id] = resource


def across(desired: Mapping[str, Desired]) -> Mapping[str, Desired]:
    """The desired state of each namespace, completed by what the others say."""
    parts = {
        name: _Part(dict(found.resources), set(found.absent), dict(found.paths))
        for name, found in desired.items()
    }
    _place(parts)
    for netns in sorted(parts):
        for link in parts[netns].links():
            if given(link.peer_netns, "") and given(link.peer, ""):
                _pair(netns, link, parts)
    return {
        name: replace(
            found,
            resources=parts[name].resources,
            absent=frozenset(parts[name].absent),
            paths=parts[name].paths,
        )
        for name, found in desired.items()
    }


def _place(parts: Mapping[str, _Part]) -> None:
    """What is put elsewhere is made there if netconf can make it; else it's moved, and gone from here."""
    home = parts[""]
    for key, found in list(home.resources.items()):
        if not isinstance(found, Placement):
            continue
        there = parts[found.where]
        link = there.link(found.name)
        if link is None or not isinstance(link.kind, str):
            if link is not None:
                there.put(replace(link, arrives=True))
                home.absent.add(link.id)
                home.paths[link.id] = home.paths[key]
                continue
        elif link.kind in OVER:
            _over_home(link, there)
        elif link.kind in PAIRS:
            where = given(link.peer_netns, "")
            there.put(replace(link, peer_netns="" if where == found.where else where or HOME))
            _repair(there, link)
        del home.resources[key]


def _over_home(link: Link, there: _Part) -> None:
    there.put(replace(link, link_netns=HOME))
    up = there.resources.get(ids.admin_up(link.name))
    if isinstance(up, AdminUp) and up.over:
        there.put(replace(up, over_netns=HOME))


def _repair(there: _Part, link: Link) -> None:
    """The other end was completed where the link is; it's there only if that's said."""
    peer = ids.link(given(link.peer, ""))
    if there.paths.get(peer, ())[-1:] == ("peer",):
        del there.resources[peer], there.paths[peer]
    _complete(there)


def _complete(part: _Part) -> None:
    links = {found.name: found for found in part.links()}
    complete_pairs(links)
    for found in links.values():
        part.put(found)


def _pair(netns: str, link: Link, parts: Mapping[str, _Part]) -> None:
    """Of a pair across namespaces the first end makes it, by the name of its namespace; ours comes first."""
    peer, other = str(link.peer), str(link.peer_netns).removeprefix(HOME)
    if other == netns:
        parts[netns].put(replace(link, peer_netns=""))
        _complete(parts[netns])
        return
    if other not in parts or (link.kind == "netkit" and other < netns):
        return  # a netkit is made by its primary end
    found = parts[other].link(peer)
    if found is not None and not _fits(found, link, netns or HOME):
        return
    if found is None:
        found = Link(peer)
        if not other:
            parts[other].paths[found.id] = ("netns", netns, *parts[netns].paths[link.id])
    elif not isinstance(found.kind, str) and ids.admin_up(peer) not in parts[other].absent:
        parts[other].put(AdminUp(peer))
    if netns < other:
        parts[other].put(_far(found, link))
    else:
        parts[netns].put(_far(link, link))
        parts[other].put(replace(found, kind="veth", peer=link.name, peer_netns=netns))


def _far(end: Link, pair: Link) -> Link:
    options = of_other_end(pair.options) if pair.kind == "netkit" else ()
    return replace(end, kind=pair.kind, far=True, peer=UNSET, peer_netns=UNSET, options=options)


def _fits(end: Link, pair: Link, netns: str) -> bool:
    """Whether the other end says nothing against it."""
    if not isinstance(end.kind, str):
        return True
    named = given(end.peer, pair.name) == pair.name and given(end.peer_netns, netns) == netns
    return end.kind == pair.kind == "veth" and named
