"""Route metrics: names, numbers (RTAX_* of linux/rtnetlink.h) and units.

Values are kept in the document's form: integers, durations as text, words. The kernel keeps rtt
in 1/8 ms and rttvar in 1/4 ms (ip-route(8)), rto_min in ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from netconf.core.duration import duration_text, milliseconds

Value = int | str
Metrics = tuple[tuple[str, Value], ...]

RTAX_LOCK = 1
RTAX_FEATURES = 12
FEATURE_ECN = 1


class Metric(NamedTuple):
    """One metric: its number, and its value to the kernel and back."""

    number: int
    write: Callable[[Value], Value]
    read: Callable[[Value], Value]


def _number(number: int) -> Metric:
    return Metric(number, int, int)


def _duration(number: int, parts: int) -> Metric:
    return Metric(number, lambda v: milliseconds(str(v)) * parts, lambda v: duration_text(int(v) // parts))


METRICS: dict[str, Metric] = {
    "mtu": _number(2),
    "window": _number(3),
    "rtt": _duration(4, 8),
    "rttvar": _duration(5, 4),
    "ssthresh": _number(6),
    "cwnd": _number(7),
    "advmss": _number(8),
    "reordering": _number(9),
    "hoplimit": _number(10),
    "initcwnd": _number(11),
    "rto_min": _duration(13, 1),
    "initrwnd": _number(14),
    "quickack": Metric(15, lambda v: int(v == "on"), lambda v: "on" if v else "off"),
    "congctl": Metric(16, str, str),
    "fastopen_no_cookie": Metric(17, lambda v: int(v == "on"), lambda v: "on" if v else "off"),
}
_BY_NUMBER = {metric.number: name for name, metric in METRICS.items()}


def to_kernel(metrics: Metrics) -> tuple[tuple[int, Value], ...]:
    """(number, value) pairs sorted by number; `lock` and `features` become bit masks."""
    out: list[tuple[int, Value]] = []
    for name, value in metrics:
        if name == "lock":
            out.append((RTAX_LOCK, sum(1 << METRICS[word].number for word in str(value).split())))
        elif name == "features":
            out.append((RTAX_FEATURES, FEATURE_ECN))
        else:
            out.append((METRICS[name].number, METRICS[name].write(value)))
    return tuple(sorted(out, key=lambda pair: pair[0]))


def from_kernel(pairs: Iterable[tuple[int, Value]]) -> Metrics:
    """Named metrics sorted by name; what a kernel adds that we don't know is left out."""
    out: list[tuple[str, Value]] = []
    for number, value in pairs:
        if number == RTAX_LOCK:
            words = sorted(name for name, metric in METRICS.items() if int(value) >> metric.number & 1)
            if words:
                out.append(("lock", " ".join(words)))
        elif number == RTAX_FEATURES:
            if int(value) & FEATURE_ECN:
                out.append(("features", "ecn"))
        elif number in _BY_NUMBER:
            name = _BY_NUMBER[number]
            out.append((name, METRICS[name].read(value)))
    return tuple(sorted(out))


def words(metrics: Metrics) -> list[str]:
    """The metrics as `ip route` writes them."""
    locked = str(dict(metrics).get("lock", "")).split()
    out: list[str] = []
    for name, value in metrics:
        if name != "lock":
            word = str(int(value == "on")) if name in ("quickack", "fastopen_no_cookie") else str(value)
            # rto_min is always locked, and iproute2 does so without being told
            out += [name, "lock", word] if name in locked and name != "rto_min" else [name, word]
    return out
