"""The VNIs of a vxlan that filters them, as a value, and what makes one set of them another. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource

_ORDERED = 4096
"""How many VNIs plans put in order one by one: what leaves a vxlan before another takes it."""


class Range(NamedTuple):
    """VNIs first to last, and where frames of theirs go that have no other way, "" = to the link's remote."""

    first: int
    last: int
    remote: str = ""

    @property
    def numbers(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Vnis(Resource):
    """All VNIs of a vxlan, each entry a range in words: `10-20 remote 192.0.2.1`."""

    name: str
    entries: tuple[str, ...] = ()

    @property
    def id(self) -> ResourceId:
        return ids.vnis(self.name)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.name), ids.vni_filter(self.name)})

    @property
    def excludes(self) -> frozenset[str]:
        """A VNI is one vxlan's of those with a port: it leaves one before the other takes it."""
        numbers = (number for one in parse(self.entries) for number in range(one.first, one.last + 1))
        return frozenset(f"vni {number}" for number in islice(numbers, _ORDERED))


def words(ranges: Iterable[Range]) -> tuple[str, ...]:
    """Of as few ranges as there can be."""
    return tuple(
        f"{one.numbers} remote {one.remote}" if one.remote else one.numbers for one in merged(ranges)
    )


def merged(ranges: Iterable[Range]) -> Iterator[Range]:
    """In order, those that follow each other and have the same remote as one."""
    held: Range | None = None
    for one in sorted(ranges):
        if held and held.remote == one.remote and held.last + 1 == one.first:
            held = held._replace(last=one.last)
            continue
        if held:
            yield held
        held = one
    if held:
        yield held


def parse(entries: Iterable[str]) -> Iterator[Range]:
    """The other way round."""
    for entry in entries:
        numbers, _, remote = entry.partition(" remote ")
        first, _, last = numbers.partition("-")
        yield Range(int(first), int(last or first), remote)


def difference(before: Vnis | None, after: Vnis) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
    """What has to be removed and then added. A VNI with another remote is removed, too: changed in place it would keep
    the entry of its old one in the forwarding database (vxlan_vni_update_group of drivers/net/vxlan/vxlan_vnifilter.c).
    """
    have = list(parse(before.entries)) if before else []
    want = list(parse(after.entries))
    return tuple(_minus(have, want)), tuple(_minus(want, have))


def _minus(these: Iterable[Range], those: Iterable[Range]) -> Iterator[Range]:
    """What of these isn't among those with the same remote. Both are in order and apart."""
    kept: dict[str, list[Range]] = defaultdict(list)
    for one in those:
        kept[one.remote].append(one)
    for one in these:
        first, others = one.first, kept[one.remote]
        for number in range(bisect_left(others, first, key=lambda other: other.last), len(others)):
            other = others[number]
            if other.first > one.last:
                break
            if other.first > first:
                yield one._replace(first=first, last=other.first - 1)
            first = other.last + 1
        if first <= one.last:
            yield one._replace(first=first)
