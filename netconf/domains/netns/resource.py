"""A named network namespace, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.resource import Resource


@dataclass(frozen=True, slots=True)
class Netns(Resource):
    """A namespace under /run/netns. `users` are the processes in it, as observed."""

    name: str
    users: tuple[str, ...] = field(default=(), compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.netns(self.name)
