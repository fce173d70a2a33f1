"""Trying every point of a transaction, each from the old state, in several namespaces at once."""

from __future__ import annotations

import os
import pickle
import traceback
from collections import Counter
from pathlib import Path

from engine import scene
from engine.site import Site, Trace
from engine.snapshot import assert_same, at_rest, unnumbered
from lab import netns

WORKERS = max(2, os.cpu_count() or 2)

WHOLE = "NETCONF_RANDOM" in os.environ
"""In `make nightly`: every point of every sweep. Else those of one plan that are of a kind with others are left out."""


def every(step: int) -> int:
    """How far apart the points of a sweep are."""
    return 1 if WHOLE else step


class Scene:
    """A site in the old state, at rest, that knows how the new one looks."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.site = Site(root)
        self.second, self.old = scene.prepare(self.site)
        self.site.apply(self.second)
        self.new = unnumbered(at_rest())
        self.back()

    def trace(self, **more) -> Trace:
        """The checkpoints of the transaction when nothing happens."""
        trace = Trace()
        assert self.site.apply(self.second, checkpoint=trace, **more).ending.cause is None
        self.back()
        return trace

    def back(self) -> None:
        done = self.site.rollback()
        assert done.ending.cause is None, done.ending
        assert_same(self.old, "rolled back from the new state")

    def assert_old_or_new(self, *, new: bool, what: object) -> None:
        """Exactly one of them, and nothing left open; then the old one again."""
        assert self.unfinished() == [], what
        if new:
            assert_same(self.new, what, unnumbered)
            assert self.site.changes(self.second) == [], what
            self.back()
        else:
            assert_same(self.old, what)

    def unfinished(self) -> list:
        with self.site.host() as host:
            return host.peek_state().unfinished()


def sweep(root: Path, work, workers: int = WORKERS) -> Counter:
    """`work(scene, share)` in several processes, each in a namespace of its own with a scene, which
    does its `share` (n, of) of the points. Returns the sum of what they count.
    """
    children = [_start(root / f"worker{n}", work, (n, workers)) for n in range(workers)]
    counts: Counter = Counter()
    failures = []
    for pid, out in children:
        with os.fdopen(out, "rb") as stream:
            data = stream.read()
        os.waitpid(pid, 0)
        result = pickle.loads(data) if data else "a worker died"
        if isinstance(result, Counter):
            counts += result
        else:
            failures.append(result)
    assert not failures, "\n".join(failures)
    return counts


def _start(root: Path, work, share) -> tuple[int, int]:
    out, into = os.pipe()
    pid = os.fork()
    if pid:
        os.close(into)
        return pid, out
    try:
        os.close(out)
        with netns.fresh():
            result = work(Scene(root), share)
    except BaseException:  # noqa: BLE001 - nothing may get out of the child
        result = traceback.format_exc()
    try:
        os.write(into, pickle.dumps(result)[:60000])
    finally:
        os._exit(0)
