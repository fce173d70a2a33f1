"""Where a document comes from: what a source can do, and the two kinds there are.

A document merged from roles and inventories is to be a third kind: its `locate` answers with the
file that the leaf came from.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any, Protocol

from netconf.core.diagnostics import DocumentPath, Where
from netconf.inventory.characters import decode
from netconf.inventory.files import FileContent
from netconf.inventory.positions import Place, find, index
from netconf.inventory.strictyaml import load
from netconf.inventory.text import Text


class Source(Protocol):
    """Plain data with a name and positions."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str:
        """SHA-256 of everything the data came from, in hex: the same digest gives the same data."""
        ...

    def load(self) -> object:
        """The data, nothing but dict, list, str, int, bool and None. Raises DocumentError."""
        ...

    def locate(self, path: DocumentPath, *, key: bool = False) -> Where:
        """Where the value at a path is written, or its key. Asked only about data that `load` gave."""
        ...


class YamlSource:
    """One YAML file."""

    def __init__(self, content: FileContent) -> None:
        self.name = content.name
        self.digest = content.digest
        self._raw = content.raw

    @cached_property
    def _text(self) -> Text:
        return decode(self.name, self._raw)

    @cached_property
    def _index(self) -> Place:
        return index(self._text.content)

    def load(self) -> object:
        return load(self._text)

    def locate(self, path: DocumentPath, *, key: bool = False) -> Where:
        return self._text.where(*find(self._index, path, key=key), path)


class DataSource:
    """Data that was resolved before, such as a saved generation: a name, but no lines."""

    def __init__(self, name: str, data: object) -> None:
        self.name = name
        self._data = data

    @cached_property
    def digest(self) -> str:
        canonical = json.dumps(self._data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def load(self) -> object:
        return self._data

    def locate(self, path: DocumentPath, *, key: bool = False) -> Where:
        return Where(self.name, path=path)


class Below:
    """A part of a source, told by paths from there on."""

    def __init__(self, source: Source, base: DocumentPath) -> None:
        self.name = source.name
        self.digest = source.digest
        self._source, self._base = source, base

    def load(self) -> object:
        data: Any = self._source.load()
        for step in self._base:
            data = data[step]
        return data

    def locate(self, path: DocumentPath, *, key: bool = False) -> Where:
        return self._source.locate((*self._base, *path), key=key)
