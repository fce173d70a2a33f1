"""What the documents ask for, as flat resources, and the target it means for one observed state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.kind import Release
from netconf.core.resource import Resource, State


@dataclass(frozen=True, slots=True)
class Claim:
    """A section of the document that is the whole list of something: every observed resource of
    `kind` whose name starts with `prefix` is to go unless the document names it (or it's foreign).
    """

    kind: str
    prefix: tuple[str, ...] = ()
    netns: str = ""

    def covers(self, key: ResourceId) -> bool:
        return (
            key.kind == self.kind and key.netns == self.netns and key.name[: len(self.prefix)] == self.prefix
        )


@dataclass(frozen=True, slots=True)
class Desired:
    """The resources the document names, what it claims, what it wants absent, and the document
    path each of them comes from.
    """

    resources: Mapping[ResourceId, Resource] = field(default_factory=dict)
    claims: frozenset[Claim] = frozenset()
    absent: frozenset[ResourceId] = frozenset()
    paths: Mapping[ResourceId, DocumentPath] = field(default_factory=dict)

    @staticmethod
    def merge(parts: Iterable[Desired]) -> Desired:
        """One desired state from those of the domains, which name disjoint kinds."""
        resources: dict[ResourceId, Resource] = {}
        paths: dict[ResourceId, DocumentPath] = {}
        claims: frozenset[Claim] = frozenset()
        absent: frozenset[ResourceId] = frozenset()
        for part in parts:
            resources.update(part.resources)
            paths.update(part.paths)
            claims |= part.claims
            absent |= part.absent
        return Desired(resources, claims, absent, paths)


Ledger = Mapping[ResourceId, Resource | None]
"""What the last committed generation manages: each object as it was before netconf first touched
it, None for what netconf made."""


def compile_target(
    desired: Desired, observed: State, ledger: Ledger, release: Mapping[str, Release]
) -> dict[ResourceId, Resource | None]:
    """What to reconcile toward: the document, what it claims, and what it no longer names."""
    target: dict[ResourceId, Resource | None] = dict(desired.resources)
    for key in desired.absent:
        target.setdefault(key, None)
    _claim(target, desired.claims, observed)
    released = [key for key in ledger if key not in target and key in observed]
    for key in released:
        _release(target, key, ledger[key], release[key.kind])
    if released:
        _leave_to_go(target, released)
    return target


def _claim(target: dict[ResourceId, Resource | None], claims: frozenset[Claim], observed: State) -> None:
    kinds = {claim.kind for claim in claims}
    depths = {len(claim.prefix) for claim in claims}
    for key, have in observed.items():
        if key.kind not in kinds or key in target or have.foreign:
            continue
        if any(Claim(key.kind, key.name[:depth], key.netns) in claims for depth in depths):
            target[key] = None


def _release(
    target: dict[ResourceId, Resource | None],
    key: ResourceId,
    before: Resource | None,
    release: Release,
) -> None:
    made = before is None
    if (
        release is Release.UNDO
        or (release is Release.RESTORE and not made)
        or (release is Release.REMOVE and made)
    ):
        target[key] = before


def _leave_to_go(target: dict[ResourceId, Resource | None], released: Iterable[ResourceId]) -> None:
    """What goes with something else isn't put back first: the sysctls of a link that's removed."""
    gone = {key for key, want in target.items() if want is None}
    for key in released:
        image = target.get(key)
        if image is not None and not image.requires.isdisjoint(gone):
            del target[key]


def next_ledger(desired: Desired, before: State, ledger: Ledger) -> dict[ResourceId, Resource | None]:
    """The ledger to commit with `desired`: first-touch images are kept as long as we manage."""
    found: dict[ResourceId, Resource | None] = dict.fromkeys(desired.resources)
    for state in (before, ledger):
        found.update({key: state[key] for key in state.keys() & found.keys()})
    return found
