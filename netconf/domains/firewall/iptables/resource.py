"""Our chains in the tables of xtables, and our sets, as a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

from netconf.core import ids
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.image import PRIVATE, TRANSIENT
from netconf.core.resource import Resource
from netconf.domains.firewall.resource import FileSet, Need, Packed
from netconf.system.ports import XtText
from netconf.system.xtables import Listing

NAME = "NC"


class AddressSet(NamedTuple):
    """An ipset of type hash:net or hash:ip. `size` is how many members it has room for, `timeout` how
    long they stay (0 = for good). Members of a set that packets fill are not told here.
    """

    name: str
    type: str
    family: str
    size: int
    timeout: int
    members: tuple[str, ...] = ()


class TableRules(NamedTuple):
    """Ours in one table of a family (4, 6): chains, (builtin chain, position) of the jumps to them, and
    rules as (chain, text of iptables-save), by chains.
    """

    family: int
    table: str
    chains: tuple[str, ...]
    jumps: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, str], ...]


class Source(NamedTuple):
    """A table as compiled, and where each line comes from."""

    family: int
    table: str
    text: str
    paths: tuple[DocumentPath, ...]

    @property
    def given(self) -> XtText:
        return XtText(self.family, self.table, self.text)


class Members(NamedTuple):
    """What packets have put into a set, as `ipset add` takes it."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnChains(Resource):
    """All of a firewall in xtables: tables can't be changed together, but who has changed some of them
    must know the rest. `counters` of the rules and `members` of the sets that packets fill are what was
    read, for going back. `source` is what was compiled, and wasn't shown to the kernel yet; `files` are
    still to be put into the sets, `unsaid` is what xtables has no words for. `purge`: connections that
    the rules treat in another way are to be forgotten. `because`: why it's these, where nobody said so.
    """

    name: str = NAME
    sets: tuple[AddressSet, ...] = ()
    tables: tuple[TableRules, ...] = ()
    counters: tuple[tuple[tuple[int, int], ...], ...] = field(default=(), compare=False, metadata=PRIVATE)
    members: tuple[Members, ...] = field(default=(), compare=False, metadata=PRIVATE)
    source: tuple[Source, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    files: tuple[FileSet, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    places: tuple[tuple[str, DocumentPath], ...] = field(default=(), compare=False, metadata=TRANSIENT)
    needs: tuple[Need, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    purge: bool = field(default=False, compare=False, metadata=TRANSIENT)
    because: str = field(default="", compare=False, metadata=TRANSIENT)
    unsaid: tuple[tuple[str, DocumentPath], ...] = field(default=(), compare=False, metadata=TRANSIENT)

    nested: ClassVar[Mapping[str, type]] = {
        "sets": AddressSet,
        "tables": TableRules,
        "members": Members,
        "source": Source,
        "files": FileSet,
        "needs": Need,
    }

    @property
    def id(self) -> ResourceId:
        return ids.iptables(self.name)

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset({ids.packet_filter()})

    @property
    def after(self) -> frozenset[ResourceId]:
        """The sysctls its rules rely on."""
        return frozenset(ids.sysctl(need.path) for need in self.needs)

    def differences(self, before: OwnChains | None) -> tuple[str, ...]:
        from netconf.domains.firewall.iptables.differences import differences  # it knows this class

        return tuple(differences(before, self))

    def packed(self) -> Iterator[Packed]:
        """As plain tuples, for a field of another resource."""
        return (Packed(_plain(getattr(self, part.name))) for part in fields(self))

    @classmethod
    def unpacked(cls, values: Iterable[Packed]) -> OwnChains:
        named = {part.name: found.value for part, found in zip(fields(cls), values, strict=True)}
        for name, element in cls.nested.items():
            named[name] = tuple(element(*item) for item in named[name])
        return cls(**named)

    def listing(self, family: int, table: str) -> Listing:
        """What we have in a table; empty if it's nothing."""
        for number, found in enumerate(self.tables):
            if (found.family, found.table) == (family, table):
                counters = self.counters[number] if self.counters else ()
                return Listing(found.chains, found.jumps, found.rules, counters)
        return Listing()


class Later:
    """Packed chains that are made when somebody asks for them: few hosts need them."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], OwnChains]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Packed]:
        return self._make().packed()

    def __repr__(self) -> str:
        return repr(tuple(self))


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value
