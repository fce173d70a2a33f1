"""Strict YAML: text -> plain dict, list, str, int, bool and None, or all that is wrong with it.

The rules (table in README.md) leave no value that changes its type by accident, no second way to
write a thing, and nothing that makes one part of a file depend on another.

Positions are not kept: that would cost more than the parse. A finding takes its position from the
event at hand; who needs one later asks `positions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NoReturn

from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from netconf.core.diagnostics import Diagnostic, DocumentPath, Severity
from netconf.core.errors import DocumentError
from netconf.inventory import refusals
from netconf.inventory.cap import MAX_FINDINGS, stopped
from netconf.inventory.events import collector_paused, end_position, mark_of, parse_events, position
from netconf.inventory.flow import RUN, TAKEN, Flow, shortened
from netconf.inventory.refusals import Refusal
from netconf.inventory.scalars import Plain, RefusedNumberError, resolved
from netconf.inventory.syntax import syntax_refusal
from netconf.inventory.text import Text

MAX_DEPTH = 60
MAX_NODES = 2_000_000
"""Keys, values, lists and mappings: about 200 000 routes, far above what one host is planned for."""

_NO_KEYS = frozenset({"", "<<"})
_TAB_INDENT = re.compile(r"^ *(?=\t[ \t]*[^\s#])", re.MULTILINE)


def load(text: Text) -> Plain:
    """The value of a one-document text that `characters` let pass; None if it is empty.

    Raises DocumentError with everything found up to the first syntax error.
    """
    with collector_paused():
        short = shortened(text.content)
        if short is not None:
            reader = _Reader(Text(text.name, short.content), short.taken)
            value = reader.read()
            if not reader.found and not reader.taken:
                return value
        reader = _Reader(text)
        value = reader.read()
    if reader.found:
        raise DocumentError(stopped(sorted(reader.found, key=lambda d: (d.where.line, d.where.column))))
    return value


def _tab_lines(text: Text) -> dict[int, int]:
    """The lines with a tab in their indentation, and its column."""
    if "\t" not in text.content:
        return {}
    places = (text.where_at(match.end()) for match in _TAB_INDENT.finditer(text.content))
    return {where.line: where.column for where in places}


class _Enough(Exception):  # noqa: N818 - not an error of its own
    """Enough was found, or a limit was reached: don't read on."""


class _Reader:
    """One pass over the events of a text; `found` collects what is wrong. `taken` is what was taken out of the text
    and not met yet, the next at the end.
    """

    def __init__(self, text: Text, taken: Iterable[Flow | tuple[Flow, ...]] = ()) -> None:
        self.found: list[Diagnostic] = []
        self.taken = [*taken][::-1]
        self._text = text
        self._next = parse_events(text.content)
        self._nodes = 0
        # Inside flow collections and plain scalars YAML lets tabs pass, and a list item indented by
        # one silently becomes a part of the text above it. In block text (| and >) they are content.
        self._tabs = _tab_lines(text)

    def read(self) -> Plain:
        value: Plain = None
        try:
            value = self._stream()
        except YAMLError as e:
            self._record_syntax(*syntax_refusal(e, self._text))
        except _Enough:
            pass
        for line, column in islice(self._tabs.items(), MAX_FINDINGS - len(self.found)):
            self._record(line, column, refusals.TAB, ())
        return value

    def _stream(self) -> Plain:
        self._next()  # the start of the stream
        start = self._next()
        if type(start) is StreamEndEvent:
            return None
        if isinstance(start, DocumentStartEvent) and (start.version or start.tags):
            self._refuse(start, refusals.DIRECTIVE, ())
        value = self._node(self._next(), (), 0)
        self._next()  # the end of the document
        following = self._next()
        if type(following) is not StreamEndEvent:
            self._refuse(following, refusals.SECOND_DOCUMENT, ())
        return value

    def _node(self, event: Event, path: DocumentPath, depth: int) -> Plain:
        if type(event) is ScalarEvent:
            return self._scalar(event, path)
        if type(event) is AliasEvent:
            self._refuse(event, refusals.ANCHOR, path)
            return None
        assert isinstance(event, CollectionStartEvent)  # noqa: S101 - the parser gives nothing else here
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, path)
        if depth == MAX_DEPTH:
            self._refuse(event, refusals.too_deep(MAX_DEPTH), path)
            raise _Enough
        if type(event) is SequenceStartEvent:
            return self._sequence(path, depth + 1)
        return self._mapping(event, path, depth + 1)

    def _sequence(self, path: DocumentPath, depth: int) -> list[Plain]:
        out: list[Plain] = []
        read = self._next
        while type(event := read()) is not SequenceEndEvent:
            if type(event) is not ScalarEvent:
                out.append(self._node(event, (*path, len(out)), depth))
            elif self.taken and event.value == RUN and not event.style:
                out += self._given_back(depth)
            else:
                out.append(self._scalar(event, path, len(out)))
            self._nodes += 1
            if self._nodes > MAX_NODES:
                self._stop(event)
        return out

    def _mapping(self, start: Event, path: DocumentPath, depth: int) -> dict[str, Plain]:
        out: dict[str, Plain] = {}
        keys: list[Event] = []
        read = self._next
        while type(event := read()) is not MappingEndEvent:
            key = self._key(event, start, path, depth)
            value_event = read()
            if key in out:
                self._refuse_duplicate(key, event, keys[[*out].index(key)], path)
            else:
                keys.append(event)
            if type(value_event) is ScalarEvent:
                out[key] = self._scalar(value_event, path, key)
            else:
                out[key] = self._node(value_event, (*path, key), depth)
            self._nodes += 2
            if self._nodes > MAX_NODES:
                self._stop(event)
        return out

    def _key(self, event: Event, start: Event, path: DocumentPath, depth: int) -> str:
        """The text of a key. What stands in for a refused one is never seen: the load fails."""
        if type(event) is ScalarEvent:
            key: str = event.value
            if event.anchor is not None or event.tag is not None:
                self._refuse_properties(event, (*path, key))
            if key in _NO_KEYS and not event.style:
                refusal = refusals.MERGE_KEY if key else refusals.EMPTY_KEY
                self._refuse(event, refusal, path)
            return key
        if type(event) is MappingStartEvent and self._is_template(start):
            self._refuse(start, refusals.TEMPLATE, path)
        elif type(event) is not AliasEvent:
            self._refuse(event, refusals.COMPLEX_KEY, path)
        self._node(event, path, depth)
        return f"refused at {mark_of(event).index}"

    def _is_template(self, start: Event) -> bool:
        index = mark_of(start).index
        return self._text.content[index : index + 2] == "{{"

    def _scalar(self, event: ScalarEvent, path: DocumentPath, step: str | int | None = None) -> Plain:
        """The value of a scalar at `step` below `path`; the two are joined only if it is refused."""
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, path if step is None else (*path, step))
        value: str = event.value
        if event.style:
            if self._tabs and event.style in "|>":
                self._tabs_are_content(event)
            return value
        if self.taken and value == TAKEN:
            return self._given_back(len(path) + (step is not None))[0]
        try:
            return resolved(value)
        except RefusedNumberError:
            where = path if step is None else (*path, step)
            self._refuse(event, refusals.refused_number(value), where)
            return None

    def _given_back(self, depth: int) -> Sequence[Flow]:
        """What was taken out of the text here, one or all of a run, unless it's for the whole text to reach a limit
        with it.
        """
        last = self.taken[-1]
        found = last if isinstance(last, tuple) else (last,)
        self._nodes += len(found) - 1
        self._nodes += sum([len(one) * (2 if isinstance(one, dict) else 1) for one in found])
        if depth >= MAX_DEPTH or self._nodes > MAX_NODES:
            raise _Enough
        self.taken.pop()
        return found

    def _tabs_are_content(self, event: Event) -> None:
        last = end_position(event)
        lines = range(mark_of(event).line + 2, last[0] + (last[1] > 1))
        for line in lines:
            self._tabs.pop(line, None)

    def _stop(self, event: Event) -> NoReturn:
        self._refuse(event, refusals.too_many(MAX_NODES), ())
        raise _Enough

    def _refuse_properties(self, event: NodeEvent, path: DocumentPath) -> None:
        if event.anchor is not None:
            self._refuse(event, refusals.ANCHOR, path)
        tag: str | None = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(event, refusals.refused_tag(tag), path)

    def _refuse_duplicate(self, key: str, event: Event, first: Event, path: DocumentPath) -> None:
        line, column = position(first)
        self._refuse(event, refusals.duplicate_key(key, f"{line}:{column}"), (*path, key))

    def _refuse(self, event: Event, refusal: Refusal, path: DocumentPath) -> None:
        self._record(*position(event), refusal, path)
        if len(self.found) >= MAX_FINDINGS:
            raise _Enough

    def _record_syntax(self, line: int, column: int, refusal: Refusal) -> None:
        """What stopped the parser, unless the place has its finding already."""
        told = refusal is refusals.TAB and line in self._tabs
        if not told and all((d.where.line, d.where.column) != (line, column) for d in self.found):
            self._record(line, column, refusal, ())

    def _record(self, line: int, column: int, refusal: Refusal, path: DocumentPath) -> None:
        where = self._text.where(line, column, path)
        self.found.append(
            Diagnostic(Severity.ERROR, refusal.code, refusal.summary, refusal.detail, refusal.hint, where)
        )
