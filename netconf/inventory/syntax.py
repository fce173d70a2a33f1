"""The YAML parser's own errors, translated: where to look, what it means, what to write.

The sentences matched are those of libyaml 0.2 (scanner.c, parser.c) and of PyYAML's parser in Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from yaml.error import MarkedYAMLError, YAMLError

from netconf.inventory import refusals
from netconf.inventory.codes import Code
from netconf.inventory.refusals import Refusal
from netconf.inventory.text import Text


class _Problem(NamedTuple):
    """What the parser said and where; the context is where the construct began that it was in."""

    said: str
    line: int
    column: int
    context_line: int
    context_column: int
    text: Text

    @property
    def before(self) -> str:
        """The line up to the place."""
        return self.text.line(self.line)[: self.column - 1]

    @property
    def character(self) -> str:
        return self.text.line(self.line)[self.column - 1 : self.column]

    def at_context(self) -> _Problem:
        return self._replace(line=self.context_line, column=self.context_column)


Answer = tuple[_Problem, Refusal]


def syntax_refusal(error: YAMLError, text: Text) -> tuple[int, int, Refusal]:
    """Line, column and text of the finding for an error of the parser."""
    problem, refusal = _answer(_problem(error, text))
    return problem.line, problem.column, refusal


def _problem(error: YAMLError, text: Text) -> _Problem:
    if not isinstance(error, MarkedYAMLError):
        return _Problem(str(error), 1, 1, 1, 1, text)
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    context = error.context_mark
    start = (context.line + 1, context.column + 1) if context else place
    said = ": ".join(part for part in (error.context, error.problem) if part)
    return _Problem(said, *place, *start, text)


def _answer(problem: _Problem) -> Answer:
    line = problem.text.line(problem.line)
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent and problem.column <= len(indent) + 1:
        return problem._replace(column=indent.index("\t") + 1), refusals.TAB
    # With several lines or several expressions the place may be after the template that began it.
    brace = re.search(r"(?<![\"'{])\{\{", problem.before)
    if brace:
        return problem._replace(column=brace.start() + 1), refusals.TEMPLATE
    for pattern, answer in _ANSWERS:
        if re.search(pattern, problem.said):
            return answer(problem)
    return problem, Refusal(Code.SYNTAX, "not YAML here", problem.said, "")


def _second_colon(problem: _Problem) -> Answer:
    before = problem.before
    if re.search(r"[^\s{\[,-].*:\s", before):
        return problem, Refusal(
            Code.SYNTAX,
            '": " inside a value',
            'a plain value ends where ": " begins a mapping',
            'quote values that contain ": "',
        )
    above = problem.text.line(problem.line - 1).strip()
    if re.match(r"[\w.-]+:[^\s:]*$", above):
        return problem._replace(line=problem.line - 1, column=1), Refusal(
            Code.SYNTAX,
            f'"{above}" is text, not a key with a value',
            'a key ends with ":" and a space',
            f'missing space after ":": write "{above.replace(":", ": ", 1)}"',
        )
    return problem, Refusal(
        Code.SYNTAX,
        "a key is not allowed here",
        "it is indented deeper than the keys above it, but the line above already has a value",
        "indent it like the keys it belongs to; a key fits on one line and 1024 characters",
    )


def _no_colon(problem: _Problem) -> Answer:
    start = problem.at_context()
    return start, Refusal(
        Code.SYNTAX,
        'a key without ":"',
        "this line is neither a key with a value nor the rest of the value above",
        'write "key: value"; check the indentation if it belongs to the line above',
    )


def _unclosed(problem: _Problem) -> Answer:
    opening = problem.at_context().character or "bracket"
    closing = {"[": "]", "{": "}"}.get(opening, "closing bracket")
    if problem.line != problem.context_line:
        return problem.at_context(), Refusal(
            Code.SYNTAX,
            f'"{opening}" is never closed',
            f"line {problem.line} can't be a part of it",
            f'add "{closing}"',
        )
    hint = f'add a "," or "{closing}"; quote a value that contains one of , : [ ] {{ }}'
    return problem, Refusal(Code.SYNTAX, f'expected "," or "{closing}"', "", hint)


def _open_quote(problem: _Problem) -> Answer:
    return problem.at_context(), Refusal(
        Code.SYNTAX,
        "the quote is never closed",
        "everything down to the end of the file would be text",
        "add the closing quote; inside '…' write a quote twice: ''",
    )


def _reserved(problem: _Problem) -> Answer:
    return problem, Refusal(
        Code.SYNTAX,
        f'a value can\'t begin with "{problem.character}"',
        "the character has a meaning of its own in YAML",
        "quote the value",
    )


def _star_or_ampersand(problem: _Problem) -> Answer:
    start = problem.at_context()
    return start, Refusal(
        Code.ANCHOR,
        f'a plain value can\'t begin with "{start.character}"',
        "it would be an anchor or alias, and those are not allowed",
        "quote the value",
    )


def _after_value(problem: _Problem) -> Answer:
    before = problem.before.rstrip()
    if before.endswith(("'", '"', "]", "}")):
        return problem, Refusal(
            Code.SYNTAX,
            "something follows the end of the value",
            "after a closing quote or bracket the value is over",
            "quote the whole value; inside '…' write a quote twice: ''",
        )
    return problem, Refusal(
        Code.SYNTAX,
        "the indentation fits none of the lines above",
        "the keys of a mapping and the items of a list stand in one column each",
        "indent it like the lines it belongs to",
    )


def _list_item(problem: _Problem) -> Answer:
    return problem, Refusal(
        Code.SYNTAX,
        "a list item is not allowed here",
        'on the line of its key "- " can\'t begin a list',
        "put the item on a line of its own, or write [item]",
    )


def _fixed(code: str, summary: str, detail: str, hint: str) -> Callable[[_Problem], Answer]:
    return lambda problem: (problem, Refusal(code, summary, detail, hint))


_ANSWERS: tuple[tuple[str, Callable[[_Problem], Answer]], ...] = (
    ("mapping values are not allowed", _second_colon),
    ("could not find expected ':'", _no_colon),
    ("while parsing a flow (sequence|mapping): .*expected ','", _unclosed),
    ("quoted scalar: found unexpected", _open_quote),
    ("cannot start any token", _reserved),
    ("an (alias|anchor)", _star_or_ampersand),
    ("sequence entries are not allowed", _list_item),
    ("block (mapping|collection|sequence)", _after_value),
    ("found a tab", _fixed(*refusals.TAB)),
    ("<document start>", lambda problem: (problem, refusals.SECOND_DOCUMENT)),
    ("directive|incompatible YAML document", lambda problem: (problem, refusals.DIRECTIVE)),
    (
        "escape c|hexdecimal|hexadecimal",
        _fixed(
            Code.SYNTAX,
            "unknown escape in double quotes",
            r"a backslash begins an escape such as \n or \u00E9",
            r"use single quotes, or write \\ for a backslash",
        ),
    ),
    (
        "block scalar",
        _fixed(
            Code.SYNTAX,
            "something follows | or >",
            "the text of a block begins on the next line",
            "put the text on the next line, indented, or quote the value",
        ),
    ),
    ("tag", _fixed(Code.TAG, "not a tag", '"!" begins a tag', "quote the value if it is meant as text")),
    (
        "node content",
        _fixed(
            Code.SYNTAX,
            "a value is missing here",
            "a bracket or comma without a value before it",
            "write a value, or delete the character",
        ),
    ),
)
