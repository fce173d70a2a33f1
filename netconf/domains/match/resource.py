"""The name of a link that's found by something else than its name, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset
from netconf.core.resource import Resource

Criteria = tuple[tuple[str, str], ...]
"""What a document says of a link: pairs of a word of `match` and its value."""


@dataclass(frozen=True, slots=True)
class Name(Resource):
    """`link` is the name in the document, `kernel` the one the kernel has. `ifindex` says which link
    it is; of a desired one the criteria do. `live` is whether it can be renamed as it is.
    """

    link: str
    kernel: str | Unset = UNSET
    ifindex: int | Unset = field(default=UNSET, compare=False)
    criteria: Criteria = field(default=(), compare=False, metadata=TRANSIENT)
    live: bool = field(default=True, compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.name(self.link)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.link)})

    def can_become(self, other: Name) -> bool:
        """Before Linux 6.2 a link has to be down for it."""
        return self.live
