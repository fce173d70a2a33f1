"""The order of a link's IPv4 addresses: which of them must be added anew to get the one wanted. Pure.

The kernel lists a link's primary addresses, then its secondary ones, each in the order they came
(__inet_insert_ifa in net/ipv4/devinet.c); when a primary is deleted the first secondary of its
subnet becomes one, behind all others. So an address that stays is always before one that's added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from netconf.core import ids, ip
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, given, matches, overlay
from netconf.core.resource import Resource, State, Target
from netconf.domains.address.resource import Address

Group = tuple[str, int, int]
"""IPv4 addresses that share a primary: link, network, prefix length."""


def refine(target: Target, observed: State) -> Target:
    """Mark the addresses that must move, and put those that are added behind one another.

    A document orders the addresses of a subnet only, whose first is the primary. Images have the
    places of all addresses of the link, and get them back.
    """
    touched = _touched(target, observed)
    if not touched:
        return {}
    wanted, there = _by_link(touched, target), _by_link(touched, observed)
    extra: dict[ResourceId, Resource | None] = {}
    for link, members in wanted.items():
        present = sorted(there.get(link, ()), key=_place)
        staying = [have for have in present if target.get(have.id, have) is not None]
        if any(want.order is UNSET for want in members):
            asked = [want for want in members if want.order is UNSET or want.moves]
            extra.update(_in_subnets(asked, staying))
        else:
            members.sort(key=_place)
            extra.update(_marked(members, _kept_of_all(members, *_left(present, staying)), staying))
    return extra


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


def _by_link(links: set[str], state: Target) -> dict[str, list[Address]]:
    found: dict[str, list[Address]] = defaultdict(list)
    for resource in state.values():
        if isinstance(resource, Address) and resource.link in links and not resource.is_v6:
            found[resource.link].append(resource)
    return found


def _touched(target: Target, observed: State) -> set[str]:
    """The links on which something is new, to be replaced, or in another order than wanted."""
    last: dict[str, tuple[int, int]] = {}
    touched: set[str] = set()
    for key, want in target.items():
        if key.kind != ids.ADDRESS or not isinstance(want, Address) or want.is_v6:
            continue
        have = observed.get(key)
        if want.order is not UNSET or not isinstance(have, Address) or not _fits(want, have):
            touched.add(want.link)
            continue
        place = (want.position, given(have.order, 0))
        before = last.get(want.link, (-1, -1))
        if (place[0] - before[0]) * (place[1] - before[1]) < 0:
            touched.add(want.link)
        last[want.link] = max(before, place)
    return touched


def _fits(want: Address, have: Address) -> bool:
    """Whether an address is as wanted, or can be made so in place, wherever it stands."""
    still = replace(want, moves=False) if want.moves else want
    return matches(still, have) or have.can_become(overlay(still, have))


def _in_subnets(wanted: list[Address], staying: list[Address]) -> Iterator[tuple[ResourceId, Address]]:
    wanted.sort(key=lambda address: address.position)
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
        moves = want.id in present and want.id not in kept
        order = number if moves and want.order is UNSET else want.order
        yield want.id, replace(want, order=order, moves=moves, behind=behind)
        behind = want.text


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
    """The same for a whole link. A secondary stays one only behind its primary."""
    heads = {members[0].id for members in groups(wanted).values()}
    kept = _kept((want for want in wanted if want.id in heads), primaries)
    led = {_group(want) for want in wanted if want.id in kept}
    followers = [want for want in wanted if want.id not in heads]
    end = next((n for n, want in enumerate(followers) if _group(want) not in led), len(followers))
    return kept | _kept(followers[:end], secondaries)


def _left(present: list[Address], staying: list[Address]) -> tuple[list[Address], list[Address]]:
    """The primaries and the secondaries once the others are deleted."""
    primaries = {members[0].id: members[0] for members in groups(present).values()}
    heirs = {group: members[0] for group, members in groups(staying).items()}
    stay = {address.id for address in staying}
    for gone in present:
        if gone.id in primaries and gone.id not in stay:
            del primaries[gone.id]
            heir = heirs.get(_group(gone))
            if heir is not None:
                primaries[heir.id] = heir
    return list(primaries.values()), [address for address in staying if address.id not in primaries]
