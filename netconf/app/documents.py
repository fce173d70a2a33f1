"""From a source to a desired state, and from findings to places in the source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from netconf import domains
from netconf.app.wiring import parts
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, Where
from netconf.core.errors import DiagnosedError
from netconf.core.ids import ResourceId
from netconf.inventory.document import Document, from_data, read_document
from netconf.inventory.files import FileContent, read_file
from netconf.inventory.source import YamlSource


@dataclass(frozen=True, slots=True)
class Wish:
    """A document and the desired state it means."""

    document: Document
    desired: Desired

    @property
    def data(self) -> Mapping[str, Any]:
        return self.document.data

    @property
    def digest(self) -> str:
        return self.document.source.digest

    @property
    def source(self) -> str:
        return self.document.source.name

    def where(self, key: ResourceId) -> Where:
        """Where an object is written; unknown for what the document doesn't name."""
        path = self.desired.paths.get(key)
        return Where() if path is None else self.document.where(path)

    def place(self, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Findings about resources, with the place of the document each of them is about."""
        names = {str(key): key for key in self.desired.paths}
        return [
            replace(finding, where=self.where(names[finding.resource]))
            if finding.resource in names
            else finding
            for finding in findings
        ]

    def placed(self, err: DiagnosedError) -> DiagnosedError:
        """The same error with places."""
        return type(err)(self.place(err.diagnostics))


def read(path: str) -> Wish:
    """The wish in a file, `-` = standard input."""
    return from_content(read_file(path))


def from_content(content: FileContent) -> Wish:
    return _wish(read_document(YamlSource(content), parts()))


def from_plain(data: Mapping[str, Any], name: str) -> Wish:
    """The wish that plain data of an earlier document is."""
    return _wish(from_data(data, name, parts()))


def _wish(document: Document) -> Wish:
    desired = [domains.driver(name).expand(spec) for name, spec in document.parts.items()]
    return Wish(document, Desired.merge(desired))
