"""Timing whole processes in network namespaces of their own."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from time import perf_counter, sleep
from typing import NamedTuple

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed program has its byte code."""

TEARDOWN_SECONDS = 1.5
"""The kernel takes a namespace down after the command returned, under the lock that every change of
the network needs: 500 pairs of veths keep it for half a second. Nothing tells when it's done.
"""


class Sample(NamedTuple):
    """One run: wall and CPU seconds, peak resident MiB."""

    wall: float
    cpu: float
    memory: float


class Summary(NamedTuple):
    """Medians of several runs."""

    wall: float
    cpu: float
    memory: float

    def less(self, other: Summary) -> Summary:
        """What a command took beyond another; the memory is the command's."""
        return Summary(self.wall - other.wall, self.cpu - other.cpu, self.memory)


@contextmanager
def namespace() -> Iterator[str]:
    """A fresh network namespace with lo up."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
        sleep(TEARDOWN_SECONDS)


def run(argv: Sequence[str], status: int = 0) -> Sample:
    """Run a command to its end; its output is thrown away."""
    start = perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    _, code, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != status:
        raise RuntimeError(f"exit status {process.returncode}: {' '.join(argv)}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def summary(samples: Sequence[Sample]) -> Summary:
    return Summary(*(median(column) for column in zip(*samples, strict=True)))
