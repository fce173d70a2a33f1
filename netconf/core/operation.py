"""One write to the system as plain data."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable


class Operation(Protocol):
    """Made by a driver's `lower`, done by its `apply`; the same data is printed as commands."""

    def describe(self) -> str:
        """What it does, in one line, for errors and the journal."""
        ...

    def commands(self) -> tuple[str, ...]:
        """The iproute2, sysctl … command lines that do the same; empty where there is none."""
        ...


@runtime_checkable
class ReachesOut(Protocol):
    """An operation on an object of another namespace that may have to be done in ours."""

    def from_home(self, netns: str) -> Self | None:
        """As it's done in our namespace, for that one; None = it's done over there."""
        ...
