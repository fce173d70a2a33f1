"""The guests of a run, one after the other: each begins when the one before it has ended, with the tests that one
lacked something for.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Self

import pytest

from lab import needs
from lab.guest_run import POLL_SECONDS, GuestRun
from lab.ledger import Row


class Relay:
    """Use as a context manager: entering boots the first guest, leaving kills whatever still runs.

    It has no thread of its own, because a thread can't be where tests change namespaces: `advance` is to be called
    now and then.
    """

    def __init__(self, config: pytest.Config, items: Sequence[pytest.Item], tiers: Sequence[str]) -> None:
        self.tiers = [tier for tier in tiers if tier != needs.HOST]
        self._config = config
        self._tests = {self.tiers[0]: list(items)}
        self._runs: dict[str, GuestRun] = {}
        self._stack = ExitStack()

    def advance(self) -> None:
        """Boot the next guest if it's its turn. Doesn't wait."""
        later = [tier for tier in self.tiers if tier not in self._tests]
        last = [tier for tier in self.tiers if tier in self._runs][-1]
        if not later or not self._runs[last].is_over():
            return
        self._tests[later[0]] = [i for i in self._tests[last] if self._runs[last].unmet(i.nodeid) is not None]
        if self._tests[later[0]]:
            self._begin(later[0])
        else:
            self._tests |= {tier: [] for tier in later}

    def tests(self, tier: str) -> list[pytest.Item]:
        """Those that were sent there; waits for the guests before it."""
        while tier not in self._tests:
            self.advance()
            time.sleep(POLL_SECONDS)
        return self._tests[tier]

    def rows(self, test: str, tier: str) -> list[Row]:
        """GuestRun.rows of that tier."""
        return self._runs[tier].rows(test)

    def unmet(self, test: str) -> dict[str, list[str]]:
        """What each guest so far lacks for the test."""
        found = {tier: run.unmet(test) for tier, run in self._runs.items()}
        return {tier: words for tier, words in found.items() if words is not None}

    def __enter__(self) -> Self:
        self._begin(self.tiers[0])
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _begin(self, tier: str) -> None:
        self._runs[tier] = self._stack.enter_context(GuestRun(self._config, self._tests[tier], tier))
