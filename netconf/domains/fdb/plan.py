"""From the document to entries, and from their changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids, links
from netconf.core.change import Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource, State, Target
from netconf.domains.fdb.operation import DeleteEntry, FdbOperation, WriteEntry
from netconf.domains.fdb.resource import Entry

if TYPE_CHECKING:
    from netconf.domains.fdb.spec import Entry as EntrySpec
    from netconf.domains.fdb.spec import Spec


def expand(spec: Spec) -> Desired:
    """The entries; each list is the whole list of its link's."""
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    claims = set()
    for name, interface in spec.interfaces.items():
        if interface.fdb is None:
            continue
        claims.add(Claim(ids.FDB, (name,)))
        for number, entry in enumerate(interface.fdb):
            one = _entry(name, entry)
            resources[one.id] = one
            paths[one.id] = ("interfaces", name, "fdb", number)
    return Desired(resources, frozenset(claims), frozenset(), paths)


def _entry(link: str, entry: EntrySpec) -> Entry:
    return Entry(
        link,
        entry.lladdr,
        entry.vlan or 0,
        entry.state == "permanent" if entry.state else UNSET,
        entry.sticky == "on",
        entry.dst or "",
        entry.port or 0,
        entry.vni or 0,
        entry.via or "",
        entry.src_vni or 0,
        entry.nhid or 0,
    )


def lower(change: Change) -> list[FdbOperation]:
    if isinstance(change.after, Entry):
        return [WriteEntry(change.after)]
    return [DeleteEntry(change.before)] if isinstance(change.before, Entry) else []


def side_effects(changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
    """A bridge has an address at one port: written there it leaves the one it was at."""
    taken = {_place(change.after) for change in changes if isinstance(change.after, Entry)} - {None}
    for key, have in observed.items() if taken else ():
        if isinstance(have, Entry) and _place(have) in taken:
            yield key


def _place(one: Entry) -> tuple[str, str] | None:
    return (one.bridge, one.lladdr) if isinstance(one.bridge, str) and one.bridge else None


def refine(target: Target, observed: State) -> Target:
    """Find the bridge an entry is in, what its state is if it isn't said, and the VLANs it's to be in."""
    found: dict[ResourceId, Resource | None] = {}
    for key, want in target.items():
        if isinstance(want, Entry) and not want.tunnel:
            found[key] = _in_bridge(want, target, observed)
    return found


def _in_bridge(want: Entry, target: Target, observed: State) -> Entry:
    bridge = links.bridge_of(want.link, target, observed)
    permanent = given(want.permanent, default=bridge == want.link)
    vlans: tuple[int, ...] | Unset = ()
    if not want.vlan:
        have = observed.get(want.id)
        vlans = _vlans(want.link, bridge, target, have if isinstance(have, Entry) else None)
    return replace(want, bridge=bridge, permanent=permanent, vlans=vlans)


def _vlans(link: str, bridge: str, target: Target, have: Entry | None) -> tuple[int, ...] | Unset:
    """Those that the document gives the port, else those it has; one it loses keeps the entry, which can't
    be deleted then.
    """
    wanted = links.vlans(link, bridge, target)
    if wanted is not None:
        return tuple(sorted(wanted))
    return UNSET if have is None else have.known
