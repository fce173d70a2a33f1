"""What can't be done with virtual functions, or would hurt, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource, State, Target
from netconf.domains.sriov.resource import UNKNOWN, Vf, Vfs


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about virtual functions among the changes."""
    for key, change in sorted(changes.items()):
        if isinstance(change.after, Vfs) and key in target:
            yield from _check_count(change.before, change.after, observed)
        elif isinstance(change.after, Vf) and key in target:
            yield from _check_place(change.after, target, observed)


def _check_count(before: Resource | None, after: Vfs, observed: State) -> Iterator[Diagnostic]:
    if not isinstance(before, Vfs):
        yield from _incapable(after, observed)
        return
    if before.total and after.count > before.total:
        yield error(
            "NC3606",
            f"{after.link} can't have {after.count} virtual functions",
            f"the NIC has {before.total} at the most (sriov_totalvfs)",
            f"write vfs: {before.total} or less",
            resource=str(after.id),
        )
    if before.users:
        yield error(
            "NC5108",
            f"the virtual functions of {after.link} are in use",
            f"{', '.join(before.users[:10])}; another number is reached by way of 0, which takes them away",
            "give them back first, or keep the number",
            resource=str(after.id),
        )


def _incapable(wish: Vf | Vfs, observed: State) -> Iterator[Diagnostic]:
    if ids.link(wish.link) in observed:
        yield error(
            "NC3607",
            f"{wish.link} has no virtual functions",
            "it's no NIC with SR-IOV, or its driver or firmware has that switched off; or /sys shows "
            "another network namespace",
            "remove sriov, or name another link",
            resource=str(wish.id),
        )


def _check_place(wish: Vf, target: Target, observed: State) -> Iterator[Diagnostic]:
    key = ids.vfs(wish.link)
    count = target[key] if key in target else observed.get(key)
    if not isinstance(count, Vfs):
        yield from _incapable(wish, observed)
    elif wish.number >= count.count:
        yield error(
            "NC3608",
            f"{wish.link} has no VF {wish.number}",
            f"it has {count.count}, numbered from 0",
            f"write vfs: {wish.number + 1} or more",
            resource=str(wish.id),
        )


FIELDS = ("spoofcheck", "trust", "link_state")


def unsupported(changes: Mapping[ResourceId, Change]) -> Iterator[Diagnostic]:
    """Settings of functions that are there, which the driver doesn't have."""
    for key, change in sorted(changes.items()):
        before, after = change.before, change.after
        if not isinstance(before, Vf) or not isinstance(after, Vf):
            continue
        for name in FIELDS:
            if getattr(before, name) == UNKNOWN != getattr(after, name):
                yield error(
                    "NC6910",
                    f"{name} of VF {after.number} of {after.link} can't be set",
                    "the driver of the NIC doesn't have it",
                    f"remove {name}; nothing was changed",
                    resource=str(key),
                )
