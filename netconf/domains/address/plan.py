"""From the document to addresses, and from their changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.duration import milliseconds
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET
from netconf.core.resource import Resource, State
from netconf.domains.address.operation import AddressOperation, DeleteAddress, WriteAddress
from netconf.domains.address.resource import FOREVER, Address

if TYPE_CHECKING:
    from netconf.domains.address.plainspec import PlainSpec
    from netconf.domains.address.spec import Address as AddressSpec
    from netconf.domains.address.spec import Spec


def expand(spec: Spec | PlainSpec) -> Desired:
    """The addresses; each list is the whole list of its link's."""
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    claims = set()
    for name, interface in spec.interfaces.items():
        if interface.addresses is None:
            continue
        claims.add(Claim(ids.ADDRESS, (name,)))
        entries: Sequence[AddressSpec | str] = interface.addresses
        for number, entry in enumerate(entries):
            address = _plain(name, number, entry) if isinstance(entry, str) else _address(name, number, entry)
            key = address.id
            resources[key] = address
            paths[key] = ("interfaces", name, "addresses", number)
    return Desired(resources, frozenset(claims), frozenset(), paths)


def _plain(link: str, position: int, text: str) -> Address:
    """An address of which no more is said than the text."""
    host, _, length = text.partition("/")
    address = Address(link, host, int(length), valid=FOREVER, preferred=FOREVER, position=position)
    address.remember(ids.address(link, text))
    return address


def _address(link: str, position: int, entry: AddressSpec) -> Address:
    host, _, length = entry.address.partition("/")
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
    """A half of a replacement may find remains of the old address (keep_addr_on_down), and a
    link-local or loopback address the one that the kernel made by itself.
    """
    if isinstance(change.after, Address):
        fresh = change.before is None and change.because is None and not change.after.may_come_by_itself
        return [WriteAddress("create" if fresh else "replace", change.after)]
    return [DeleteAddress(change.before)] if isinstance(change.before, Address) else []


def side_effects(changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
    """Where one IPv4 address goes, the others of the link may have to follow to get their order
    back; deleting one, even to take back its creation, sets promote_secondaries for a moment. That of a
    link which isn't there yet goes with it.
    """
    writing, going = set(), set()
    for change in changes:
        address = change.before or change.after
        if isinstance(address, Address) and not address.is_v6:
            writing.add(address.link)
            if change.before is not None and change.action in (Action.DELETE, Action.REPLACE):
                going.add(address.link)
    for link in writing:
        if ids.link(link) in observed:
            yield ids.sysctl(("net", "ipv4", "conf", link, "promote_secondaries"))
    for key, resource in observed.items() if going else ():
        if isinstance(resource, Address) and resource.link in going and not resource.is_v6:
            yield key
