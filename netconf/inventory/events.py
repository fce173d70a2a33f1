"""The YAML parser at hand: libyaml's, or the one in Python (ten times slower) where it is missing.

Both give the same events for what `strictyaml` accepts; their messages differ, `syntax` knows both.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from yaml.error import Mark
from yaml.events import Event, ScalarEvent
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

NextEvent = Callable[[], Event]

Position = tuple[int, int]
"""Line and column, from 1."""


class PythonParser(Reader, Scanner, Parser):
    """PyYAML's own parser, as an event source that fails only with YAMLError, like libyaml's."""

    def __init__(self, content: str) -> None:
        Reader.__init__(self, content)
        Scanner.__init__(self)
        Parser.__init__(self)

    def get_event(self) -> Event:
        try:
            event: Event = super().get_event()  # type: ignore[no-untyped-call]
            if isinstance(event, ScalarEvent):
                event.value.encode()  # an escape may name half a surrogate pair; libyaml refuses it
        except (ValueError, OverflowError):  # also the escape of a code point that does not exist
            problem = "found invalid Unicode character escape code"
            raise ScannerError(None, None, problem, self.get_mark()) from None
        return event


def parse_events(content: str) -> NextEvent:
    """A function that gives the next event of a text at each call. It raises yaml.YAMLError."""
    try:
        from yaml._yaml import CParser  # noqa: PLC0415 - PyYAML may be built without libyaml
    except ImportError:
        return PythonParser(content).get_event
    return cast("NextEvent", CParser(content).get_event)  # None only after the end of the stream


@contextmanager
def collector_paused() -> Iterator[None]:
    """A parse makes many containers and no cycles: the collector would walk them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def mark_of(event: Event) -> Mark:
    """Where an event begins; counted from 0, in characters."""
    return cast("Mark", event.start_mark)  # None only in events that no parser made


def position(event: Event) -> Position:
    """Where an event begins, for people."""
    mark = mark_of(event)
    return mark.line + 1, mark.column + 1


def end_position(event: Event) -> Position:
    """Where what follows an event begins, for people."""
    mark = cast("Mark", event.end_mark)
    return mark.line + 1, mark.column + 1
