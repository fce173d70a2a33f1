"""How far a run has come: as JSON lines for programs, as one line on a terminal for people."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from typing import TextIO

from netconf.cli.output import Output, is_terminal
from netconf.engine.progress import Progress, Silent

PATIENCE = 1.0
"""Seconds; work that's done sooner needs no progress."""


def progress(options: Namespace, output: Output) -> Progress:
    """What the options ask for."""
    if getattr(options, "events", False):
        return Events(output)
    if not options.json and not options.quiet and is_terminal(sys.stderr):
        return Line(sys.stderr, time.monotonic)
    return Silent()


class Events:
    """One JSON object per phase and per wave, as they end."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def phase(self, name: str, milliseconds: float) -> None:
        self._output.object({"event": "phase", "phase": name, "ms": round(milliseconds, 1)})

    def wave(self, number: int, waves: int, steps: int) -> None:
        self._output.object({"event": "wave", "wave": number, "waves": waves, "steps": steps})


class Line:
    """A line that's written over while the waves last, and wiped when they are over."""

    def __init__(self, stream: TextIO, now: Callable[[], float]) -> None:
        self._stream, self._now = stream, now
        self._start = 0.0
        self._shown = False

    def phase(self, name: str, milliseconds: float) -> None:
        """The waves begin once the journal is written."""
        if name == "journal":
            self._start = self._now()
        if self._shown:
            self._shown = False
            self._write("\r\x1b[K")

    def wave(self, number: int, waves: int, steps: int) -> None:
        if self._now() - self._start > PATIENCE:
            self._shown = True
            self._write(f"\r\x1b[Kapplying: step {number} of {waves}")

    def _write(self, text: str) -> None:
        Output.raw(self._stream, text)
