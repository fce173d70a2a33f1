"""Printing: stdout is data, stderr is talk; neither may stop a transaction.

After the terminal is gone every write fails with EIO or EPIPE: that's swallowed here, once, and
nothing is written any more.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from netconf.report.style import Style


class Output:
    """Where a command prints. Its colours are those of the stream's terminal."""

    def __init__(self, options: Namespace) -> None:
        self.json: bool = options.json
        self.quiet: bool = options.quiet
        self._color: str = options.color

    def data(self, text: str) -> None:
        """What was asked for."""
        _write(sys.stdout, text)

    def object(self, value: dict[str, Any]) -> None:
        """The one JSON object of --json."""
        self.data(json.dumps(value, ensure_ascii=True))

    def talk(self, text: str) -> None:
        """What is told besides."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """What is told even with --quiet."""
        _write(sys.stderr, text)

    @staticmethod
    def raw(stream: TextIO, text: str) -> None:
        """Text without an end of line."""
        _write(stream, text, end="")

    def style(self, stream: TextIO) -> Style:
        from netconf.report.style import Style

        return Style(self._coloured(stream))

    def _coloured(self, stream: TextIO) -> bool:
        if self._color != "auto":
            return self._color == "always"
        return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def interactive() -> bool:
    """Whether a person sits at both ends."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def ask(question: str) -> bool:
    """A yes or no of the person; end of file is a no."""
    _write(sys.stderr, question, end="")
    try:
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except (OSError, ValueError):
        return False


def is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _write(stream: TextIO | None, text: str, end: str = "\n") -> None:
    _guarded(lambda: print(text, end=end, file=stream, flush=True))


def _guarded(write: Callable[[], None]) -> None:
    try:
        write()
    except (OSError, ValueError):
        # The reader is gone. The interpreter would complain once more at its own exit.
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
