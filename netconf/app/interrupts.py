"""Signals during a transaction.

Handlers only set a flag, which the transaction asks at every step: an exception out of a handler
could hit the rollback itself. SIGINT and SIGTERM ask for the transaction to be undone. SIGHUP and a
closed terminal don't: whoever watched is gone, the transaction goes on to its end.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

UNDO = (signal.SIGINT, signal.SIGTERM)
CARRY_ON = (signal.SIGHUP, signal.SIGPIPE)


class Flag:
    """The first signal that came."""

    def __init__(self) -> None:
        self._name = ""

    def __call__(self) -> str:
        return self._name

    def set(self, number: int, _frame: FrameType | None) -> None:
        self._name = self._name or signal.Signals(number).name


@contextmanager
def watched() -> Iterator[Flag]:
    """The flag, for the length of the block; the earlier handlers come back afterwards."""
    flag = Flag()
    before = {number: signal.signal(number, flag.set) for number in UNDO}
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in CARRY_ON}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
