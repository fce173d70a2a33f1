"""From the document to namespaces, and from their changes to operations. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.domains.netns.resource import Netns

if TYPE_CHECKING:
    from netconf.domains.netns.spec import Spec


@dataclass(frozen=True, slots=True)
class CreateNetns:
    name: str

    def describe(self) -> str:
        return f"create netns {self.name}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip netns add {shlex.quote(self.name)}",)


@dataclass(frozen=True, slots=True)
class DeleteNetns:
    name: str

    def describe(self) -> str:
        return f"delete netns {self.name}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip netns del {shlex.quote(self.name)}",)


NetnsOperation = CreateNetns | DeleteNetns


def expand(spec: Spec) -> Desired:
    present = [Netns(name) for name, entry in spec.netns.items() if entry.state == "present"]
    absent = [ids.netns(name) for name, entry in spec.netns.items() if entry.state == "absent"]
    return Desired(
        {found.id: found for found in present},
        frozenset(),
        frozenset(absent),
        {ids.netns(name): ("netns", name) for name in spec.netns},
    )


def lower(change: Change) -> list[NetnsOperation]:
    name = change.id.name[0]
    return [CreateNetns(name)] if change.after is not None else [DeleteNetns(name)]


def check(changes: Mapping[ResourceId, Change]) -> Iterator[Diagnostic]:
    """A namespace somebody lives in isn't deleted: it would live on without a name."""
    for key, change in sorted((k, c) for k, c in changes.items() if k.kind == ids.NETNS):
        if isinstance(change.before, Netns) and change.after is None and change.before.users:
            users = ", ".join(change.before.users[:10])
            yield error(
                "NC5601",
                f"netns {change.before.name} is in use",
                f"processes in it: {users}; they would keep it, without its name and without its links",
                "stop them first, or keep the namespace",
                resource=str(key),
            )
