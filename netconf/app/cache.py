"""What a document means, kept beside the state: so that looking for drift needs neither YAML nor
models.

It's written by an apply that committed, into the state directory, which is root's alone; it's
read only for the very bytes it was made of, by the very code that made it. A plan writes nothing.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import groupby, repeat
from operator import attrgetter, is_
from pathlib import Path
from typing import Any

import netconf
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.inside import Inside, inner
from netconf.core.overlay import UNSET, field_names
from netconf.core.resource import Resource

FOLDER = "cache"
KEPT = 4
_DIGEST_BYTES = 32


class DesiredCache:
    """Desired states by the digest of the document's text, in a folder of the state directory. `around`
    is what else a document's meaning depends on.

    A file is the SHA-256 of what follows, and that in the form of marshal: it's the fastest there
    is, and safe for bytes that only root could write and that are checked to be whole.
    """

    def __init__(self, state: Path, classes: Mapping[str, type[Resource]], around: str) -> None:
        self._folder = state / FOLDER
        self._classes = classes
        self._around = around

    def load(self, digest: str) -> Desired | None:
        """What the document with this digest means, if that's known."""
        try:
            raw = self._path(digest).read_bytes()
        except OSError:
            return None
        body = raw[_DIGEST_BYTES:]
        if hashlib.sha256(body).digest() != raw[:_DIGEST_BYTES]:
            return None
        return self._decode(marshal.loads(body))  # noqa: S302 - see the class

    def store(self, digest: str, body: bytes) -> None:
        """Keep what was encoded; a cache that can't be written is no error."""
        path = self._path(digest)
        draft = path.with_suffix(".tmp")
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            draft.unlink(missing_ok=True)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(fd, "wb") as out:
                out.write(hashlib.sha256(body).digest() + body)
            draft.rename(path)
            self._prune()

    def key(self, digest: str) -> str:
        """What stands for everything that the document with this digest has its meaning from."""
        return hashlib.sha256(f"{digest} {code_digest()} {self._around}".encode()).hexdigest()

    def _path(self, digest: str) -> Path:
        return self._folder / self.key(digest)

    def _prune(self) -> None:
        entries = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in entries[:-KEPT]:
            path.unlink()

    def _decode(self, data: Any) -> Desired:
        runs, claims, absent, others = data
        resources: dict[ResourceId, Resource] = {}
        paths: dict[ResourceId, DocumentPath] = {}
        for kind, netns, names, places, columns in runs:
            keys = [ResourceId(kind, name, netns) for name in names]
            found = self._resources(kind, columns, len(keys))
            resources.update(
                zip(keys, (Inside(netns, one) for one in found) if netns else found, strict=True)
            )
            paths.update(zip(keys, places, strict=True))
        paths.update((ResourceId(*raw_id), path) for raw_id, path in others)
        gone = frozenset(ResourceId(*raw_id) for raw_id in absent)
        return Desired(resources, frozenset(Claim(*claim) for claim in claims), gone, paths)

    def _resources(self, kind: str, columns: Sequence[Any], count: int) -> Iterator[Resource]:
        cls: Any = self._classes[kind]
        nested: Mapping[str, Callable[..., Any]] = getattr(cls, "nested", {})
        named = zip(field_names(cls), columns, strict=True)
        return map(cls, *(_unpacked(column, count, nested.get(name)) for name, column in named))


def encode(desired: Desired) -> bytes:
    """What a document means, as it's kept."""
    return marshal.dumps(_rows(desired))


def _rows(desired: Desired) -> Any:
    """In the order of the document, which means something to addresses: run by run of one kind, and within
    that field by field, as most fields have the same value in all of them.
    """
    runs = []
    for (kind, netns), run in groupby(desired.resources, key=attrgetter("kind", "netns")):
        keys = list(run)
        found = [*map(desired.resources.__getitem__, keys)]
        columns = _columns([*map(inner, found)] if netns else found)
        places = [desired.paths.get(key, ()) for key in keys]
        runs.append((kind, netns, [key.name for key in keys], places, columns))
    claims = [(claim.kind, claim.prefix, claim.netns) for claim in desired.claims]
    others = [(tuple(key), desired.paths[key]) for key in desired.paths.keys() - desired.resources.keys()]
    return runs, claims, [tuple(key) for key in desired.absent], others


def _columns(resources: Sequence[Any]) -> list[Any]:
    cls: Any = type(resources[0])
    nested = getattr(cls, "nested", {})
    return [_packed([*map(attrgetter(name), resources)], nested=name in nested) for name in field_names(cls)]


def _packed(values: list[Any], *, nested: bool) -> Any:
    """A list, or of one and the same value a tuple of that; ... stands for UNSET."""
    if all(map(is_, values, repeat(values[0]))):
        values = values[:1]
        return tuple(_packed_one(value, nested=nested) for value in values)
    if not nested and UNSET not in values:
        return values
    distinct = {id(value): value for value in values}  # of nested ones there are few
    packed = {number: _packed_one(value, nested=nested) for number, value in distinct.items()}
    return [packed[id(value)] for value in values]


def _packed_one(value: Any, *, nested: bool) -> Any:
    if value is UNSET:
        return ...
    return tuple(tuple(item) for item in value) if nested else value


def _unpacked(column: Any, count: int, element: Callable[..., Any] | None) -> Iterable[Any]:
    if isinstance(column, tuple):
        return repeat(_unpacked_one(column[0], element), count)
    return [_unpacked_one(value, element) for value in column] if element or ... in column else column


def _unpacked_one(value: Any, element: Callable[..., Any] | None) -> Any:
    if value is ...:
        return UNSET
    return tuple(element(*item) for item in value) if element else value


@cache
def code_digest() -> str:
    """Changes with any source file of the program, as its version doesn't while it's developed,
    and with the Python that runs it, on which marshal depends.
    """
    facts = sorted(_sources(str(Path(netconf.__file__).parent)))
    return hashlib.sha256(repr((sys.version, facts)).encode()).hexdigest()


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    """Without pathlib, which takes five times as long for these few hundred."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.path, found.st_mtime_ns, found.st_size
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                yield from _sources(entry.path)
