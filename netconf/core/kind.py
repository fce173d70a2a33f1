"""Kinds of resources: the class, and what becomes of an object that is no longer named."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from netconf.core.resource import Resource

V = TypeVar("V")


class Lazily(Mapping[str, V]):
    """By kind what is found only when it's asked for: domains are imported when they are needed."""

    def __init__(self, kinds: Iterable[str], find: Callable[[str], V]) -> None:
        self._kinds = dict.fromkeys(kinds)
        self._find = find
        self._found: dict[str, V] = {}

    def __getitem__(self, kind: str) -> V:
        if kind not in self._found:
            if kind not in self._kinds:
                raise KeyError(kind)
            self._found[kind] = self._find(kind)
        return self._found[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


class Release(enum.Enum):
    """What happens to an object of a kind when the document no longer names it."""

    REMOVE = "removed if netconf made it, else left"
    RESTORE = "put back to its value before netconf managed it, left if it had none"
    LEAVE = "left as it is"
    UNDO = "removed if netconf made it, else put back as it was before"


class Kind(NamedTuple):
    """A kind of resource: its class and what becomes of it when it's no longer named. `durable`
    ones are files, which outlive a reboot where the kernel's state doesn't.
    """

    resource: type[Resource]
    release: Release
    durable: bool = False
