"""The run lock: one transaction at a time, and a word about who holds it.

flock(2) belongs to the open file: it ends with the last process that has it open, however that
process ends. A forked child that keeps the descriptor keeps the lock; exec closes it.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from netconf.core.errors import LockedError
from netconf.journal.durable import PRIVATE_FILE, dump
from netconf.journal.layout import asking, telling

_RETRY_SECONDS = 0.02
_GRACE_SECONDS = 0.05
"""Even without a timeout the lock is tried that long: `held_by` takes it for a moment, too."""

_HINT = "wait with --lock-timeout SECONDS, or see netconf status"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock. `started` is the start of the process in clock ticks since boot
    (proc_pid_stat(5) field 22), which with the pid tells it from a later process of that pid;
    `since` is when it got the lock, in seconds of CLOCK_BOOTTIME.
    """

    tx: str
    pid: int
    started: int
    user: str
    ssh: str
    command: str
    since: float = 0.0

    @staticmethod
    def of_this_process(tx: str, command: str, environ: Mapping[str, str] = os.environ) -> Holder:
        """The calling process; `ssh` is SSH_CONNECTION (peer, port, own address, port) or empty."""
        return Holder(
            tx=tx,
            pid=os.getpid(),
            started=_start_time(),
            user=environ.get("SUDO_USER") or _user_name(),
            ssh=environ.get("SSH_CONNECTION", ""),
            command=command,
        )

    def __str__(self) -> str:
        held = max(0.0, _now() - self.since)
        origin = f", from {self.ssh.split()[0]}" if self.ssh.split() else ""
        return f"tx {self.tx}, pid {self.pid}, user {self.user}, since {held:.0f} s{origin}: {self.command}"


@contextmanager
def hold(path: Path, holder: Holder, timeout: float) -> Iterator[None]:
    """Holds the lock for the length of the block. Waits `timeout` seconds for it, then raises
    LockedError; StateDirError or PrivilegeError if the file can't be opened or written.
    """
    with asking(f"can't take the lock {path}"):
        fd = _acquire(path, timeout)
    try:
        with telling(f"can't write who holds the lock {path}"):
            _announce(fd, replace(holder, since=_now()))
        yield
    finally:
        # Not LOCK_UN: a child that was given the descriptor on purpose is to keep the lock.
        with suppress(OSError):
            said = _read(fd)
            if said is None or said.pid == holder.pid:
                os.ftruncate(fd, 0)
        os.close(fd)


def take_over(path: Path, holder: Holder) -> None:
    """A child that keeps the lock says so. OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        _announce(fd, replace(holder, since=_now()))
    finally:
        os.close(fd)


def held_by(path: Path) -> Holder | None:
    """Who holds the lock now; None if nobody does, or if who does hasn't said so yet."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(fd)
    finally:
        os.close(fd)
    return None


def _acquire(path: Path, timeout: float) -> int:
    deadline = time.monotonic() + max(timeout, _GRACE_SECONDS)
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
        holder = None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, fd):
                return fd
        except BlockingIOError:
            holder = _read(fd)
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        if time.monotonic() >= deadline:
            raise LockedError(f"another transaction is running ({holder or 'unknown'})", hint=_HINT)
        time.sleep(_RETRY_SECONDS)


def _is_still(path: Path, fd: int) -> bool:
    """Whether the path names the file we locked: someone may have removed it in between."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def _announce(fd: int, holder: Holder) -> None:
    os.ftruncate(fd, 0)
    os.pwrite(fd, dump(asdict(holder)), 0)


def _read(fd: int) -> Holder | None:
    try:
        values: dict[str, Any] = json.loads(os.pread(fd, 1 << 16, 0))
        return Holder(**{name: values[name] for name in Holder.__slots__})
    except (ValueError, KeyError, TypeError):
        return None  # the holder is just writing it


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _start_time() -> int:
    # The second field is the name of the program in parentheses and may hold anything.
    return int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])


def _user_name() -> str:
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
