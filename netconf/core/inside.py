"""Objects in network namespaces other than the one netconf works in.

A domain knows one namespace. What it makes of a namespace's part of a document, or sees in there,
is put into an `Inside`, which carries the name: so every law of plans, rollback and recovery holds
across namespaces, and no domain has to know of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.ids import ResourceId
from netconf.core.overlay import matches, overlay
from netconf.core.resource import Resource, State, Target

SECTION = "netns"


@dataclass(frozen=True, slots=True)
class Inside(Resource):
    """A resource of the namespace `netns`. Observed ones may be `prospective`: what a namespace that
    isn't there yet will hold as soon as it's made (lo).
    """

    netns: str
    inner: Resource
    prospective: bool = field(default=False, compare=False)

    @property
    def id(self) -> ResourceId:
        return moved(self.inner.id, self.netns)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return _all_moved(self.inner.requires, self.netns) | {ids.netns(self.netns)}

    @property
    def after(self) -> frozenset[ResourceId]:
        return _all_moved(self.inner.after, self.netns)

    @property
    def provides(self) -> frozenset[ResourceId]:
        return _all_moved(self.inner.provides, self.netns)

    @property
    def alike(self) -> Hashable | None:
        alike = self.inner.alike
        return None if alike is None else (self.netns, alike)

    @property
    def place(self) -> int:
        return self.inner.place

    @property
    def stacked(self) -> bool:
        return self.inner.stacked

    @property
    def occupies(self) -> frozenset[str]:
        """One that begins with the name of our namespace is held there."""
        return frozenset(_held(key, self.netns) for key in self.inner.occupies)

    @property
    def excludes(self) -> frozenset[str]:
        return frozenset(_held(key, self.netns) for key in self.inner.excludes)

    @property
    def foreign(self) -> bool:
        return self.inner.foreign

    def lessened(self, lost: ResourceId) -> Inside | None:
        left = self.inner.lessened(home(lost)) if lost.netns == self.netns else None
        return None if left is None else replace(self, inner=left)

    def can_become(self, other: Inside) -> bool:
        return self.inner.can_become(other.inner)

    def differences(self, before: Inside | None) -> tuple[str, ...]:
        return self.inner.differences(None if before is None else before.inner)

    def overlay(self, observed: Inside) -> Inside:
        if matches(self.inner, observed.inner):
            return observed
        return replace(self, inner=overlay(self.inner, observed.inner))


def _held(key: str, netns: str) -> str:
    return key.removeprefix(ids.HOME) if key.startswith(ids.HOME) else f"{netns}/{key}"


def moved(key: ResourceId, netns: str) -> ResourceId:
    """The id of an object, as its namespace knows it, for the host; one that has a namespace already
    keeps it. Namespaces themselves are the host's.
    """
    if key.netns:
        return key._replace(netns="") if key.netns == ids.HOME else key
    return key if key.kind == ids.NETNS else key._replace(netns=netns)


def home(key: ResourceId) -> ResourceId:
    """The id as the namespace itself knows it."""
    return key._replace(netns="")


def _all_moved(keys: Iterable[ResourceId], netns: str) -> frozenset[ResourceId]:
    return frozenset(moved(key, netns) for key in keys)


def inner(resource: Resource | None) -> Resource | None:
    return resource.inner if isinstance(resource, Inside) else resource


def inner_change(change: Change) -> Change:
    """A change as the namespace itself knows it."""
    return Change(
        home(change.id), inner(change.before), inner(change.after), change.because, split=change.split
    )


def desired_inside(desired: Desired, netns: str) -> Desired:
    """What a namespace's part of the document asks for."""
    where = (SECTION, netns)
    return Desired(
        {moved(key, netns): Inside(netns, want) for key, want in desired.resources.items()},
        frozenset(replace(claim, netns=netns) for claim in desired.claims),
        _all_moved(desired.absent, netns),
        {moved(key, netns): where + tuple(path) for key, path in desired.paths.items()},
    )


_netns = attrgetter("netns")


def namespaces(keys: Iterable[ResourceId]) -> list[str]:
    """The namespaces that ids name, sorted; ours isn't one of them."""
    return sorted(set(map(_netns, keys)) - {""})


def state_of(state: State, netns: str) -> dict[ResourceId, Resource]:
    """The part of a state that is of one namespace, as that knows it."""
    if not netns:
        return {key: value for key, value in state.items() if not key.netns}
    return {
        home(key): value.inner
        for key, value in state.items()
        if key.netns == netns and isinstance(value, Inside)
    }


def target_of(target: Target, netns: str) -> dict[ResourceId, Resource | None]:
    """The same of a target."""
    if not netns:
        return {key: value for key, value in target.items() if not key.netns}
    return {home(key): inner(value) for key, value in target.items() if key.netns == netns}


def changes_of(changes: Mapping[ResourceId, Change], netns: str) -> dict[ResourceId, Change]:
    """The same of changes."""
    if not netns:
        return {key: change for key, change in changes.items() if not key.netns}
    return {home(key): inner_change(change) for key, change in changes.items() if key.netns == netns}
