"""A process of its own session, which outlives its parent, the terminal and the login."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_LAST_TO_GO = "-900"
"""Of the processes that are killed when memory runs out, proc_pid_oom_score_adj(5)."""


Work = Callable[[int, Callable[[], None]], None]


def detached(work: Work) -> int:
    """Start `work` in such a process, and return when it has called its second argument. Its first is
    a descriptor that's at its end when the one that's returned is closed, also by our death. Raises
    OSError.

    By fork and without exec: all it needs is in memory, and what we lock it locks, too. Of our threads
    only the caller goes along.
    """
    out, into = os.pipe()
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        _grandchild(work, out, told)
    os.close(out)
    os.close(told)
    os.waitpid(child, 0)
    said = os.read(ready, 1)
    os.close(ready)
    if not said:
        os.close(into)
        raise OSError("the process that was to guard the trial didn't start")
    return into


def _grandchild(work: Work, out: int, told: int) -> None:
    """Never returns, whatever happens: the rest is the parent's."""
    status = 1
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        _let_go(keep=(out, told))

        def ready() -> None:
            os.write(told, b"x")
            os.close(told)

        work(out, ready)
        status = 0
    finally:
        os._exit(status)


def _let_go(keep: tuple[int, int]) -> None:
    """Of the terminal, the streams and the other ends of our pipes: who reads ours is to see their end."""
    for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for path in list(Path("/proc/self/fd").iterdir()):
        descriptor = int(path.name)
        if descriptor > 2 and descriptor not in keep:
            with suppress(OSError):
                if _is_pipe(descriptor):
                    os.close(descriptor)
    os.chdir("/")
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_LAST_TO_GO)


def _is_pipe(number: int) -> bool:
    import stat

    return stat.S_ISFIFO(os.fstat(number).st_mode)
