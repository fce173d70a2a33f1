"""From a source to a desired state, and from findings to places in the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netconf import domains
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, Where
from netconf.core.errors import DiagnosedError
from netconf.core.ids import ResourceId
from netconf.core.inside import desired_inside
from netconf.engine.places import Everywhere
from netconf.inventory.files import FileContent, read_file

if TYPE_CHECKING:
    from netconf.app.cache import DesiredCache
    from netconf.inventory.document import Document


@dataclass(frozen=True)
class Wish:
    """The desired state a document means. The document itself is only read if it's asked for, as
    the desired state may come from the cache; and that only if the host isn't known to be so.
    """

    source: str
    digest: str
    read_desired: Callable[[], Desired]
    read_document: Callable[[], Document]

    @cached_property
    def desired(self) -> Desired:
        return self.read_desired()

    @cached_property
    def document(self) -> Document:
        return self.read_document()

    @property
    def data(self) -> Mapping[str, Any]:
        return self.document.data

    def where(self, key: ResourceId) -> Where:
        """Where an object is written; unknown for what the document doesn't name."""
        path = self.desired.paths.get(key)
        return Where() if path is None else self.document.where(path)

    def place(self, findings: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Findings about resources, with the place of the document each of them is about."""
        names = {str(key): key for key in self.desired.paths} if findings else {}
        return [replace(finding, where=self._where(finding, names)) for finding in findings]

    def _where(self, finding: Diagnostic, names: Mapping[str, ResourceId]) -> Where:
        """By the path it names itself, else by its resource."""
        if finding.where.path and not finding.where.line:
            return self.document.where(finding.where.path)
        return self.where(names[finding.resource]) if finding.resource in names else finding.where

    def placed(self, err: DiagnosedError) -> DiagnosedError:
        """The same error with places."""
        return type(err)(self.place(err.diagnostics))


def read(path: str, cache: DesiredCache | None = None) -> Wish:
    """The wish in a file, `-` = standard input."""
    return from_content(read_file(path), cache)


def from_content(content: FileContent, cache: DesiredCache | None = None) -> Wish:
    """The wish in what a file held; a cache spares reading it if it knows what it means."""
    wish = later(content, cache)
    wish.desired  # noqa: B018 - what's wrong with the document is told now
    return wish


def later(content: FileContent, cache: DesiredCache | None) -> Wish:
    """The same, looked into only when it's asked for: of a document known to be right."""

    def document() -> Document:
        from netconf.app.wiring import parts, tables
        from netconf.inventory.document import read_document
        from netconf.inventory.source import YamlSource

        return read_document(YamlSource(content), parts(), tables())

    def desired() -> Desired:
        known = cache.load(content.digest) if cache is not None else None
        return _desired(wish.document) if known is None else known

    wish = Wish(content.name, content.digest, desired, document)
    return wish


def from_plain(data: Mapping[str, Any], name: str) -> Wish:
    """The wish that plain data of an earlier document is."""
    from netconf.app.wiring import parts
    from netconf.inventory.document import from_data

    document = from_data(data, name, parts())
    desired = _desired(document)
    return Wish(document.source.name, document.source.digest, lambda: desired, lambda: document)


def _desired(document: Document) -> Desired:
    described = {"": document.parts, **document.namespaces}
    places = {
        netns: Desired.merge(domains.driver(name).expand(spec) for name, spec in parts.items())
        for netns, parts in described.items()
    }
    if len(places) > 1:
        for name in sorted({name for parts in described.values() for name in parts}):
            places = dict(Everywhere(domains.driver(name)).across(places))
    inside = [desired_inside(found, netns) for netns, found in places.items() if netns]
    return Desired.merge([places[""], *inside]) if inside else places[""]
