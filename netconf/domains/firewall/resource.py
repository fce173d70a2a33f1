"""An nftables table of ours as a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from netconf.core import ids
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.image import PRIVATE, TRANSIENT
from netconf.core.resource import Resource
from netconf.domains.firewall.script import Origin

FAMILY, TABLE = "inet", "netconf"


class FileSet(NamedTuple):
    """A set with members in a file besides: its name, what it holds, where, and its other members."""

    name: str
    type: str
    file: str
    networks: tuple[str, ...]


class Need(NamedTuple):
    """A sysctl without which a rule doesn't do what it says."""

    path: tuple[str, ...]
    value: str
    why: str


class Packed(NamedTuple):
    """The value of a field of another resource, in plain tuples."""

    value: Any


@dataclass(frozen=True, slots=True)
class Table(Resource):
    """An nftables table. Three fields say what it is, in the kernel's own words: `objects` (sets,
    helpers, chains, without their contents), `elements` of the sets that aren't filled by packets,
    `rules` as (chain, text). They are () of a table that wasn't shown to the kernel yet.

    `source` is nft text that makes it: compiled from the document, or with counters and dynamic set
    elements as it was read. `origins` say where its lines come from, `files` what's still to be put
    into it; `places` are the document paths of the named rules, `handles` the kernel's numbers of
    `rules`, one for each. `instead` is the same firewall for kernels without nftables: chains of
    xtables, packed. `between` are the interfaces that its flowtable takes packets of, or is to: they are
    resources of their own, and not in its text. `purge`: connections that it treats in another way are to
    be forgotten.
    """

    family: str
    name: str
    objects: tuple[str, ...] = ()
    elements: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    source: str = field(default="", compare=False, metadata=PRIVATE)
    backend: str = field(default="auto", compare=False, metadata=TRANSIENT)
    purge: bool = field(default=False, compare=False, metadata=TRANSIENT)
    places: tuple[tuple[str, DocumentPath], ...] = field(default=(), compare=False, metadata=TRANSIENT)
    handles: tuple[int, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    origins: tuple[Origin, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    files: tuple[FileSet, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    needs: tuple[Need, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    between: tuple[str, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    instead: Iterable[Packed] = field(default=(), repr=False, compare=False, metadata=TRANSIENT)

    nested: ClassVar[Mapping[str, type]] = {
        "origins": Origin,
        "files": FileSet,
        "needs": Need,
        "instead": Packed,
    }

    @property
    def id(self) -> ResourceId:
        return ids.firewall(self.family, self.name)

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset({ids.packet_filter()})

    @property
    def after(self) -> frozenset[ResourceId]:
        """The sysctls its rules rely on."""
        return frozenset(ids.sysctl(need.path) for need in self.needs)

    def differences(self, before: Table | None) -> tuple[str, ...]:
        from netconf.domains.firewall.differences import differences  # it knows this class

        return tuple(differences(before, self))


@dataclass(frozen=True, slots=True)
class Offload(Resource):
    """That the table's flowtable takes packets of an interface. When the interface goes the kernel takes it
    out, without a word and without a new generation of the rules. `number` is the place in the document.
    """

    name: str
    number: int = field(default=0, compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.offload(self.name)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.firewall(FAMILY, TABLE), ids.link(self.name)})
