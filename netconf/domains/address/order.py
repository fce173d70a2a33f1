"""The order of a link's IPv4 addresses: which of them must be added anew to get the one wanted. Pure.

The kernel lists a link's primary addresses, then its secondary ones, each in the order they came
(__inet_insert_ifa in net/ipv4/devinet.c); when a primary is deleted the first secondary of its
subnet becomes one, behind all others. So an address that stays is always before one that's added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from netconf.core import ip
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, given, matcher, matches, overlay
from netconf.core.resource import Resource, State, Target
from netconf.domains.address.resource import Address, text
from netconf.system.ports import AddressRow

Group = tuple[str, int, int]
"""IPv4 addresses that share a primary: link, network, prefix length."""


def refine(target: Target, observed: State) -> Target:
    """Mark the addresses that must move, and put those that are added behind one another.

    A document orders the addresses of a subnet only, whose first is the primary. On a link that has none
    yet they simply go by their positions (`Resource.place`). Images have the
    places of all addresses of the link, and get them back. Of IPv6 the kernel lists the newest
    first (ipv6_link_dev_addr): images are added last to first, but none moves for that.
    """
    own = [want for want in target.values() if isinstance(want, Address)]
    touched = _touched(own, observed)
    extra: dict[ResourceId, Resource | None] = dict(_ipv6_images(own))
    if not touched:
        return extra
    wanted, there = _by_link(touched, own), _by_link(touched, observed.values())
    for link, members in wanted.items():
        present = sorted(there.get(link, ()), key=_place)
        staying = [have for have in present if target.get(have.id, have) is not None]
        if any(want.order is UNSET for want in members):
            if not present:
                continue
            asked = [want for want in members if want.order is UNSET or want.moves]
            extra.update(_in_subnets(asked, staying))
        else:
            images = sorted((replace(want, restacked=True) for want in members), key=_place)
            extra.update(_marked(images, _kept_of_all(images, *_left(present, staying)), staying))
    return extra


def places(rows: Sequence[AddressRow]) -> list[tuple[int, str]]:
    """For each address of a dump its place among the link's of the family, and the one to be added before it to
    get this order again: the one listed before it, of IPv6 the one listed after it; "" = none.
    """
    found: list[tuple[int, str]] = []
    last: dict[tuple[int, int], tuple[int, int, str]] = {}
    for place, row in enumerate(rows):
        family, ifindex, local, length, peer = row[:5]
        written = text(local, peer, length) if peer else f"{local}/{length}"
        listed, before, name = last.get((family, ifindex), _NONE_LISTED)
        last[family, ifindex] = (listed + 1, place, written)
        if family == ip.INET:
            found.append((listed, name))
            continue
        found.append((listed, ""))
        if listed:
            found[before] = (listed - 1, written)
    return found


_NONE_LISTED = (0, 0, "")


def _ipv6_images(wanted: Sequence[Address]) -> Iterator[tuple[ResourceId, Address]]:
    images = [want for want in wanted if want.order is not UNSET and want.is_v6]
    last: dict[str, str] = {}
    for want in sorted(images, key=_place, reverse=True):
        if want.link in last:
            yield want.id, replace(want, behind=last[want.link])
        last[want.link] = want.text


def groups(addresses: Iterable[Address]) -> dict[Group, list[Address]]:
    """The addresses by subnet, in the given order."""
    found: dict[Group, list[Address]] = defaultdict(list)
    for address in addresses:
        found[_group(address)].append(address)
    return found


def _group(address: Address) -> Group:
    own = ip.parse(address.peer or address.ip)
    network = 0 if own is None else ip.network(own, address.length).value
    return (address.link, network, address.length)


def _place(address: Address) -> int:
    return given(address.order, address.position)


def _by_link(links: set[str], resources: Iterable[Resource | None]) -> dict[str, list[Address]]:
    found: dict[str, list[Address]] = defaultdict(list)
    for resource in resources:
        if isinstance(resource, Address) and resource.link in links and not resource.is_v6:
            found[resource.link].append(resource)
    return found


def _touched(wanted: Sequence[Address], observed: State) -> set[str]:
    """The links on which something is new, to be replaced, or in another order than wanted."""
    last: dict[str, tuple[int, int]] = {}
    touched: set[str] = set()
    same, there = matcher(Address), observed.get
    for want in wanted:
        link = want.link
        if link in touched or ":" in want.ip:
            continue
        have = there(want.id)
        if (
            want.order is not UNSET
            or not isinstance(have, Address)
            or not (same(want, have) or _fits(want, have))
        ):
            touched.add(link)
            continue
        found = (want.position, 0 if have.order is UNSET else have.order)
        before = last.get(link, _BEFORE_ALL)
        if found > before:
            last[link] = found
            if found[1] < before[1]:
                touched.add(link)
        elif found[0] < before[0] and found[1] > before[1]:
            touched.add(link)
    return touched


_BEFORE_ALL = (-1, -1)


def _fits(want: Address, have: Address) -> bool:
    """Whether an address is as wanted, or can be made so in place, wherever it stands."""
    still = replace(want, moves=False) if want.moves else want
    return matches(still, have) or have.can_become(overlay(still, have))


def _in_subnets(wanted: list[Address], staying: list[Address]) -> Iterator[tuple[ResourceId, Address]]:
    wanted.sort(key=attrgetter("position"))
    there = groups(staying)
    for group, members in groups(wanted).items():
        left = there.get(group, [])
        yield from _marked(members, _kept(members, left), left)


def _marked(
    wanted: list[Address], kept: set[ResourceId], staying: list[Address]
) -> Iterator[tuple[ResourceId, Address]]:
    """A moved address has an order of its own, for people to see why it's replaced."""
    present = {have.id for have in staying}
    behind = ""
    for number, want in enumerate(wanted):
        key = want.id
        moves = key in present and key not in kept
        order = number if moves and want.order is UNSET else want.order
        if (order, moves, behind) == (want.order, want.moves, want.behind):
            yield key, want
        else:
            yield key, want.placed(order, behind, moves=moves)
        behind = key.name[1]


def _kept(wanted: Iterable[Address], there: Iterable[Address]) -> set[ResourceId]:
    """The longest beginning of the wanted order that is there, in that order, and fits."""
    kept: set[ResourceId] = set()
    rest = iter(there)
    for want in wanted:
        have = next((other for other in rest if other.id == want.id), None)
        if have is None or not _fits(want, have):
            break
        kept.add(want.id)
    return kept


def _kept_of_all(
    wanted: list[Address], primaries: list[Address], secondaries: list[Address]
) -> set[ResourceId]:
    """The same for a whole link. A secondary stays one only behind its primary, and one that would
    become a primary would do so at a time that's hard to tell.
    """
    heads = {members[0].id for members in groups(wanted).values()}
    kept = _kept((want for want in wanted if want.id in heads), primaries)
    led = {_group(want) for want in wanted if want.id in kept}
    followers = [want for want in wanted if want.id not in heads]
    end = next((n for n, want in enumerate(followers) if _group(want) not in led), len(followers))
    return kept | _kept(followers[:end], secondaries)


def _left(present: list[Address], staying: list[Address]) -> tuple[list[Address], list[Address]]:
    """The primaries and the secondaries among those that stay."""
    heads = {members[0].id for members in groups(present).values()}
    return [a for a in staying if a.id in heads], [a for a in staying if a.id not in heads]
