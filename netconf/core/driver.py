"""What a domain is to the rest of the program: a few functions over its own resources.

Pure: expand, lower, and the optional refine, check, side_effects. With effects: observe, apply.
Optional abilities are small Protocols of their own, found with isinstance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar, runtime_checkable

from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind
from netconf.core.operation import Operation
from netconf.core.resource import Resource, State, Target


@dataclass(frozen=True)
class Scope:
    """What a driver is asked to observe.

    A driver reports its own kinds: whatever the document could claim, and each of `ids`. For
    `around` (ids about to be replaced or taken down) it also reports foreign objects that would be
    lost with them, and for an id that isn't there yet whatever stands in its place. `claimed` are the
    kinds of which the document claims anything, None = all.
    """

    ids: frozenset[ResourceId] = frozenset()
    around: frozenset[ResourceId] = frozenset()
    claimed: frozenset[str] | None = None

    def concerns(self, kinds: Iterable[str]) -> bool:
        """Whether anything of these kinds can matter: something is about to happen to others, too."""
        if self.around or self.claimed is None:
            return True
        return any(kind in self.claimed or kind in self._by_kind for kind in kinds)

    def of(self, kind: str) -> Sequence[ResourceId]:
        """Those of `ids` that are of a kind, in any order."""
        return self._by_kind.get(kind, ())

    @property
    def kinds(self) -> AbstractSet[str]:
        """Those of `ids`."""
        return self._by_kind.keys()

    @cached_property
    def inside(self) -> frozenset[str]:
        """The namespaces other than ours that `ids` are in."""
        return frozenset({key.netns for key in self.ids} - {""})

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[ResourceId]]:
        found: dict[str, list[ResourceId]] = defaultdict(list)
        for key in self.ids:
            found[key.kind].append(key)
        return found


SpecT_contra = TypeVar("SpecT_contra", contravariant=True)
SystemT_contra = TypeVar("SystemT_contra", contravariant=True)
OperationT = TypeVar("OperationT", bound=Operation)


class Driver(Protocol[SpecT_contra, OperationT, SystemT_contra]):
    """A domain. `apply` does the operations in order and raises ApplyError at the first that
    fails, naming it; taking down what is already gone counts as done.
    """

    @property
    def kinds(self) -> Mapping[str, Kind]: ...

    def expand(self, spec: SpecT_contra) -> Desired: ...

    def lower(self, change: Change) -> Sequence[OperationT]: ...

    def observe(self, system: SystemT_contra, scope: Scope) -> Iterable[Resource]: ...

    def apply(self, operations: Sequence[OperationT], system: SystemT_contra) -> None: ...


AnyDriver = Driver[Any, Any, Any]


@runtime_checkable
class Refines(Protocol):
    """Completes the target from the whole picture (a route's device from the addresses): returns the
    entries that are to be other than given.
    """

    def refine(self, target: Target, observed: State) -> Target: ...


@runtime_checkable
class Checks(Protocol):
    """Finds what the kernel would refuse, or what would hurt, before anything is done."""

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]: ...


@runtime_checkable
class SideEffects(Protocol):
    """Names objects that changes of its kinds may disturb besides, so that the journal keeps their
    before-images too.
    """

    def side_effects(self, changes: Iterable[Change], observed: State) -> Iterable[ResourceId]: ...


@runtime_checkable
class Settles(Protocol):
    """Says of an observed resource what it still waits for ("" = settled), or raises VerifyError."""

    def unsettled(self, resource: Resource) -> str: ...


@runtime_checkable
class Patience(Protocol):
    """With Settles: some resources need longer than others, or fail sooner."""

    def patience(self, resource: Resource) -> float:
        """Seconds from the first look on that an unsettled resource is waited for."""
        ...


@runtime_checkable
class Concludes(Protocol):
    """Has something to do at the end of a transaction, when its operations are done and verified."""

    def conclude(self, changes: Mapping[ResourceId, Change], system: Any) -> None:
        """Make permanent what was verified. Whatever it raises undoes the transaction."""
        ...

    def tidy(self, ids: Iterable[ResourceId], system: Any) -> None:
        """After a rollback: the old state stays, what it needed is cleared away."""
        ...


@runtime_checkable
class Lapses(Protocol):
    """Can have the kernel itself go back to the old state when a trial is over, should nobody of us be
    left to do it. Operations done with a system whose `trial` isn't 0 are done so.
    """

    def prolong(self, ids: Iterable[ResourceId], seconds: float, system: Any) -> None:
        """The kernel goes back in so many seconds from now. Raises ApplyError."""
        ...

    def keep(self, ids: Iterable[ResourceId], system: Any) -> None:
        """It's to stay: the kernel doesn't go back any more. Once more does nothing. Raises ApplyError."""
        ...


@runtime_checkable
class Requires(Protocol):
    """Checks that this host can do what the changes need, by trying it where it harms nobody. The
    codes of findings say what they are: NC5 refused, NC6 not supported, others an invalid document.
    """

    def unsupported(self, changes: Mapping[ResourceId, Change], system: Any) -> Iterable[Diagnostic]: ...


@runtime_checkable
class SpansNamespaces(Protocol):
    """Completes what reaches from one namespace into another (the far end of a veth pair): from and
    to the desired state of each namespace by name, "" = ours. What is of a `shared` kind in ours is
    shown to the checks of every namespace.
    """

    @property
    def shared(self) -> frozenset[str]: ...

    def across(self, desired: Mapping[str, Desired]) -> Mapping[str, Desired]: ...

    def check_across(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        """What no namespace can see by itself; all of it by the ids of ours."""
        ...

    def side_effects_across(self, changes: Iterable[Change], observed: State) -> Iterable[ResourceId]: ...


@runtime_checkable
class Glances(Protocol):
    """Can tell in short what `observe` sees in the namespace the process is in: for what there is so much
    of that taking it apart is most of the work of a look.
    """

    def glance(self, wanted: State, system: Any) -> str | None:
        """What the last look of this run saw, `wanted` having been asked for; None if it can't be told so
        that `holds` could go by it.
        """
        ...

    def holds(self, glance: str, system: Any) -> bool:
        """Whether a look now would see the same, and everything else that the plan of its kinds goes
        by (files that the document names) is the same.
        """
        ...


@runtime_checkable
class Views(Protocol):
    """Looks at the system in another way: with links under the names they are to have."""

    def view(self, system: Any, target: Target) -> Any:
        """The system for everything that follows. Raises PlanError."""
        ...


@runtime_checkable
class Canonicalises(Protocol):
    """Asks the system what it would make of desired resources, by trying where it harms nobody."""

    def canonicalise(self, wanted: State, system: Any) -> Target:
        """The entries that are to be other than given; None = it shall not exist. Raises PlanError for
        what the system refuses.
        """
        ...


@runtime_checkable
class Captures(Protocol):
    """Writes observed resources as the document that would ask for them."""

    def capture(self, system: Any, observed: State) -> Mapping[str, Any]: ...
