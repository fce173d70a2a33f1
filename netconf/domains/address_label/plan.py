"""From the document to address labels, and from their changes to operations. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource
from netconf.domains.address_label.operation import DeleteLabel, LabelOperation, WriteLabel
from netconf.domains.address_label.resource import USUAL, Label

if TYPE_CHECKING:
    from netconf.domains.address_label.spec import Spec


def expand(spec: Spec) -> Desired:
    """The labels; the list is the whole set beside the usual ones, which are there too."""
    if spec.address_labels is None:
        return Desired()
    usual = [Label(prefix, label) for prefix, label in USUAL.items()]
    resources: dict[ResourceId, Resource] = {one.id: one for one in usual}
    paths: dict[ResourceId, DocumentPath] = {one.id: ("address_labels",) for one in usual}
    for number, entry in enumerate(spec.address_labels):
        one = Label(entry.prefix, entry.label, entry.dev or "")
        resources[one.id] = one
        paths[one.id] = ("address_labels", number)
    return Desired(resources, frozenset({Claim(ids.ADDRESS_LABEL)}), frozenset(), paths)


def lower(change: Change) -> list[LabelOperation]:
    before = change.before if isinstance(change.before, Label) else None
    if isinstance(change.after, Label):
        return [WriteLabel(change.after, before)]
    return [DeleteLabel(before)] if before else []
