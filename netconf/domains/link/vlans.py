"""The VLANs of bridges and of their ports, as values, and what makes one set of them another. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset
from netconf.core.resource import Resource

MOST = 4094


class Vlan(NamedTuple):
    """Of one id: whether frames without a tag belong to it, whether it leaves without one, and the id
    it has in tunnels (0 = none).
    """

    pvid: bool = False
    untagged: bool = False
    tunnel: int = 0


class Range(NamedTuple):
    """VLANs first to last; of tunnel ids the first one's."""

    first: int
    last: int
    vlan: Vlan

    @property
    def numbers(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Vlans(Resource):
    """All VLANs of a port of a bridge, or of the bridge itself (name and bridge are the same), each entry
    a range in words: `10-20 untagged`. `default` is the bridge's vlan_default_pvid: with another one the
    kernel gives ports another VLAN (__br_vlan_set_default_pvid of net/bridge/br_vlan.c).
    """

    name: str
    bridge: str
    entries: tuple[str, ...] = ()
    default: int | Unset = UNSET

    @property
    def id(self) -> ResourceId:
        return ids.vlans(self.name, self.bridge)

    @property
    def own(self) -> bool:
        return self.name == self.bridge

    @property
    def requires(self) -> frozenset[ResourceId]:
        if self.own:
            return frozenset({ids.link(self.name)})
        return frozenset({ids.link(self.name), ids.port(self.name), ids.member(self.name, self.bridge)})

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset(ids.in_vlan(self.name, self.bridge, vid) for vid in parse(self.entries))

    @property
    def after(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.bridge)})


def usual(default: int) -> tuple[str, ...]:
    """What a port has that nobody cared for."""
    return (f"{default} pvid untagged",) if default else ()


def words(vlans: Mapping[int, Vlan]) -> tuple[str, ...]:
    return tuple(_words(found) for found in ranges(vlans))


def _words(found: Range) -> str:
    vlan = found.vlan
    parts = [found.numbers, "pvid" if vlan.pvid else "", "untagged" if vlan.untagged else ""]
    return " ".join(part for part in [*parts, f"tunnel {vlan.tunnel}" if vlan.tunnel else ""] if part)


def ranges(vlans: Mapping[int, Vlan]) -> Iterator[Range]:
    """As few as there can be."""
    run: list[int] = []
    for vid in sorted(vlans):
        if run and not (vid == run[-1] + 1 and _follows(vlans[run[0]], vlans[vid], vid - run[0])):
            yield Range(run[0], run[-1], vlans[run[0]])
            run = []
        run.append(vid)
    if run:
        yield Range(run[0], run[-1], vlans[run[0]])


def _follows(first: Vlan, other: Vlan, distance: int) -> bool:
    tunnel = first.tunnel + distance if first.tunnel else 0
    return not first.pvid and other == first._replace(tunnel=tunnel)


def parse(entries: Iterable[str]) -> dict[int, Vlan]:
    """The other way round."""
    found = {}
    for entry in entries:
        numbers, *flags = entry.split()
        first, _, last = numbers.partition("-")
        tunnel = int(flags[-1]) if "tunnel" in flags else 0
        for place, vid in enumerate(range(int(first), int(last or first) + 1)):
            found[vid] = Vlan("pvid" in flags, "untagged" in flags, tunnel + place if tunnel else 0)
    return found


def difference(before: Vlans | None, after: Vlans) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
    """What has to be removed and then added. A port that has just become one has what its bridge gave it, and
    the same where the bridge begins to give another: then all is removed, as it may be that.
    """
    wanted = parse(after.entries)
    if before is None or before.default != after.default:
        return (Range(1, MOST, Vlan()),), tuple(ranges(wanted))
    have = parse(before.entries)
    # A tunnel id is given once: for another one the VLAN goes first.
    gone = {vid: Vlan() for vid, vlan in have.items() if vid not in wanted or _lost(vlan, wanted[vid])}
    added = {vid: vlan for vid, vlan in wanted.items() if have.get(vid) != vlan}
    return tuple(ranges(gone)), tuple(ranges(added))


def _lost(old: Vlan, new: Vlan) -> bool:
    return old.tunnel not in (0, new.tunnel)
