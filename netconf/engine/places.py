"""One driver for all network namespaces: it takes what is `Inside` another apart for the domain's
driver, which knows one namespace only, and puts its answers together again.

A namespace that isn't there yet is looked at in a throw-away one, which holds what a new one will.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, Self

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic
from netconf.core.driver import (
    AnyDriver,
    Canonicalises,
    Captures,
    Checks,
    Concludes,
    Glances,
    Lapses,
    Patience,
    Refines,
    Requires,
    Scope,
    Settles,
    SideEffects,
    SpansNamespaces,
    Views,
)
from netconf.core.ids import ResourceId
from netconf.core.inside import (
    Inside,
    changes_of,
    home,
    inner,
    inner_change,
    moved,
    namespaces,
    state_of,
    target_of,
)
from netconf.core.kind import Kind, Lazily
from netconf.core.operation import Operation, ReachesOut
from netconf.core.resource import Resource, State, Target
from netconf.system.ports import System

SETTLE_SECONDS = 10.0
"""How long unsettled objects may take; IPv6 DAD needs 1 to 2 s (RFC 4862 section 5.4)."""


@dataclass(frozen=True, slots=True)
class OperationInside:
    """An operation of another namespace."""

    netns: str
    inner: Operation

    def describe(self) -> str:
        return f"netns {self.netns}: {self.inner.describe()}"

    def commands(self) -> tuple[str, ...]:
        return tuple(_inside(self.netns, line) for line in self.inner.commands())


_KEPT = re.compile(r"(\w+)=\$\((.*)\)")


def _inside(netns: str, command: str) -> str:
    """What the shell keeps is kept out here, what it writes is written in there."""
    kept = _KEPT.fullmatch(command)
    if kept:
        return f"{kept[1]}=$({_inside(netns, kept[2])})"
    word, _, rest = command.partition(" ")
    if word == "echo":
        return f"ip netns exec {netns} sh -c {shlex.quote(command)}"
    return f"ip -n {netns} {rest}" if word == "ip" else f"ip netns exec {netns} {command}"


class Everywhere:
    """A domain's driver for every namespace. Has all abilities; those the domain lacks do nothing."""

    def __init__(self, driver: AnyDriver) -> None:
        self._load: Callable[[], AnyDriver] = lambda: driver
        self.kinds: Mapping[str, Kind] = driver.kinds
        self._waits = False

    @classmethod
    def later(cls, load: Callable[[], AnyDriver], kinds: Iterable[str], *, waits: bool) -> Self:
        """For a driver that is loaded when it has something to do. What one that `waits` reports matters to
        nobody who doesn't ask for it.
        """
        found = cls.__new__(cls)
        found._load = load
        found.kinds = Lazily(kinds, lambda kind: found._driver.kinds[kind])
        found._waits = waits
        return found

    @cached_property
    def _driver(self) -> AnyDriver:
        return self._load()

    @cached_property
    def _settling(self) -> Settles | None:
        return self._driver if isinstance(self._driver, Settles) else None

    def expand(self, spec: Any) -> Desired:
        return self._driver.expand(spec)

    def across(self, desired: Mapping[str, Desired]) -> Mapping[str, Desired]:
        driver = self._driver
        return driver.across(desired) if isinstance(driver, SpansNamespaces) else desired

    def view(self, system: System, target: Target) -> System:
        driver = self._driver
        if not isinstance(driver, Views):
            return system
        found: System = driver.view(system, target)
        return found

    @property
    def lower_home(self) -> Callable[[Change], Sequence[Operation]]:
        """`lower` for what is in our namespace."""
        return self._driver.lower

    def lower(self, change: Change) -> Sequence[Operation]:
        netns = change.id.netns
        if not netns:
            return self._driver.lower(change)
        return [_done_in(netns, found) for found in self._driver.lower(inner_change(change))]

    def is_asked(self, scope: Scope) -> bool:
        """Whether it has anything to report."""
        return not self._waits or scope.concerns(self.kinds)

    @property
    def concludes(self) -> bool:
        return isinstance(self._driver, Concludes)

    @property
    def settles(self) -> bool:
        return self._settling is not None

    @property
    def glances(self) -> bool:
        return isinstance(self._driver, Glances)

    @property
    def views(self) -> bool:
        return isinstance(self._driver, Views)

    def glance(self, wanted: State, system: System) -> str | None:
        driver = self._driver
        return driver.glance(wanted, system) if isinstance(driver, Glances) else None

    def holds(self, glance: str, system: System) -> bool:
        driver = self._driver
        return isinstance(driver, Glances) and driver.holds(glance, system)

    def observe(self, system: System, scope: Scope) -> Iterable[Resource]:
        if not self.is_asked(scope):
            return ()
        parts = _parts(scope)
        return self._driver.observe(system, parts[""]) if len(parts) == 1 else self._of_all(scope, system)

    def _of_all(self, scope: Scope, system: System) -> Iterator[Resource]:
        for netns, part in _parts(scope).items():
            if not netns:
                yield from self._driver.observe(system, part)
                continue
            exists = system.namespaces.has(netns)
            place = replace(system.inside(netns), trial=system.trial) if exists else system.fresh()
            asked = _whole(place, part) if ids.netns(netns) in scope.around else part
            for resource in self._driver.observe(place, asked):
                if exists or resource.id in asked.ids:
                    yield Inside(netns, resource, prospective=not exists)

    def apply(self, operations: Sequence[Any], system: System) -> None:
        if OperationInside not in set(map(type, operations)):
            self._driver.apply(operations, system)
            return
        for netns, found in groupby(operations, key=_place_of):
            if netns:
                place = replace(system.inside(netns), trial=system.trial)
                self._driver.apply([one.inner for one in found], place)
            else:
                self._driver.apply(list(found), system)

    def canonicalise(self, wanted: State, system: System) -> Target:
        driver = self._driver
        if not isinstance(driver, Canonicalises):
            return {}
        extra: dict[ResourceId, Resource | None] = {}
        names = namespaces(wanted)
        for netns in ("", *names):
            place = system
            if netns:
                place = system.inside(netns) if system.namespaces.has(netns) else system.fresh()
            own = state_of(wanted, netns) if names else wanted
            for key, want in driver.canonicalise(own, place).items():
                extra[moved(key, netns)] = Inside(netns, want) if netns and want is not None else want
        return extra

    def refine_home(self, target: Target, observed: State) -> Target:
        """`refine` where nothing is in another namespace."""
        driver = self._driver
        return driver.refine(target, observed) if isinstance(driver, Refines) else {}

    def refine(self, target: Target, observed: State) -> Target:
        driver = self._driver
        if not isinstance(driver, Refines):
            return {}
        extra: dict[ResourceId, Resource | None] = {}
        for netns in ("", *namespaces(target)):
            found = driver.refine(*_views(target, observed, netns))
            for key, want in found.items():
                extra[moved(key, netns)] = Inside(netns, want) if netns and want is not None else want
        return extra

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterator[Diagnostic]:
        driver = self._driver
        if not namespaces(target) and not namespaces(observed):
            if isinstance(driver, Checks):
                yield from driver.check(changes, target, observed)
            return
        if isinstance(driver, Checks):
            for netns, own in _by_namespace(changes):
                views = _views(target, observed, netns)
                if netns and isinstance(driver, SpansNamespaces):
                    views = _with_shared(views, driver.shared, target, observed)
                yield from (_told_of(netns, found) for found in driver.check(own, *views))
        if isinstance(driver, SpansNamespaces) and namespaces(target):
            yield from driver.check_across(changes, target, observed)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        driver = self._driver
        if isinstance(driver, Requires):
            for netns, own in _by_namespace(changes):
                place, known = system, own
                if netns:
                    place = system.inside(netns) if system.namespaces.has(netns) else system.fresh()
                    spaces = {key: change for key, change in changes.items() if key.kind == ids.NETNS}
                    known = {**spaces, **own}
                yield from (_told_of(netns, found) for found in driver.unsupported(known, place))

    def side_effects(self, changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
        driver, changes = self._driver, list(changes)
        if isinstance(driver, SideEffects):
            for netns in ("", *(names := namespaces(change.id for change in changes))):
                own = _own(changes, netns) if names else changes
                found = driver.side_effects(own, state_of(observed, netns))
                yield from (moved(key, netns) for key in found) if netns else found
        if isinstance(driver, SpansNamespaces):
            yield from driver.side_effects_across(changes, observed)

    def unsettled(self, resource: Resource) -> str:
        found = inner(resource)
        return self._settling.unsettled(found) if self._settling and found else ""

    def patience(self, resource: Resource) -> float:
        found, driver = inner(resource), self._driver
        return driver.patience(found) if isinstance(driver, Patience) and found else SETTLE_SECONDS

    def conclude(self, changes: Mapping[ResourceId, Change], system: System) -> None:
        driver = self._driver
        if isinstance(driver, Concludes):
            for netns, own in _by_namespace(changes):
                if not netns or system.namespaces.has(netns):  # what was in one that's gone is done with
                    driver.conclude(own, system.inside(netns) if netns else system)

    def tidy(self, ids: Iterable[ResourceId], system: System) -> None:
        driver = self._driver
        if isinstance(driver, Concludes):
            keys = list(ids)
            for netns in ("", *namespaces(keys)):
                own = [home(key) for key in keys if key.netns == netns]
                driver.tidy(own, system.inside(netns) if netns else system)

    def prolong(self, ids: Iterable[ResourceId], seconds: float, system: System) -> None:
        driver = self._driver
        if isinstance(driver, Lapses):
            for own, place in _at_home(ids, system):
                driver.prolong(own, seconds, place)

    def keep(self, ids: Iterable[ResourceId], system: System) -> None:
        driver = self._driver
        if isinstance(driver, Lapses):
            for own, place in _at_home(ids, system):
                driver.keep(own, place)

    def capture(self, system: System, observed: State) -> Mapping[str, Any]:
        driver = self._driver
        return driver.capture(system, observed) if isinstance(driver, Captures) else {}


def _at_home(found: Iterable[ResourceId], system: System) -> Iterator[tuple[list[ResourceId], System]]:
    """By namespace, those that are there."""
    keys = list(found)
    for netns in ("", *namespaces(keys)):
        if not netns or system.namespaces.has(netns):
            own = [home(key) for key in keys if key.netns == netns]
            yield own, system.inside(netns) if netns else system


def _done_in(netns: str, operation: Operation) -> Operation:
    ours = operation.from_home(netns) if isinstance(operation, ReachesOut) else None
    return OperationInside(netns, operation) if ours is None else ours


def _place_of(operation: object) -> str:
    return operation.netns if isinstance(operation, OperationInside) else ""


@lru_cache(maxsize=8)
def _parts(scope: Scope) -> Mapping[str, Scope]:
    """What is asked of each namespace."""
    spaces = [*scope.of(ids.NETNS), *(key for key in scope.around if key.kind == ids.NETNS)]
    names = {*scope.inside, *namespaces(scope.around), *(key.name[0] for key in spaces)}
    if not names:
        return {"": scope}
    parts = {"": Scope(_of(scope.ids, ""), _of(scope.around, ""))}
    return parts | {name: Scope(_of(scope.ids, name), _of(scope.around, name)) for name in sorted(names)}


def _of(keys: frozenset[ResourceId], netns: str) -> frozenset[ResourceId]:
    return frozenset(home(key) for key in keys if key.netns == netns)


def _whole(place: System, part: Scope) -> Scope:
    """Something is about to happen to the namespace itself, so to every link in it."""
    return replace(part, around=part.around | {ids.link(name) for name in place.rtnl.names().values()})


def _views(target: Target, observed: State, netns: str) -> tuple[Target, State]:
    """Target and state of one namespace; those of all if there's only ours."""
    if not netns and not namespaces(target) and not namespaces(observed):
        return target, observed
    return target_of(target, netns), state_of(observed, netns)


def _with_shared(
    views: tuple[Target, State], kinds: frozenset[str], target: Target, observed: State
) -> tuple[Target, State]:
    wanted = {key: value for key, value in target.items() if key.kind in kinds and not key.netns}
    there = {key: value for key, value in observed.items() if key.kind in kinds and not key.netns}
    return ({**views[0], **wanted}, {**views[1], **there}) if wanted or there else views


def _by_namespace(
    changes: Mapping[ResourceId, Change],
) -> Iterator[tuple[str, Mapping[ResourceId, Change]]]:
    names = namespaces(changes)
    yield "", changes_of(changes, "") if names else changes
    for name in names:
        yield name, changes_of(changes, name)


def _own(changes: Iterable[Change], netns: str) -> list[Change]:
    found = (change for change in changes if change.id.netns == netns)
    return [inner_change(change) for change in found] if netns else list(found)


def _told_of(netns: str, found: Diagnostic) -> Diagnostic:
    if not netns:
        return found
    resource = f"{found.resource}@{netns}" if found.resource else ""
    path = found.where.path
    where = replace(found.where, path=("netns", netns, *path)) if path else found.where
    return replace(found, summary=f"netns {netns}: {found.summary}", resource=resource, where=where)
