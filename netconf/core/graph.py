"""The order of a plan's steps: what waits for what, and the waves that follow from it. Pure and deterministic.

Edges come from what resources require, follow and occupy. New objects that need and follow the same are
one node: ten thousand addresses are a thousand nodes, and whoever waits for one of a link's waits for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat

from netconf.core import ids
from netconf.core.cascade import gained, lost
from netconf.core.change import Action, Change
from netconf.core.cycle import CycleError, find, leaving
from netconf.core.ids import IPV4, LOCAL, NAME, ResourceId
from netconf.core.queue import Gate, Node, Queue
from netconf.core.resource import NO_KEYS, NOTHING, Resource
from netconf.core.step import Phase, Step
from netconf.core.turns import turns

_step: Callable[[tuple[Phase, ResourceId]], Step] = partial(tuple.__new__, Step)
"""Step._make, in half the time."""


class Graph:
    """Steps and edges of a set of changes."""

    def __init__(self, changes: Mapping[ResourceId, Change], gone: frozenset[ResourceId]) -> None:
        keys = sorted(changes)
        self._count = len(keys)
        self._keys = keys * 2
        self._changes = [changes[key] for key in keys] * 2
        """By node: both steps are of one change."""
        self._gone = gone
        self._up: dict[ResourceId, list[Node]] = {}
        self._kept: dict[ResourceId, list[Node]] = {}
        self._down: dict[ResourceId, list[Node]] = {}
        self._taken: set[str] = set()
        self._occupied: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        """The keys that a change's object held before and holds after."""
        self._held: set[str] = set()
        """All that are held before: other keys needn't be noted of what's new."""
        self._groups: dict[tuple[str, frozenset[ResourceId], frozenset[ResourceId]], list[Node]] = {}
        """New objects of a kind that require and follow the same: the first is the node of all."""
        self._needs: list[tuple[Node, frozenset[ResourceId], frozenset[ResourceId]]] = []
        """What each node of new objects requires and follows."""
        self._led: dict[Node, list[Node]] = {}
        self._placed: dict[Node, Node] = {}
        """Where another takes a node's turn: within a group they go by their places."""
        self._edges: dict[Node, set[Node]] = {}
        """For each step, the steps that must be done before it."""
        self._gates: dict[Node, list[Gate]] = defaultdict(list)
        """And those that others wait for, too."""
        self._required: dict[frozenset[ResourceId], Gate] = {}
        self._preceding: dict[frozenset[ResourceId], Gate] = {}
        self._asked: set[ResourceId] = set()
        """What anybody waits for: of what new objects provide the rest needn't be noted."""
        numbers = zip(range(self._count), self._changes, strict=False)
        self._there = [number for number, change in numbers if change.before is not None]
        for number in self._there:
            self._add_steps(number)
        self._add_new()
        self._add_gates()
        for number in self._there:
            self._add_edges(number)
        self._add_occupancy()
        self._arrange()

    def _steps(self, nodes: Sequence[Node]) -> tuple[Step, ...]:
        """Of nodes of one phase."""
        phase = Phase.UP if nodes[0] >= self._count else Phase.DOWN
        taken = map(self._placed.get, nodes, nodes)
        return tuple(map(_step, zip(repeat(phase), map(self._keys.__getitem__, taken))))

    def _add_new(self) -> None:
        """The steps of what is created: of what is alike the first is asked, for a new host may have ten thousands
        of them.
        """
        known: dict[tuple[str, Hashable], list[Node]] = {}
        asked: list[tuple[Node, Node]] = []
        count, varied = self._count, bool(self._held)
        for up, key, change in zip(range(count, 2 * count), self._keys, self._changes, strict=False):
            new = change.after
            if new is None or change.before is not None:
                continue
            alike = None if varied else new.alike
            like = (key[0], alike)
            group = None if alike is None else known.get(like)
            if group is not None:
                group.append(up)
                continue
            group = self._group_of(up, new)
            asked.append((group[0], up))
            if alike is not None:
                known[like] = group
        self._offer(asked, frozenset({LOCAL, *(kind for kind, _ in known)}))

    def _group_of(self, up: Node, new: Resource) -> list[Node]:
        """Those that a new object is of, in whose node it is; alone if it occupies anything."""
        needs, follows = new.requires, new.after
        occupied = new.occupies | (new.excludes & self._held if self._held else NO_KEYS)
        if occupied:
            self._occupied[up - self._count] = (NO_KEYS, occupied)
            group = [up]
        else:
            group = self._groups.setdefault((self._keys[up].kind, needs, follows), [])
            group.append(up)
        if group[0] == up:
            self._edges[up] = set()
            self._needs.append((up, needs, follows))
            self._asked.update(needs, follows)
        return group

    def _offer(self, asked: Iterable[tuple[Node, Node]], own: frozenset[str]) -> None:
        """Note what new objects provide of what anybody waits for. Those that are alike differ in nothing but what
        is of these kinds.
        """
        self._asked.update(self._down)
        wanted = self._asked
        if not own.isdisjoint({key.kind for key in wanted}):
            led = {node: group[0] for group in self._groups.values() for node in group}
            ups = range(self._count, 2 * self._count)
            asked = [(led.get(up, up), up) for up in ups if self._changes[up].before is None]
        for node, up in asked:
            change = self._changes[up]
            provided = NOTHING if change.after is None else change.after.provides
            if not wanted.isdisjoint(provided):
                _note(self._up, provided & wanted, node)
            if change.id in wanted:
                _note(self._up, (change.id,), node)

    def _add_steps(self, number: int) -> None:
        change = self._changes[number]
        action = change.action
        down, up = number, number + self._count
        held = _occupied(change.before), _occupied(change.after)
        if held[0] or held[1]:
            self._occupied[number] = held
            self._held.update(held[0])
        for side in (change.before, change.after):
            if side is not None:
                self._asked.update(side.requires, side.after)
        if change.after is not None:
            self._edges[up] = {down} if action is Action.REPLACE else set()
            _note(self._up, gained(change), up)
        if action in (Action.DELETE, Action.REPLACE):
            self._edges[down] = set()
        if change.before is not None:
            if change.after is not None:
                _note(self._kept, change.after.provides - gained(change), up)
            _note(self._down, lost(change), up if action is Action.UPDATE else down)

    def _arrange(self) -> None:
        for group in self._groups.values():
            if len(group) > 1:
                self._led[group[0]] = group
                self._placed.update(turns(group, self._changes))

    def _add_edges(self, number: int) -> None:
        """Those of what is there."""
        change = self._changes[number]
        if change.after is not None and number + self._count in self._edges:
            self._add_edges_up(number, change.after)
        if change.before is not None:
            self._add_edges_down(number, change.before)

    def _add_edges_up(self, number: int, after: Resource) -> None:
        up = number + self._count
        for needed in self._binding(after):
            self._need(up, self._up.get(needed, ()))
            if needed.kind == IPV4:
                # The kernel takes it without, but would drop it with the last that goes.
                self._need(up, self._down.get(needed, ()))
        for earlier in after.after:
            self._add_order(number, after, earlier)

    def _add_gates(self) -> None:
        """The same for what's new, which is never taken down."""
        required, preceding = self._required, self._preceding
        for up, needed, earlier in self._needs:
            first, second = required.get(needed), preceding.get(earlier)
            if first is None:
                first = required[needed] = self._needed(needed)
            if second is None:
                second = preceding[earlier] = self._written(earlier)
            for gate in (first, second):
                if up in gate:
                    self._need(up, gate)
                elif gate:
                    self._gates[up].append(gate)

    def _needed(self, keys: frozenset[ResourceId]) -> Gate:
        nodes: list[Node] = []
        for key in keys:
            is_ipv4 = key.kind == IPV4
            if not is_ipv4 or key in self._gone:
                nodes += self._up.get(key, ())
                nodes += self._down.get(key, ()) if is_ipv4 else ()
        return frozenset(nodes)

    def _written(self, keys: frozenset[ResourceId]) -> Gate:
        nodes: list[Node] = []
        for key in keys:
            nodes += self._up.get(key, ())
            nodes += self._kept.get(key, ())
        return frozenset(nodes)

    def _add_order(self, number: int, after: Resource, earlier: ResourceId) -> None:
        """After everything that writes it, whether it's new or not."""
        writers = [*self._up.get(earlier, ()), *self._kept.get(earlier, ())]
        self._need(number + self._count, writers)
        change = self._changes[number]
        stood_on = change.before is not None and earlier in change.before.requires
        grounded = change.before is None or self._gone.isdisjoint(change.before.requires)
        if number not in self._edges or change.split or stood_on or not grounded:
            return
        if after.stacked:
            self._take_down_first(number, writers)
        else:
            # Away no longer than it must be: addresses that move do so one by one.
            self._need(number, writers)

    def _take_down_first(self, number: int, below: Iterable[Node]) -> None:
        """Only before what is itself taken down: what's new needn't wait, make before break."""
        kind = self._changes[number].id.kind
        for writer in below:
            other = writer % self._count
            if other in self._edges and self._changes[other].id.kind == kind:
                self._need(other, (number,))

    def _add_edges_down(self, number: int, before: Resource) -> None:
        change = self._changes[number]
        still = change.after.requires if change.after is not None else frozenset()
        for needed in self._binding(before):
            for remover in self._down.get(needed, ()):
                if number in self._edges:
                    self._need(remover, (number,))
                elif needed not in still:
                    self._need(remover, (number + self._count,))

    def _binding(self, resource: Resource) -> Iterable[ResourceId]:
        """What it requires. Of a link's addresses one is enough: so long as there is one, the others
        may come and go.
        """
        return [key for key in resource.requires if key.kind != IPV4 or key in self._gone]

    def _need(self, node: Node, earlier: Iterable[Node]) -> None:
        wanted, own = self._edges[node], node % self._count
        for other in earlier:
            if other % self._count != own:
                wanted.add(other)

    def _add_occupancy(self) -> None:
        """Who takes a key waits for who gives it up."""
        leaves: dict[str, list[Node]] = defaultdict(list)
        for number, (before, after) in self._occupied.items():
            for key in before - after:
                is_update = self._changes[number].action is Action.UPDATE
                leaves[key].append(number + self._count if is_update else number)
        for number, (before, after) in self._occupied.items():
            for key in after - before:
                self._taken.add(key)
                self._need(number + self._count, leaves.get(key, ()))

    def keep_without_gap(self) -> frozenset[ResourceId]:
        """Make the new provider of a local address before the old one goes. Returns the
        capabilities for which other edges force the opposite.
        """
        gaps = set()
        followers = self._followers() if any(key.kind == IPV4 for key in self._down) else {}
        for capability, removers in sorted(self._down.items()):
            if capability.kind == IPV4 and self._is_late(capability, removers, followers):
                gaps.add(capability)
            if capability.kind != LOCAL:
                continue
            for remover in sorted(removers):
                for maker in sorted(self._up.get(capability, ())):
                    if maker % self._count == remover % self._count:
                        continue
                    if self._reaches(maker, remover):
                        gaps.add(capability)
                    else:
                        self._edges[remover].add(maker)
        return frozenset(gaps)

    def _is_late(
        self, capability: ResourceId, removers: Iterable[Node], followers: Mapping[Node, Iterable[Node]]
    ) -> bool:
        """Whether all that newly provide the capability wait for one that loses it."""
        makers = {node for node in self._up.get(capability, ()) if self._changes[node].before is None}
        if not makers:
            return False
        stack, late = list(removers), set(removers)
        while stack:
            new = [node for node in followers.get(stack.pop(), ()) if node not in late]
            late.update(new)
            stack += new
        return makers <= late

    def _reaches(self, node: Node, earlier: Node) -> bool:
        """Whether `earlier` is among what `node` waits for, directly or not."""
        seen: set[Node] = set()
        stack = [node]
        while stack:
            for other in self._earlier(stack.pop()):
                if other == earlier:
                    return True
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return False

    def implied(self) -> frozenset[Step]:
        """Steps DOWN of objects that the kernel drops together with something they require."""
        return frozenset(
            Step(Phase.DOWN, change.id)
            for number, change in [(number, self._changes[number]) for number in self._there]
            if number in self._edges and self._is_implied(change)
        )

    def _is_implied(self, change: Change) -> bool:
        """Not if somebody waits for the key it occupies, nor for a replacement that could come up
        before the kernel dropped the old object. The loss of a source address drops nothing
        reliably either: IPv6 keeps such routes, without the address. With a namespace all goes;
        a name is no object of the kernel's.
        """
        if change.before is None:
            return False
        if change.id.netns and ids.netns(change.id.netns) in self._down:
            return True
        if change.before.occupies or change.before.excludes & self._taken:
            return False
        needs = change.before.requires
        if change.after is not None:
            needs &= change.after.requires
        return any(
            remover < self._count or change.after is None
            for needed in needs
            if needed.kind not in (LOCAL, IPV4, NAME) and (change.split or not change.before.lessened(needed))
            for remover in self._down.get(needed, ())
        )

    def _earlier(self, node: Node) -> Iterable[Node]:
        return self._edges.get(node, set()).union(*self._gates.get(node, ()))

    def _followers(self) -> Mapping[Node, list[Node]]:
        """For each step those that wait for it."""
        found: dict[Node, list[Node]] = defaultdict(list)
        for node in self._edges:
            for other in self._earlier(node):
                found[other].append(node)
        return found

    def waves(self, *, tenacious: bool = False) -> Iterator[tuple[Step, ...]]:
        """Layers of the graph; of the steps that are ready, those UP go first. Sorted, so the order
        of the input doesn't matter. Raises CycleError for steps that wait for each other; tenacious, it lets one of
        them go first.
        """
        queue, led = Queue(self._edges, self._gates), self._led
        ready = queue.begin()
        done = 0
        while done < len(self._edges):
            if not ready:
                cycle = find(queue.waiting, self._earlier)
                if not tenacious:
                    raise self._refusal(cycle, queue.waiting)
                ready = queue.release(cycle[0])
            ups = [node for node in ready if node >= self._count]
            turn = ups or ready
            ready = [node for node in ready if node < self._count] if ups else []
            done += len(turn)
            yield self._steps(sorted([member for node in turn for member in led.get(node, (node,))]))
            ready += queue.done(turn)

    def _refusal(self, cycle: list[Node], waiting: Mapping[Node, int]) -> CycleError:
        found = (leaving(remover, waiting, self._edges, self._changes) for remover in cycle)
        updates = next((updates for updates in found if updates), frozenset[ResourceId]())
        return CycleError([self._steps([node])[0].id for node in cycle], updates)


def _note(where: dict[ResourceId, list[Node]], keys: Iterable[ResourceId], node: Node) -> None:
    for key in keys:
        nodes = where.get(key)
        if nodes is None:
            where[key] = [node]
        elif nodes[-1] != node:
            nodes.append(node)


def _occupied(resource: Resource | None) -> frozenset[str]:
    return NO_KEYS if resource is None else resource.occupies | resource.excludes
