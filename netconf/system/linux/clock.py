"""The clocks: `ports.Clock`."""

from __future__ import annotations

import time


class LinuxClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> float:
        return time.time()
