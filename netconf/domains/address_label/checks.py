"""What the kernel would refuse, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.resource import State, Target
from netconf.domains.address_label.resource import Label


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Whether the links are there."""
    final = {**observed, **target}
    for key in changes:
        wanted = target.get(key)
        if isinstance(wanted, Label) and wanted.link and final.get(ids.link(wanted.link)) is None:
            yield error(
                "NC3320",
                f"address label of {wanted.prefix}: there is no link {wanted.link}",
                "it's neither on this host nor made by the document",
                "correct dev",
                resource=str(key),
            )
