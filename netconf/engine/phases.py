"""How long the phases of a run took, for the `timing_ms` of the JSON output."""

from __future__ import annotations

from collections.abc import Callable

from netconf.system.ports import Clock


class Phases:
    """A stopwatch: each `done` names what the time since the one before was spent on, and `tell`s it
    with the milliseconds.
    """

    def __init__(self, clock: Clock, tell: Callable[[str, float], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._last = clock.monotonic()
        self._spent: dict[str, float] = {}

    def done(self, name: str) -> None:
        now = self._clock.monotonic()
        spent = now - self._last
        self._spent[name] = self._spent.get(name, 0.0) + spent
        self._last = now
        self._tell(name, spent * 1000)

    def milliseconds(self) -> dict[str, float]:
        """By phase, in the order they ended first."""
        return {name: round(seconds * 1000, 1) for name, seconds in self._spent.items()}
