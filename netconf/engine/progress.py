"""Who is told how far a run has come, while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from netconf.engine.execute import Record


class Progress(Protocol):
    """Must neither raise nor take long: it's called in the middle of a transaction."""

    def phase(self, name: str, milliseconds: float) -> None:
        """A phase is over; how long it took."""
        ...

    def wave(self, number: int, waves: int, steps: int) -> None:
        """So many steps are done, the wave with this number (from 1) of so many."""
        ...


class Silent:
    """Tells nobody."""

    def phase(self, name: str, milliseconds: float) -> None:
        """Nothing to tell."""

    def wave(self, number: int, waves: int, steps: int) -> None:
        """Nothing to tell."""


class Told:
    """A record that tells what it notes, once it's noted."""

    def __init__(self, record: Record, progress: Progress, waves: int) -> None:
        self._record, self._progress, self._waves = record, progress, waves
        self._steps = 0

    def intent(self, wave: int, steps: Sequence[str]) -> None:
        self._steps = len(steps)
        self._record.intent(wave, steps)

    def done(self, wave: int) -> None:
        self._record.done(wave)
        self._progress.wave(wave + 1, self._waves, self._steps)
