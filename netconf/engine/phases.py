"""How long the phases of a run took, for the `timing_ms` of the JSON output."""

from __future__ import annotations

from netconf.system.ports import Clock


class Phases:
    """A stopwatch: each `done` names what the time since the one before was spent on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.monotonic()
        self._spent: dict[str, float] = {}

    def done(self, name: str) -> None:
        now = self._clock.monotonic()
        self._spent[name] = self._spent.get(name, 0.0) + now - self._last
        self._last = now

    def milliseconds(self) -> dict[str, float]:
        """By phase, in the order they ended first."""
        return {name: round(seconds * 1000, 1) for name, seconds in self._spent.items()}
