"""An nftables table of ours as a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from netconf.core import ids
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.resource import Resource

FAMILY, TABLE = "inet", "netconf"


@dataclass(frozen=True, slots=True)
class Table(Resource):
    """An nftables table. Three fields say what it is, in the kernel's own words: `objects` (sets,
    helpers, chains, without their contents), `elements` of the sets that aren't filled by packets,
    `rules` as (chain, text). They are () of a table that wasn't shown to the kernel yet.

    `source` is nft text that makes it: compiled from the document, or with counters and dynamic set
    elements as it was read. `places` are the document paths of the named rules, `handles` the kernel's
    numbers of `rules`, one for each.
    """

    family: str
    name: str
    objects: tuple[str, ...] = ()
    elements: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    source: str = field(default="", compare=False)
    places: tuple[tuple[str, DocumentPath], ...] = field(default=(), compare=False)
    handles: tuple[int, ...] = field(default=(), compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.firewall(self.family, self.name)
