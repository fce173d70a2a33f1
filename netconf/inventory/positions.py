"""Path in a document -> line and column, by parsing the text a second time.

Only a finding needs a position, so most runs never get here. The index holds about 200 bytes per
node; it is built once, at the first question.
"""

from __future__ import annotations

from typing import NamedTuple

from yaml.events import (
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from netconf.core.diagnostics import DocumentPath
from netconf.inventory.events import NextEvent, Position, collector_paused, parse_events, position


class Place(NamedTuple):
    """Where a value and its key begin; a value that isn't written begins at its key, an item of a
    list has the position of its value as the position of its key.
    """

    key: Position
    value: Position
    inside: dict[str | int, Place]


_NOTHING_INSIDE: dict[str | int, Place] = {}


def index(content: str) -> Place:
    """The places of everything in a text that `strictyaml` accepts."""
    next_event = parse_events(content)
    next_event()  # the start of the stream
    if isinstance(next_event(), StreamEndEvent):
        return Place((1, 1), (1, 1), _NOTHING_INSIDE)
    with collector_paused():
        return _place(next_event(), None, next_event)


def find(root: Place, path: DocumentPath, *, key: bool) -> Position:
    """The position of the value (or the key) at a path; of the nearest above it that exists."""
    place = root
    for step in path:
        inner = place.inside.get(step)
        if inner is None:
            # What is missing below a key is shown at the key, not at the first of its neighbours.
            return place.key
        place = inner
    return place.key if key else place.value


def _place(event: Event, key: Position | None, next_event: NextEvent) -> Place:
    value = position(event)
    if isinstance(event, ScalarEvent):
        written = event.value or event.style
        return Place(key or value, value if written else key or value, _NOTHING_INSIDE)
    inside: dict[str | int, Place] = {}
    if isinstance(event, MappingStartEvent):
        while not isinstance(name := next_event(), MappingEndEvent):
            step = position(name)
            inside[getattr(name, "value", "")] = _place(next_event(), step, next_event)
    elif isinstance(event, SequenceStartEvent):
        while not isinstance(item := next_event(), SequenceEndEvent):
            inside[len(inside)] = _place(item, None, next_event)
    return Place(key or value, value, inside)
