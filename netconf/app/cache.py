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
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import netconf
from netconf.core.desired import Claim, Desired
from netconf.core.ids import ResourceId
from netconf.core.inside import Inside
from netconf.core.overlay import UNSET, field_names, field_values
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

    def store(self, digest: str, desired: Desired) -> None:
        """Keep it; a cache that can't be written is no error."""
        path = self._path(digest)
        draft = path.with_suffix(".tmp")
        body = marshal.dumps(_encode(desired))
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
        rows, claims, absent = data
        resources: dict[ResourceId, Resource] = {}
        paths = {}
        for raw_id, values, path in rows:
            key = ResourceId._make(raw_id)
            found = self._resource(key.kind, values)
            resources[key] = Inside(key.netns, found) if key.netns else found
            paths[key] = path
        gone = {ResourceId(*raw_id): path for raw_id, path in absent}
        return Desired(resources, frozenset(Claim(*claim) for claim in claims), frozenset(gone), paths | gone)

    def _resource(self, kind: str, values: tuple[Any, ...]) -> Resource:
        cls: Any = self._classes[kind]
        filled: list[Any] = [UNSET if value is ... else value for value in values]
        for name, element in getattr(cls, "nested", {}).items():
            place = field_names(cls).index(name)
            if filled[place] is not UNSET:
                filled[place] = tuple(element(*item) for item in filled[place])
        resource: Resource = cls(*filled)
        return resource


def _encode(desired: Desired) -> Any:
    """In the order of the document, which means something to addresses; ... stands for UNSET."""
    rows = [
        (tuple(key), _values(resource), desired.paths.get(key, ()))
        for key, resource in desired.resources.items()
    ]
    claims = [(claim.kind, claim.prefix, claim.netns) for claim in desired.claims]
    return rows, claims, [(tuple(key), desired.paths.get(key, ())) for key in desired.absent]


def _values(resource: Resource) -> tuple[Any, ...]:
    if isinstance(resource, Inside):
        resource = resource.inner
    cls: Any = type(resource)
    values = field_values(resource)
    nested = getattr(cls, "nested", {})
    if not nested and UNSET not in values:
        return values
    out: list[Any] = [... if value is UNSET else value for value in values]
    for place in (field_names(cls).index(name) for name in nested):
        if out[place] is not ...:
            out[place] = tuple(tuple(item) for item in out[place])
    return tuple(out)


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
