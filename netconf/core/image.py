"""Resources as plain JSON values and back, for before-images, ledgers and saved plans.

A resource is a dataclass of scalars, tuples of scalars and, where its class lists them in
`nested`, tuples of a NamedTuple. UNSET fields are left out and come back as UNSET.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from netconf.core.driver import AnyDriver
from netconf.core.ids import ResourceId
from netconf.core.inside import Inside
from netconf.core.kind import Lazily
from netconf.core.overlay import UNSET
from netconf.core.resource import Resource

Image = dict[str, Any]

TRANSIENT: Mapping[str, bool] = {"transient": True}
"""Metadata of a field that's observed for one decision only: not stored, not compared."""


PRIVATE: Mapping[str, bool] = {"private": True}
"""Metadata of a field that's stored, but told to nobody: it can hold secrets."""

TOLD: Mapping[str, bool] = {"transient": True, "told": True}
"""Metadata of a field that's told to people, but not stored."""


@cache
def _stored(cls: Any) -> tuple[str, ...]:
    """The fields to store: all but those marked as passing observations (TRANSIENT)."""
    return tuple(field.name for field in fields(cls) if not field.metadata.get("transient"))


def encode(resource: Resource) -> Image:
    """The fields that are set, in their order; the namespace is told by the id."""
    if isinstance(resource, Inside):
        resource = resource.inner
    cls: Any = type(resource)
    return {name: value for name in _stored(cls) if (value := getattr(resource, name)) is not UNSET}


def told(resource: Resource) -> Image:
    """What people and programs are told of it: the fields that are set; of private ones a digest. The
    namespace is told by the id.
    """
    if isinstance(resource, Inside):
        resource = resource.inner
    cls: Any = type(resource)
    out = {}
    for field in fields(cls):
        value = getattr(resource, field.name)
        if value is UNSET or (field.metadata.get("transient") and not field.metadata.get("told")):
            continue
        out[field.name] = _digest(value) if field.metadata.get("private") else value
    return out


def _digest(value: object) -> str | None:
    if value is None:
        return None
    return f"sha256:{hashlib.sha256(str(value).encode(errors='surrogateescape')).hexdigest()[:16]}"


def encode_id(key: ResourceId) -> list[Any]:
    return [key.kind, list(key.name), key.netns]


def decode_id(data: list[Any]) -> ResourceId:
    return ResourceId(data[0], tuple(data[1]), data[2])


class Decoder:
    """Turns images back into resources; knows the classes of the drivers it was given."""

    def __init__(self, drivers: Iterable[AnyDriver]) -> None:
        by_kind = {kind: driver for driver in drivers for kind in driver.kinds}
        self.classes: Mapping[str, type[Resource]] = Lazily(
            by_kind, lambda kind: by_kind[kind].kinds[kind].resource
        )

    def decode(self, key: ResourceId, image: Mapping[str, Any]) -> Resource:
        found = self._decode(key.kind, image)
        return Inside(key.netns, found) if key.netns else found

    def _decode(self, kind: str, image: Mapping[str, Any]) -> Resource:
        cls: Any = self.classes[kind]
        nested: Mapping[str, Callable[..., Any]] = getattr(cls, "nested", {})
        values = {
            name: _thaw(image[name], nested.get(name)) if name in image else UNSET for name in _stored(cls)
        }
        resource: Resource = cls(**values)
        return resource

    def decode_states(self, rows: Iterable[list[Any]]) -> dict[ResourceId, Resource | None]:
        """Rows of [id, image | None] as a target."""
        out: dict[ResourceId, Resource | None] = {}
        for raw_id, image in rows:
            key = decode_id(raw_id)
            out[key] = None if image is None else self.decode(key, image)
        return out


def encode_states(states: Mapping[ResourceId, Resource | None]) -> list[list[Any]]:
    """A target as rows of [id, image | None], sorted by id; in JSON an id is a list as `encode_id` makes it."""
    return [[key, None if (value := states[key]) is None else encode(value)] for key in sorted(states)]


def _thaw(value: Any, element: Callable[..., Any] | None) -> Any:
    if isinstance(value, list):
        if element is not None:
            return tuple(element(*(_thaw(part, None) for part in item)) for item in value)
        return tuple(_thaw(part, None) for part in value)
    return value
