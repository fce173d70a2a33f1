"""Times as canonical text: a number and its unit, `15s`, `100ms`."""

from __future__ import annotations

import re

DURATION = re.compile(r"(\d+)(ms|s|min|h)")
_MILLISECONDS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}


def milliseconds(duration: str) -> int:
    """The length of a duration; ValueError if the text isn't one."""
    match = DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(duration)
    return int(match[1]) * _MILLISECONDS[match[2]]


def duration_text(length_ms: int) -> str:
    """The canonical text: whole seconds as seconds, the rest as milliseconds."""
    return f"{length_ms // 1000}s" if length_ms % 1000 == 0 else f"{length_ms}ms"
