"""What is wrong or doubtful about addresses, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.core.ids import ResourceId
from netconf.core.resource import State, Target
from netconf.domains.address.resource import Address


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Findings about new addresses: a link that isn't there, one address on two links."""
    new = [c.after for c in changes.values() if isinstance(c.after, Address) and c.action is Action.CREATE]
    if not new:
        return
    holders: dict[str, list[str]] = {}
    final = {**observed, **target}
    for resource in final.values():
        if isinstance(resource, Address):
            holders.setdefault(resource.ip, []).append(resource.link)
    for address in new:
        if final.get(ids.link(address.link)) is None:
            yield error(
                "NC2220",
                f"{address.text}: there is no link {address.link}",
                "it's neither on this host nor made by the document",
                "correct the name",
                resource=str(address.id),
            )
        others = sorted(set(holders[address.ip]) - {address.link})
        if others:
            yield warning(
                "NC2221",
                f"{address.ip} is on {address.link} and on {', '.join(others)}",
                "replies may leave by the wrong one",
                "keep it on one link",
                resource=str(address.id),
            )
