"""What will be of links, for the domains that aren't theirs: read from the images of the link domain's objects
in a target, or where that says nothing, in what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import encode
from netconf.core.resource import State, Target


def field(key: ResourceId, name: str, target: Target, observed: State) -> object:
    """What a field of an object will be; None if that isn't known, or there's no such object."""
    for state in (target, observed):
        if key in state:
            resource = state[key]
            if resource is None:
                return None
            image = encode(resource)
            if name in image:
                return image[name]
    return None


def options(link: str, target: Target, observed: State) -> dict[str, object]:
    """The options the link will have; those of the document before those that are there."""
    found: dict[str, object] = {}
    for state in (observed, target):
        resource = state.get(ids.link(link))
        if resource is not None:
            found.update(dict(encode(resource).get("options") or ()))
    return found


def bridge_of(link: str, target: Target, observed: State) -> str:
    """The bridge that a link is, or is a port of; "" = neither. A master whose kind isn't told may be one."""
    if field(ids.link(link), "kind", target, observed) == "bridge":
        return link
    master = str(field(ids.port(link), "master", target, observed) or "")
    kind = field(ids.link(master), "kind", target, observed) if master else None
    return master if kind in ("bridge", "", None) else ""


def vrf_of(table: int, target: Target, observed: State) -> str:
    """The VRF with this table, "" = none."""
    for key in sorted(key for key in {*target, *observed} if key.kind == ids.LINK):
        if field(key, "kind", target, observed) == "vrf":
            name = key.name[0]
            if options(name, target, observed).get("table") == table:
                return name
    return ""


def vlans(link: str, bridge: str, target: Target) -> frozenset[int] | None:
    """The VLANs the document gives a port; None if it doesn't say."""
    wanted = target.get(ids.vlans(link, bridge))
    return None if wanted is None else frozenset(_numbers(encode(wanted).get("entries", ())))


def remote_of(vni: int, link: str, target: Target, observed: State) -> str:
    """Where a vxlan that filters VNIs sends frames of one that have no other way; "" = nowhere, or it hasn't the VNI."""
    key = ids.vnis(link)
    found = target[key] if key in target else observed.get(key)
    for entry in () if found is None else encode(found).get("entries", ()):
        numbers, _, remote = entry.partition(" remote ")
        first, _, last = numbers.partition("-")
        if int(first) <= vni <= int(last or first):
            return remote or str(options(link, target, observed).get("remote") or "")
    return ""


def _numbers(entries: Iterable[str]) -> Iterator[int]:
    """Of words such as `10-20 untagged`."""
    for entry in entries:
        first, _, last = entry.split()[0].partition("-")
        yield from range(int(first), int(last or first) + 1)
