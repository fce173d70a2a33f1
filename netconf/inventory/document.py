"""The validated document: plain data split by domain, each part checked by its domain's model.

The registry of domains belongs to another room; what this one needs to know of a domain is a `Part`.
A part's data keeps the shape of the whole document, so that a place in it is a place in the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from netconf.core.diagnostics import Diagnostic, DocumentPath, Where
from netconf.core.errors import DocumentError
from netconf.inventory.cap import capped
from netconf.inventory.codes import Code
from netconf.inventory.findings import placed, validated
from netconf.inventory.later import is_later
from netconf.inventory.refusals import Refusal, unsupported
from netconf.inventory.source import DataSource, Source
from netconf.inventory.suggest import unknown_key
from netconf.inventory.words import missing_space, wrong_type

FORMAT = 1
FORMAT_KEY = "netconf"
INTERFACES = "interfaces"

REST = "*"
"""As an interface field: every field that no other part lists, and every interface name."""

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What a domain wants of a document. `load_spec` gives its model, and is called only if the
    document has one of its keys.
    """

    name: str
    sections: tuple[str, ...]
    interface_fields: tuple[str, ...]
    load_spec: Callable[[], type[BaseModel]]


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document: a validated model per part that it mentions, and the data they came from.

    `data` is plain and goes through JSON unchanged: `from_data` makes the same document of it.
    """

    parts: Mapping[str, BaseModel]
    source: Source
    data: Mapping[str, Any]

    def where(self, path: DocumentPath) -> Where:
        """Where the value at a path is written; of the nearest above it that is."""
        return self.source.locate(path)


def read_document(source: Source, parts: Sequence[Part]) -> Document:
    """The document of a source. Raises DocumentError with everything that is wrong with it."""
    return _Reading(source, parts).document()


def from_data(data: Mapping[str, Any], name: str, parts: Sequence[Part]) -> Document:
    """A document of plain data that was resolved before, such as a saved generation's."""
    return read_document(DataSource(name, data), parts)


class _Reading:
    """One document on its way: `_found` collects what is wrong."""

    def __init__(self, source: Source, parts: Sequence[Part]) -> None:
        self._source = source
        self._parts = parts
        self._sections = {section: part.name for part in parts for section in part.sections}
        self._fields = {field: part.name for part in parts for field in part.interface_fields}
        self._found: list[Diagnostic] = []

    def document(self) -> Document:
        data = self._root()
        split = self._split(data)
        models = {
            part.name: self._validated(part, split[part.name]) for part in self._parts if part.name in split
        }
        if self._found:
            ordered = sorted(self._found, key=lambda d: (d.where.line, d.where.column))
            raise DocumentError(capped(ordered))
        valid = {name: model for name, model in models.items() if model is not None}
        return Document(valid, self._source, data)

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

    def _split(self, data: Data) -> dict[str, Data]:
        """Each part's share of the data, in the shape of the whole document."""
        shares: dict[str, Data] = {}
        for section, content in data.items():
            if section == INTERFACES:
                self._split_interfaces(content, shares)
            elif section in self._sections:
                shares.setdefault(self._sections[section], {})[section] = content
            elif section != FORMAT_KEY:
                self._refuse(self._unknown_section(section), (section,), key=True)
        return shares

    def _split_interfaces(self, content: object, shares: dict[str, Data]) -> None:
        if not isinstance(content, dict):
            refusal = wrong_type(["a mapping"], content, (INTERFACES,))
            if isinstance(content, list):
                refusal = refusal._replace(hint='write each interface as a key, without "- ": `eth0: {}`')
            self._refuse(refusal, (INTERFACES,))
            return
        rest = self._fields.get(REST)
        if rest is not None:
            shares.setdefault(rest, {}).setdefault(INTERFACES, {})
        for name, fields in content.items():
            if not isinstance(fields, dict):
                path = (INTERFACES, name)
                self._refuse(wrong_type(["a mapping"], fields, path), path)
                continue
            if rest is not None:
                shares[rest][INTERFACES][name] = {}
            for field, value in fields.items():
                self._share_field(name, field, value, shares)

    def _share_field(self, name: str, field: str, value: object, shares: dict[str, Data]) -> None:
        part = self._fields.get(field, self._fields.get(REST))
        if part is None:
            path = (INTERFACES, name, field)
            refusal = unsupported(field) if is_later(path) else unknown_key(field, self._fields)
            self._refuse(refusal, path, key=True)
            return
        interfaces = shares.setdefault(part, {}).setdefault(INTERFACES, {})
        interfaces.setdefault(name, {})[field] = value

    def _unknown_section(self, section: str) -> Refusal:
        if is_later((section,)):
            return unsupported(section)
        return unknown_key(section, {FORMAT_KEY, INTERFACES, *self._sections})

    def _validated(self, part: Part, share: Data) -> BaseModel | None:
        others = self._fields.keys() - {REST}
        model, found = validated(part.load_spec(), share, self._source, others)
        self._found += found
        return model

    def _refuse(self, refusal: Refusal, path: DocumentPath, *, key: bool = False) -> None:
        self._found.append(placed(refusal, self._source, path, key=key))


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
