"""What the kernel would refuse, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.resource import State, Target
from netconf.domains.mptcp.resource import Endpoint


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Whether the links are there, and the addresses that are listened on."""
    final = {**observed, **target}
    local: frozenset[ResourceId] | None = None
    for key in changes:
        one = target.get(key)
        if not isinstance(one, Endpoint):
            continue
        if one.link and final.get(ids.link(one.link)) is None:
            yield error(
                "NC3420",
                f"MPTCP endpoint {one.address}: there is no link {one.link}",
                "it's neither on this host nor made by the document",
                "correct dev",
                resource=str(key),
            )
        if one.port:
            if local is None:
                local = frozenset(given for found in final.values() if found for given in found.provides)
            if ids.local(one.address) not in local:
                yield error(
                    "NC3421",
                    f"MPTCP endpoint {one.address} port {one.port}: no link has this address",
                    "the kernel listens on it",
                    "give it to an interface, or remove port",
                    resource=str(key),
                )
