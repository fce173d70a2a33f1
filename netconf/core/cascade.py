"""What else has to change when something is taken away: the closure of a diff.

Replacing or removing an object takes with it whatever requires it, unmanaged objects included.
The closure turns each such loss into an explicit change, so that plan, journal and rollback see
it: an object that can come back is taken down and put up again, one that can't is a deletion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from operator import attrgetter

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.ids import ResourceId
from netconf.core.overlay import overlay
from netconf.core.resource import NOTHING, State, Target


def lost(change: Change) -> frozenset[ResourceId]:
    """The id and capabilities that aren't there for a while, or ever after, once this is done."""
    if change.before is None:
        return NOTHING
    if change.action is Action.UPDATE and change.after is not None:
        return change.before.provides - change.after.provides
    return change.before.provides | {change.id}


def gained(change: Change) -> frozenset[ResourceId]:
    """The id and capabilities that are there once this is done; ids also when only updated."""
    if change.after is None:
        return frozenset()
    if change.action is Action.UPDATE and change.before is not None:
        return (change.after.provides - change.before.provides) | {change.id}
    return change.after.provides | {change.id}


class Closure:
    """Closes `changes` over what requires what they lose. `broken` are capabilities that can't
    be kept without a gap although a new provider comes (found while ordering the plan).
    """

    def __init__(
        self,
        changes: dict[ResourceId, Change],
        target: Target,
        observed: State,
        broken: frozenset[ResourceId],
    ) -> None:
        self.changes = changes
        self._target = target
        self._observed = observed
        self._broken = broken
        self._children: dict[ResourceId, list[ResourceId]] = defaultdict(list)
        self._providers: dict[ResourceId, list[ResourceId]] = defaultdict(list)
        self._gained: set[ResourceId] = set()
        self._created: set[ResourceId] = set()
        self._losses: dict[ResourceId, tuple[Change, frozenset[ResourceId]]] = {}
        self.gone: set[ResourceId] = set()
        """Capabilities that nobody provides for a while, known once it's closed."""

    def close(self) -> dict[ResourceId, Change]:
        losing = (c for c in self.changes.values() if c.before is not None and self._lost(c))
        queue = sorted(losing, key=attrgetter("id"))
        if queue:
            self._index()
        while queue:
            parent = queue.pop()
            for capability in sorted(self._lost(parent)):
                if self._stays(capability, parent):
                    continue
                self.gone.add(capability)
                for child in sorted(self._children.get(capability, ())):
                    changed = self._affect(child, capability, parent)
                    if changed is not None:
                        self.changes[child] = changed
                        self._note(changed)
                        queue.append(changed)
        return self.changes

    def _index(self) -> None:
        for key, resource in self._observed.items():
            for needed in resource.requires:
                self._children[needed].append(key)
            for capability in resource.provides:
                self._providers[capability].append(key)
        for change in self.changes.values():
            self._note(change)

    def _note(self, change: Change) -> None:
        self._gained |= gained(change)
        if change.after is None:
            self._gained.discard(change.id)
        if change.before is None:
            self._created |= gained(change)

    def _lost(self, change: Change) -> frozenset[ResourceId]:
        """lost(), once for each change: it's asked for every capability, and a port can have 4094 VLANs."""
        known = self._losses.get(change.id)
        if known is None or known[0] is not change:
            known = self._losses[change.id] = (change, lost(change))
        return known[1]

    def _stays(self, capability: ResourceId, parent: Change) -> bool:
        """Whether somebody provides the capability throughout."""
        if capability == parent.id:
            return False
        for provider in self._providers[capability]:
            change = self.changes.get(provider)
            if change is None or capability not in self._lost(change):
                return True
        return capability in self._created and capability not in self._broken

    def _affect(self, child: ResourceId, capability: ResourceId, parent: Change) -> Change | None:
        """The change of `child` now that `capability` goes; None = what's planned is right."""
        have = self._observed[child]
        planned = self.changes.get(child)
        if child not in self._target and capability not in self._gained:
            return self._lessen(child, capability, parent)
        if planned is not None:
            if planned.action is not Action.UPDATE or planned.after is None:
                return None
            if capability not in planned.after.requires:
                return None
            return Change(child, planned.before, planned.after, parent.id, split=True)
        want = self._target.get(child)
        if want is not None:
            return Change(child, have, overlay(want, have), parent.id, split=True)
        return Change(child, have, have, parent.id, split=True)

    def _lessen(self, child: ResourceId, capability: ResourceId, parent: Change) -> Change | None:
        """The change of what nobody asked for when `capability` goes for good."""
        have, planned = self._observed[child], self.changes.get(child)
        rest = have if planned is None else planned.after
        if rest is None or capability not in rest.requires:
            return None
        left = rest.lessened(capability)
        if left == rest:
            return None
        again = planned is not None and planned.split
        return Change(child, have, left, parent.id, split=again)


def at_risk(changes: Mapping[ResourceId, Change], observed: State) -> frozenset[ResourceId]:
    """Every observed object that hangs, directly or not, on something the changes take away for a
    while. The plan may keep it without a gap, but the way back, from halfway, may not be able to:
    its image belongs into the journal. So does what the kernel would drop with a link's first IPv4 address,
    though it had been there without.
    """
    gone = [
        *_given(changes, observed),
        *(cap for change in changes.values() if change.before is not None for cap in lost(change)),
    ]
    if not gone:
        return frozenset()
    children: dict[ResourceId, list[ResourceId]] = defaultdict(list)
    for key, resource in observed.items():
        for needed in resource.requires:
            children[needed].append(key)
    found: set[ResourceId] = set()
    while gone:
        for child in children.pop(gone.pop(), ()):
            if child not in found:
                found.add(child)
                gone += [child, *observed[child].provides]
    return frozenset(found)


def exposed(changes: Mapping[ResourceId, Change], observed: State) -> frozenset[ResourceId]:
    """The ids around which unmanaged objects could be lost, now or on the way back: what's taken down, for a while
    or for good, or loses a capability, and what gives a link its first IPv4 address.
    """
    given = set(_given(changes, observed).values())
    losing = (key for key, change in changes.items() if change.before is not None and lost(change))
    return frozenset([*given, *losing])


def _given(changes: Mapping[ResourceId, Change], observed: State) -> dict[ResourceId, ResourceId]:
    """The links that are there and get IPv4 (the capability), each with one of the addresses that give it; nothing
    else does.
    """
    there = {(key.name[0], key.netns) for key in observed if key.kind == ids.LINK}
    found: dict[ResourceId, ResourceId] = {}
    for key, change in changes.items():
        if key.kind == ids.ADDRESS and change.before is None and (key.name[0], key.netns) in there:
            gained = () if change.after is None else change.after.provides
            found.update((capability, key) for capability in gained if capability.kind == ids.IPV4)
    if found:
        for resource in observed.values():
            for capability in resource.provides & found.keys():
                del found[capability]
    return found
