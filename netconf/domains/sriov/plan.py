"""From the document to virtual functions, and from their changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset
from netconf.core.resource import Resource
from netconf.domains.sriov.operation import SetCount, SetVf, SriovOperation
from netconf.domains.sriov.resource import UNKNOWN, Vf, Vfs

if TYPE_CHECKING:
    from netconf.domains.sriov.spec import Function, Spec

T = TypeVar("T")


def expand(spec: Spec) -> Desired:
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    for link, interface in spec.interfaces.items():
        wish = interface.sriov
        if wish is None:
            continue
        place = ("interfaces", link, "sriov")
        if wish.vfs is not None:
            count = Vfs(link, wish.vfs)
            resources[count.id], paths[count.id] = count, (*place, "vfs")
        for number, function in wish.vf.items():
            vf = _vf(link, int(number), function)
            resources[vf.id], paths[vf.id] = vf, (*place, "vf", number)
    return Desired(resources, paths=paths)


def _vf(link: str, number: int, wish: Function) -> Vf:
    """Priority and protocol are those of the tag: a new one has them anew."""
    tagged = wish.vlan is not None
    return Vf(
        link,
        number,
        _or_unset(wish.mac),
        _or_unset(wish.vlan),
        (wish.qos or 0) if tagged else UNSET,
        (wish.vlan_protocol or "802.1q") if tagged else UNSET,
        _or_unset(wish.spoofcheck),
        _or_unset(wish.trust),
        _or_unset(wish.link_state),
        _or_unset(wish.min_tx_rate),
        _or_unset(wish.max_tx_rate),
    )


def _or_unset(value: T | None) -> T | Unset:
    return UNSET if value is None else value


def lower(change: Change) -> list[SriovOperation]:
    """Of a number that is changed by way of 0, the first half is that. VFs go with their number."""
    before, after = change.before, change.after
    if isinstance(after, Vfs):
        return [SetCount(after.link, after.count)]
    if isinstance(before, Vfs):
        return [SetCount(before.link, 0)]
    if isinstance(after, Vf):
        changed = _changed(before if isinstance(before, Vf) else Vf(after.link, after.number), after)
        return [SetVf(changed)] if changed != Vf(after.link, after.number) else []
    return []


def _changed(before: Vf, after: Vf) -> Vf:
    """What differs and can be written, with what goes along."""
    names = set(_differing(before, after))
    if names & _TAG:
        names |= _TAG
    if names & _RATES:
        names |= _RATES
    kept = {name: getattr(after, name) for name in names}
    return replace(Vf(after.link, after.number), **kept)


_TAG = {"vlan", "qos", "vlan_protocol"}
_RATES = {"min_tx_rate", "max_tx_rate"}
_FIELDS = ("mac", *sorted(_TAG), "spoofcheck", "trust", "link_state", *sorted(_RATES))


def _differing(before: Vf, after: Vf) -> Iterator[str]:
    for name in _FIELDS:
        value = getattr(after, name)
        if value not in (UNSET, UNKNOWN, "", getattr(before, name)):
            yield name
