"""What the kernel would refuse about links that reach into another network namespace, and what they disturb there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import HOME, ResourceId
from netconf.core.inside import inner, namespaces, state_of, target_of
from netconf.core.overlay import given
from netconf.core.resource import State, Target
from netconf.domains.link import checks, loss, parents
from netconf.domains.link.final import Final
from netconf.domains.link.kinds import PAIRS
from netconf.domains.link.resource import LOOPBACK, AdminUp, Link, Placement


class _World:
    """The links of all namespaces as they will be; "" is the one netconf works in."""

    def __init__(self, target: Target, observed: State) -> None:
        self._target, self._observed = target, observed
        self.names = ["", *namespaces([*target, *observed])]
        self.of = cache(self._of)

    def _of(self, netns: str) -> Final:
        netns = netns.removeprefix(HOME)
        return Final(target_of(self._target, netns), state_of(self._observed, netns))

    @cached_property
    def abroad(self) -> list[tuple[str, Link]]:
        """The links of other namespaces that are on what's ours."""
        return [
            (netns, link) for netns in self.names[1:] for link in self.of(netns).links if link.abroad == HOME
        ]

    def now(self, name: str) -> Link | None:
        """A link of ours as it is, wherever it was put."""
        ours = self.of("").observed
        put = [key.name[1] for key in ours if key.kind == ids.PLACEMENT and key.name[0] == name]
        states = [ours, *(self.of(netns).observed for netns in put)]
        found = [state[ids.link(name)] for state in states if ids.link(name) in state]
        return next((link for link in found if isinstance(link, Link)), None)

    def others(self, key: ResourceId) -> list[Link]:
        return [link for netns, link in self.abroad if (netns, link.name) != (key.netns, key.name[0])]


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about what reaches from one namespace into another, among the changes."""
    world = _World(target, observed)
    for key, change in sorted(changes.items()):
        after = inner(change.after)
        if key not in target:
            continue
        if isinstance(after, Placement):
            yield from _check_placement(after, world)
        elif isinstance(after, AdminUp) and given(after.over_netns, ""):
            yield from checks.check_up(after, world.of(""))
        elif isinstance(after, Link):
            yield from _check_link(after, key, world)


def _check_link(link: Link, key: ResourceId, world: _World) -> Iterator[Diagnostic]:
    if key.netns and link.abroad == HOME and link.kind == "geneve":
        yield _unseen(link, key)
    elif key.netns and link.abroad == HOME:
        yield from _check_below(link, key, world)
    elif not key.netns and isinstance(link.kind, str) and not link.abroad:
        yield from checks.check_twins(link, None, world.others(key), str(key))
    if link.kind in PAIRS:
        yield from _check_pair(link, key, world)


def _unseen(link: Link, key: ResourceId) -> Diagnostic:
    return error(
        "NC2126",
        f"geneve {link.name} can't be put into netns {key.netns}",
        "the kernel doesn't tell whose packets carry its own, so it couldn't be verified",
        f"write it under netns.{key.netns}.interfaces: then its packets go out there",
        resource=str(key),
    )


def _check_below(link: Link, key: ResourceId, world: _World) -> Iterator[Diagnostic]:
    """The checks of a link and its parent, as if both were in ours, where the parent is."""
    ours, others = world.of(""), world.others(key)
    beside = [other for other in others if given(other.lower, "") == given(link.lower, "")]
    yield from parents.check_lower(link, ours, [link, *beside], str(key))
    yield from checks.check_mtu_below(link, ours, str(key))
    yield from checks.check_twins(link, ours, others, str(key))


def _check_pair(link: Link, key: ResourceId, world: _World) -> Iterator[Diagnostic]:
    other = given(link.peer_netns, "").removeprefix(HOME)
    if not given(link.peer_netns, ""):
        return
    if link.kind == "netkit" and other < key.netns:
        yield _primary_abroad(link, key, other)
        return
    if other not in world.names:
        return
    end = world.of(other).link(given(link.peer, ""))
    if end is not None and not given(end.far, default=False):
        where = f"in netns {other}" if other else "in the namespace netconf works in"
        yield error(
            "NC2106",
            f"{link.kind} {link.name} has peer {link.peer} {where}, which isn't the other end",
            f"{end.name} is described there as another link, with kind {given(end.kind, '') or 'left out'}",
            f"leave kind and veth of {end.name} out, or write veth: {{peer: {link.name}, peer_netns: {key.netns}}} there"
            if key.netns and link.kind == "veth"
            else f"leave kind and {link.kind} of {end.name} out",
            resource=str(key),
        )


def _primary_abroad(link: Link, key: ResourceId, other: str) -> Diagnostic:
    where = f"netns {other}" if other else "the namespace netconf works in"
    return error(
        "NC2148",
        f"the primary end {link.name} of a netkit pair can't be in netns {key.netns}",
        f"the primary end makes the pair, and {link.peer} is in {where}, which comes first",
        f"write kind: netkit for {link.peer} there, with peer: {link.name} and peer_netns: {key.netns}",
        resource=str(key),
    )


PINNED = {"bridge", "bond", "team", "vrf"}
"""Kinds that stay where they were made (netns_immutable, before Linux 6.14 NETIF_F_NETNS_LOCAL)."""


def _check_placement(wish: Placement, world: _World) -> Iterator[Diagnostic]:
    link = world.now(wish.name)
    code, why, fix = "", "", ""
    if link is None:
        yield checks.missing(wish.name, world.of(""), str(wish.id))
        return
    if wish.name == LOOPBACK or link.pinned or link.kind in PINNED:
        code, why = "NC2128", "the kernel keeps it in the namespace it was made in"
        fix = "remove netns; every namespace has a lo of its own" if wish.name == LOOPBACK else "remove netns"
    elif link.kind:
        code, why = "NC2127", f"its kind is {link.kind}, and netconf moves only links that it can't make"
        fix = f"write kind: {link.kind} with it: then it's made in {wish.where}; remove this one first"
    elif isinstance(world.of(wish.where).observed.get(ids.link(wish.name)), Link):
        code, why = "NC2129", f"there is a link {wish.name} in {wish.where} already"
        fix = "give one of them another name"
    elif link.qdisc not in loss.PLAIN_QDISCS:
        code, why = "NC5103", f"it would lose its {link.qdisc} qdisc, which netconf doesn't manage"
        fix = f"remove it first: tc qdisc del dev {link.name} root"
    if code:
        yield error(
            code, f"{wish.name} can't be moved to netns {wish.where}", why, fix, resource=str(wish.id)
        )


def side_effects(changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
    """The MTU of a VLAN follows its parent's down, wherever it is (vlan_device_event)."""
    names = {
        change.id.name[0]
        for change in changes
        if change.id.kind == ids.LINK and not change.id.netns and change.before
    }
    for key, resource in observed.items() if names else ():
        link = inner(resource) if key.netns else None
        if isinstance(link, Link) and link.abroad == HOME and link.lower in names:
            yield key
