"""From the document to addresses, their order, and their changes to operations. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids, ip
from netconf.core.change import Action, Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.duration import milliseconds
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, given, overlay
from netconf.core.resource import Resource, State, Target
from netconf.domains.address.operation import AddressOperation, DeleteAddress, WriteAddress
from netconf.domains.address.resource import FOREVER, Address

if TYPE_CHECKING:
    from netconf.domains.address.spec import Address as AddressSpec
    from netconf.domains.address.spec import Spec

Group = tuple[str, int, int]
"""IPv4 addresses that share a primary: link, network, prefix length."""


def expand(spec: Spec) -> Desired:
    """The addresses; each list is the whole list of its link's."""
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    claims = set()
    for name, interface in spec.interfaces.items():
        if interface.addresses is None:
            continue
        claims.add(Claim(ids.ADDRESS, (name,)))
        for number, entry in enumerate(interface.addresses):
            address = _address(name, number, entry)
            resources[address.id] = address
            paths[address.id] = ("interfaces", name, "addresses", number)
    return Desired(resources, frozenset(claims), frozenset(), paths)


def _address(link: str, position: int, entry: AddressSpec) -> Address:
    host, _, length = entry.address.partition("/")
    if len(entry.model_fields_set) == 1:
        return Address(link, host, int(length), valid=FOREVER, preferred=FOREVER, position=position)
    return Address(
        link,
        host,
        int(length),
        peer=entry.peer or "",
        label=entry.label or UNSET,
        scope=entry.scope or UNSET,
        broadcast=entry.broadcast or UNSET,
        metric=UNSET if entry.metric is None else entry.metric,
        valid=_seconds(entry.valid_lifetime),
        preferred=_seconds(entry.preferred_lifetime or entry.valid_lifetime),
        flags=UNSET if entry.flags is None else tuple(sorted(entry.flags)),
        position=position,
    )


def _seconds(lifetime: str | None) -> int:
    return FOREVER if lifetime in (None, "forever") else milliseconds(str(lifetime)) // 1000


def lower(change: Change) -> list[AddressOperation]:
    """A half of a replacement may find remains of the old address (keep_addr_on_down)."""
    if isinstance(change.after, Address):
        fresh = change.before is None and change.because is None
        return [WriteAddress("create" if fresh else "replace", change.after)]
    return [DeleteAddress(change.before)] if isinstance(change.before, Address) else []


def refine(target: Target, observed: State) -> Target:
    """Give the addresses that must move within their subnet a new order.

    The kernel appends: an address that is kept stays before every address that is added. So of the
    wanted order, the longest beginning that is there already, in that order, is kept; everything
    after it is added anew, each behind the one before it.
    """
    wanted = [want for want in target.values() if isinstance(want, Address) and not want.is_v6]
    touched = _out_of_order(wanted, observed)
    if not touched:
        return {}
    extra: dict[ResourceId, Resource | None] = {}
    for group, members in _groups(want for want in wanted if want.link in touched).items():
        there = _groups(
            have
            for have in observed.values()
            if isinstance(have, Address) and have.link == group[0] and not have.is_v6
        ).get(group, [])
        extra.update(_align(members, there))
    return extra


def _out_of_order(wanted: Iterable[Address], observed: State) -> set[str]:
    """The links on which something is new, to be replaced, or in another order than wanted."""
    last: dict[str, tuple[int, int]] = {}
    touched: set[str] = set()
    for want in wanted:
        have = observed.get(want.id)
        if not isinstance(have, Address) or not have.can_become(_unordered(want, have)):
            touched.add(want.link)
            continue
        place = (given(want.order, want.position), given(have.order, 0))
        before = last.get(want.link, (-1, -1))
        if (place[0] - before[0]) * (place[1] - before[1]) < 0:
            touched.add(want.link)
        last[want.link] = max(before, place)
    return touched


def _unordered(want: Address, have: Address) -> Address:
    return overlay(want if want.order is UNSET else replace(want, order=UNSET), have)


def _groups(addresses: Iterable[Address]) -> dict[Group, list[Address]]:
    groups: dict[Group, list[Address]] = defaultdict(list)
    for address in addresses:
        own = ip.parse(address.peer or address.ip)
        if own is not None:
            groups[(address.link, ip.network(own, address.length).value, address.length)].append(address)
    for members in groups.values():
        members.sort(key=lambda a: given(a.order, a.position))
    return groups


def _align(wanted: list[Address], there: list[Address]) -> Iterator[tuple[ResourceId, Address]]:
    """The members of one group with the order each is to have."""
    left = list(there)
    keeping = True
    behind = ""
    end = max((given(have.order, 0) for have in there), default=-1)
    for want in wanted:
        have = next((other for other in left if other.id == want.id), None)
        keeping = keeping and have is not None and have.can_become(_unordered(want, have))
        if keeping and have is not None:
            left = left[left.index(have) + 1 :]
            yield want.id, replace(want, order=UNSET, behind=behind)
        else:
            end += 1
            order = UNSET if want.id not in {other.id for other in there} else end
            yield want.id, replace(want, order=order, behind=behind)
        behind = want.text


def side_effects(change: Change, observed: State) -> Iterator[ResourceId]:
    """Where one IPv4 address moves, the others of its subnet may have to follow to keep the order;
    deleting one sets promote_secondaries for a moment.
    """
    address = change.before or change.after
    if not isinstance(address, Address) or address.is_v6:
        return
    if change.action in (Action.DELETE, Action.REPLACE):
        yield ids.sysctl(("net", "ipv4", "conf", address.link, "promote_secondaries"))
    group = next(iter(_groups([address])), None)
    if group is None or change.action is Action.UPDATE:
        return
    for key, other in observed.items():
        if isinstance(other, Address) and other.link == address.link and group in _groups([other]):
            yield key
