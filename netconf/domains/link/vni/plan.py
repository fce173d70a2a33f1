"""From the document to the VNIs of vxlans, and from their changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from netconf.core.change import Change
from netconf.domains.link.vni.operation import SetVnis
from netconf.domains.link.vni.resource import Range, Vnis, difference, words

if TYPE_CHECKING:
    from netconf.domains.link.spec.vnis import VniEntry


def expand(name: str, entries: Iterable[VniEntry]) -> Vnis:
    return Vnis(name, words(Range(*one.bounds, one.remote or "") for one in entries))


def lower(change: Change) -> list[SetVnis]:
    """Those of a link that goes, or filters no more, go with that."""
    before, after = change.before, change.after
    if not isinstance(after, Vnis):
        return [] if not isinstance(before, Vnis) else _set(before, Vnis(before.name))
    return _set(before if isinstance(before, Vnis) else None, after)


def _set(before: Vnis | None, after: Vnis) -> list[SetVnis]:
    remove, add = difference(before, after)
    return [SetVnis(after.name, remove, add)] if remove or add else []
