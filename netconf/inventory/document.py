"""The validated document: plain data split by domain, each part checked by its domain's model.

The registry of domains belongs to another room; what this one needs to know of a domain is a `Part`.
A part's data keeps the shape of the whole document, so that a place in it is a place in the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from netconf.core.diagnostics import Diagnostic, DocumentPath, Where
from netconf.core.errors import DocumentError
from netconf.grammar.tables import CONTEXT, names_in
from netconf.inventory.cap import capped
from netconf.inventory.codes import Code
from netconf.inventory.findings import accepted, placed, validated
from netconf.inventory.later import is_later
from netconf.inventory.placing import (
    INTERFACES,
    NETNS,
    Rerouted,
    Sent,
    left_here,
    misplaced,
    sent_away,
    with_sent,
)
from netconf.inventory.refusals import Refusal, unsupported
from netconf.inventory.source import Below, DataSource, Source
from netconf.inventory.suggest import unknown_key
from netconf.inventory.words import missing_space, wrong_type

FORMAT = 1
FORMAT_KEY = "netconf"

NAMESPACE_FIELDS = frozenset({"state"})
"""What stands below a network namespace besides the sections of what is in it."""

REST = "*"
"""As an interface field: every field that no other part lists, and every interface name."""

Data = dict[str, Any]


_NO_NAMES: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """What a domain wants of a document. `load_spec` gives its model, and is called only if the
    document has one of its keys. `everywhere`: they may also stand below a network namespace.
    `narrow_spec` gives one that's quicker made, for a share of a document, if there is any: what it
    accepts is right.
    """

    name: str
    sections: tuple[str, ...]
    interface_fields: tuple[str, ...]
    load_spec: Callable[[], type[BaseModel]]
    everywhere: bool = True
    narrow_spec: Callable[[Data], type[BaseModel] | None] = lambda _share: None


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document: a validated model per part that it mentions, the same for each network
    namespace that it describes, and the data they came from.

    `data` is plain and goes through JSON unchanged: `from_data` makes the same document of it.
    """

    parts: Mapping[str, BaseModel]
    namespaces: Mapping[str, Mapping[str, BaseModel]]
    source: Source
    data: Mapping[str, Any]

    def where(self, path: DocumentPath) -> Where:
        """Where the value at a path is written; of the nearest above it that is."""
        return self.source.locate(path)


def read_document(source: Source, parts: Sequence[Part], tables: Mapping[str, int] = _NO_NAMES) -> Document:
    """The document of a source. Raises DocumentError with everything that is wrong with it. `tables`
    are the host's names of routing tables; those the document uses become part of its data.
    """
    return _Reading(source, parts, tables).document()


def from_data(data: Mapping[str, Any], name: str, parts: Sequence[Part]) -> Document:
    """A document of plain data that was resolved before, such as a saved generation's."""
    return read_document(DataSource(name, data), parts)


class _Reading:
    """One document on its way: `_found` collects what is wrong."""

    def __init__(self, source: Source, parts: Sequence[Part], tables: Mapping[str, int]) -> None:
        self._tables = tables
        self._source = source
        self._parts = parts
        self._sections = {section: part.name for part in parts for section in part.sections}
        self._everywhere = {section for part in parts if part.everywhere for section in part.sections}
        self._only_ours = {f for part in parts if not part.everywhere for f in part.interface_fields}
        self._fields = {field: part.name for part in parts for field in part.interface_fields}
        self._found: list[Diagnostic] = []

    def document(self) -> Document:
        data = self._root()
        names = {**self._tables, **names_in(data)}
        self._find_misplaced(data)
        models = self._models(self._split(data, ()), (), names)
        sent = sent_away(data)
        self._source = Rerouted(self._source, {(place, name) for name, (place, _) in sent.items()})
        nested = {
            name: self._models(
                self._split(content, (NETNS, name)), (NETNS, name), {**names, **names_in(content)}
            )
            for name, content in self._namespaces(data, sent)
        }
        if self._found:
            ordered = sorted(self._found, key=lambda d: (d.where.line, d.where.column))
            raise DocumentError(capped(ordered))
        return Document(models, nested, self._source, _with_names(data, self._tables))

    def _models(
        self, split: dict[str, Data], base: DocumentPath, tables: Mapping[str, int]
    ) -> dict[str, BaseModel]:
        """The model of each part's share; what is wrong with them is noted. `tables` are the names of
        routing tables that hold there.
        """
        found = {
            part.name: self._validated(part, split[part.name], base, {CONTEXT: tables})
            for part in self._parts
            if part.name in split
        }
        return {name: model for name, model in found.items() if model is not None}

    def _namespaces(self, data: Data, sent: Sent) -> Iterator[tuple[str, Data]]:
        """What the document says is in each network namespace."""
        found = data.get(NETNS)
        for name, content in found.items() if isinstance(found, dict) else ():
            if isinstance(content, dict):
                inside = {key: value for key, value in content.items() if key not in NAMESPACE_FIELDS}
                if inside and content.get("state") == "absent":
                    self._refuse(_absent_with_content(name), (NETNS, name, next(iter(inside))), key=True)
                yield name, with_sent(inside, {link: f for link, (place, f) in sent.items() if place == name})

    def _find_misplaced(self, data: Data) -> None:
        """Links that are put where they can't be."""
        for link, refusal in misplaced(data):
            self._refuse(refusal, (INTERFACES, link, NETNS))

    def _root(self) -> Data:
        """The data as a mapping of a known format; nothing else can be said about any other."""
        data = self._source.load()
        if data is None:
            self._refuse(_EMPTY_DOCUMENT, ())
        elif not isinstance(data, dict):
            self._refuse(_not_a_mapping(data), ())
        elif FORMAT_KEY in data and not _is_format(data[FORMAT_KEY]):
            self._refuse(_wrong_format(data[FORMAT_KEY]), (FORMAT_KEY,))
        else:
            if FORMAT_KEY not in data:
                self._refuse(_NO_FORMAT, ())
            return data
        raise DocumentError(self._found)

    def _split(self, data: Data, base: DocumentPath) -> dict[str, Data]:
        """Each part's share of the data, in the shape of the whole document. `base` is the path to a
        namespace's part of it.
        """
        shares: dict[str, Data] = {}
        known = self._everywhere if base else self._sections
        for section, content in data.items():
            if section == INTERFACES:
                self._split_interfaces(content, shares, base)
            elif section == NETNS and section in known:
                shares.setdefault(self._sections[section], {})[section] = _without_content(content)
            elif section in known:
                shares.setdefault(self._sections[section], {})[section] = content
            elif section != FORMAT_KEY or base:
                self._refuse(self._unknown_section(section, base), (*base, section), key=True)
        return shares

    def _split_interfaces(self, content: object, shares: dict[str, Data], base: DocumentPath) -> None:
        if not isinstance(content, dict):
            refusal = wrong_type(["a mapping"], content, (INTERFACES,))
            if isinstance(content, list):
                refusal = refusal._replace(hint='write each interface as a key, without "- ": `eth0: {}`')
            self._refuse(refusal, (*base, INTERFACES))
            return
        rest = self._fields.get(REST)
        if rest is not None:
            shares.setdefault(rest, {}).setdefault(INTERFACES, {})
        for name, fields in content.items():
            if not isinstance(fields, dict):
                path = (*base, INTERFACES, name)
                self._refuse(wrong_type(["a mapping"], fields, path), path)
                continue
            if rest is not None:
                shares[rest][INTERFACES][name] = {}
            for field, value in (fields if base else left_here(fields)).items():
                self._share_field((*base, INTERFACES, name, field), value, shares)

    def _share_field(self, path: DocumentPath, value: object, shares: dict[str, Data]) -> None:
        name, field = str(path[-2]), str(path[-1])
        part = self._fields.get(field, self._fields.get(REST))
        if len(path) > 3 and field in self._only_ours | {NETNS}:
            self._refuse(_only_ours(field), path, key=True)
            return
        if part is None:
            refusal = unsupported(field) if is_later(path[-3:]) else unknown_key(field, self._fields)
            self._refuse(refusal, path, key=True)
            return
        interfaces = shares.setdefault(part, {}).setdefault(INTERFACES, {})
        interfaces.setdefault(name, {})[field] = value

    def _unknown_section(self, section: str, base: DocumentPath) -> Refusal:
        if base and section in self._sections:
            return _only_ours(section)
        if is_later((section,)):
            return unsupported(section)
        if base:
            return unknown_key(section, {INTERFACES, *NAMESPACE_FIELDS, *self._everywhere})
        return unknown_key(section, {FORMAT_KEY, INTERFACES, *self._sections})

    def _validated(self, part: Part, share: Data, base: DocumentPath, context: Data) -> BaseModel | None:
        narrow = part.narrow_spec(share)
        value = None if narrow is None else accepted(narrow, share, context)
        if value is not None:
            return value
        others = self._fields.keys() - {REST}
        model, found = validated(part.load_spec(), share, Below(self._source, base), others, context)
        self._found += found
        return model

    def _refuse(self, refusal: Refusal, path: DocumentPath, *, key: bool = False) -> None:
        self._found.append(placed(refusal, self._source, path, key=key))


def _with_names(data: Data, tables: Mapping[str, int]) -> Data:
    """The data with those names of the host that stand in it as a value and that it doesn't give."""
    if not tables:
        return data
    own = names_in(data)
    used = {name: tables[name] for name in sorted(_words(data)) if name in tables and name not in own}
    return {**data, CONTEXT: {**used, **own}} if used else data


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _words(inner)


def _without_content(namespaces: object) -> object:
    """What is said about the namespaces themselves."""
    if not isinstance(namespaces, dict):
        return namespaces
    return {
        name: {key: value for key, value in content.items() if key in NAMESPACE_FIELDS}
        if isinstance(content, dict)
        else content
        for name, content in namespaces.items()
    }


def _only_ours(key: str) -> Refusal:
    return Refusal(
        Code.UNSUPPORTED,
        f'"{key}" is not supported below {NETNS}',
        "netconf does this only for the network namespace it works in",
        f"delete it here; a document of its own can say it, applied with --{NETNS} NAME",
    )


def _absent_with_content(name: str) -> Refusal:
    return Refusal(
        Code.CONTRADICTION,
        f"netns {name} is to be absent, and to hold something",
        "nothing can be in a namespace that isn't there",
        "remove state: absent, or what else is written there",
    )


_EMPTY_DOCUMENT = Refusal(
    Code.EMPTY,
    "the document is empty",
    "an empty file is more often a mistake than a wish",
    f"write at least `{FORMAT_KEY}: {FORMAT}`",
)
_NO_FORMAT = Refusal(
    Code.FORMAT_VERSION,
    f'missing key "{FORMAT_KEY}"',
    "it says which version of the language the document is written in",
    f"add `{FORMAT_KEY}: {FORMAT}` as the first line",
)


def _not_a_mapping(data: object) -> Refusal:
    refusal = wrong_type(["a mapping"], data, ())
    hint = missing_space(data) or f"begin with `{FORMAT_KEY}: {FORMAT}` and `{INTERFACES}:`"
    return refusal._replace(code=Code.NOT_A_MAPPING, hint=hint)


def _is_format(version: object) -> bool:
    return type(version) is int and version == FORMAT


def _wrong_format(version: object) -> Refusal:
    if type(version) is int:
        return Refusal(
            Code.FORMAT_VERSION,
            f"format version {version} is unknown",
            f"this version of netconf reads format {FORMAT}",
            f"write `{FORMAT_KEY}: {FORMAT}`, or use the netconf that the document was written for",
        )
    refusal = wrong_type(["an integer"], version, (FORMAT_KEY,))
    return refusal._replace(code=Code.FORMAT_VERSION, hint=f"write `{FORMAT_KEY}: {FORMAT}`")
