"""The state directory: its opening and its refusal, and the room's one way in.

What lies here is believed later, by root: it's refused unless it is a real directory, ours, and
closed to everyone else.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from netconf.core.errors import PrivilegeError, StateDirError
from netconf.journal import entry, generations, lock, recovery, services, transaction
from netconf.journal.durable import Checkpoint, sync_dir
from netconf.journal.entry import Archived
from netconf.journal.layout import Layout, asking
from netconf.journal.lock import Holder
from netconf.journal.records import Begin, Content, Generation, Meta, Rows, Standing
from netconf.journal.recovery import Found, Leftover
from netconf.journal.services import Health
from netconf.journal.transaction import Transaction

_MIN_FREE_BYTES = 1 << 20

_PRIVATE = 0o700
_PUBLIC = 0o755  # of the volatile root, where `status` shows more than the journal


class StateView:
    """Reading only: creates nothing, needs no lock, works while nothing exists yet. PrivilegeError
    where the caller may not read, StateDirError where something is damaged.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def current(self) -> int:
        """The number of the last committed generation, 0 for none."""
        with asking("can't read the state directory"):
            return self._layout.current_number()

    def generation(self, number: int) -> Generation:
        with asking(f"can't read generation {number}"):
            return generations.read(self._layout, number)

    def ledger(self) -> Rows:
        """The ledger of the current generation alone, which is what planning needs; none before it."""
        with asking("can't read the ledger"):
            number = self._layout.current_number()
            return generations.read_ledger(self._layout, number) if number else []

    def generations(self) -> list[Meta]:
        """The committed generations that are kept, oldest first."""
        with asking("can't read the history"):
            return generations.history(self._layout)

    def locked_by(self) -> Holder | None:
        """Who runs a transaction now."""
        with asking("can't read the run lock"):
            return lock.held_by(self._layout.lock)

    def unfinished(self) -> list[Found]:
        """The transactions that aren't archived, the running one included."""
        with asking("can't read the journal"):
            return recovery.scan(self._layout)

    def on_trial(self) -> Found | None:
        """The transaction that waits to be confirmed."""
        found = (one for one in self.unfinished() if one.standing is Standing.ON_TRIAL)
        return next(found, None)

    def is_open(self, tx: str) -> bool:
        """Whether it's among `unfinished`, for who asks often."""
        return self._layout.entry(tx).exists()

    def archived(self, tx: str) -> Archived | None:
        """What became of a transaction that has ended; None if nothing is known of it. ValueError if
        that can't be the name of one.
        """
        with asking("can't read the journal's archive"):
            return entry.archived(self._layout, tx)

    def drained(self) -> Mapping[str, float]:
        """The services that were drained, by name, and when; `*` is all."""
        with asking("can't read which services are drained"):
            return services.read_drained(self._layout)

    def health(self) -> Health:
        """How the services stand, as the last netconf health wrote it since the machine was booted."""
        with asking("can't read how services stand"):
            return services.read_health(self._layout)

    def health_runs(self) -> Holder | None:
        """The netconf health that runs now."""
        with asking("can't read the lock of netconf health"):
            return lock.held_by(self._layout.health_lock)


class StateDir(StateView):
    """The journal as one who changes the system needs it. `begin`, and what `leftovers` returns,
    are used within `lock`.
    """

    def __init__(self, layout: Layout, checkpoint: Checkpoint) -> None:
        super().__init__(layout)
        self._checkpoint = checkpoint

    @staticmethod
    def open(state: Path, run: Path, checkpoint: Checkpoint) -> StateDir:
        """Creates what is missing. PrivilegeError if a root can't be trusted or isn't ours to write,
        StateDirError if it can't be created or written. A full disk is no obstacle yet, for
        finishing what was left open needs no space.
        """
        layout = Layout(state, run)
        with asking(f"can't use the state directory {state}"):
            for root, mode in ((state, _PRIVATE), (run, _PUBLIC)):
                _make(root, mode, checkpoint)
                _require_trust(root, root.lstat(), mode, owners={os.geteuid()})
            _require_writable(state)
            for path in (layout.generations, layout.journal, layout.archive):
                _make(path, _PRIVATE, checkpoint)
        return StateDir(layout, checkpoint)

    @staticmethod
    def peek(state: Path, run: Path) -> StateView:
        """A view for who changes nothing, root or not."""
        with asking(f"can't read the state directory {state}"):
            for root, mode in ((state, _PRIVATE), (run, _PUBLIC)):
                if os.path.lexists(root):
                    _require_trust(root, root.lstat(), mode, owners={0, os.geteuid()})
        return StateView(Layout(state, run))

    def lock(self, holder: Holder, timeout: float) -> AbstractContextManager[None]:
        """The run lock for the length of the block; LockedError, which names the holder, if it isn't
        free within `timeout` seconds.
        """
        return lock.hold(self._layout.lock, holder, timeout)

    def take_over_lock(self, holder: Holder) -> None:
        """Says that the lock is another process's from now on: it has inherited the descriptor."""
        with asking(f"can't write who holds the lock {self._layout.lock}"):
            lock.take_over(self._layout.lock, holder)

    def health_lock(self, holder: Holder, timeout: float) -> AbstractContextManager[None]:
        """The same for netconf health, of which one runs."""
        return lock.hold(self._layout.health_lock, holder, timeout)

    def set_drained(self, drained: Mapping[str, float]) -> None:
        """Durable on return. StateDirError."""
        with asking("can't write which services are drained"):
            services.write_drained(self._layout, drained)

    def set_health(self, health: Health) -> None:
        with asking("can't write how services stand"):
            services.write_health(self._layout, health)

    def begin(self, record: Begin, content: Content) -> Transaction:
        """Writes the generation and the before-images, durable on return. StateDirError: nothing
        is left of it. StaleError: another generation is current by now.
        """
        with asking("can't write the journal"):
            _require_space(self._layout.state)
        return transaction.begin(self._layout, record, content, self._checkpoint)

    def leftovers(self) -> list[Leftover]:
        """What earlier runs left open. `begin` refuses as long as there's a transaction among it."""
        return recovery.leftovers(self._layout, self._checkpoint)


def _make(path: Path, mode: int, checkpoint: Checkpoint) -> None:
    """The directory and its parents. What exists is left as it is."""
    if os.path.lexists(path):
        return
    _make(path.parent, mode, checkpoint)
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        return  # another process was faster
    sync_dir(path.parent)
    checkpoint("journal.state.created")


def _require_trust(path: Path, found: os.stat_result, mode: int, owners: set[int]) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise PrivilegeError(f"{path} is a symbolic link", hint=f"rm {path}, or name its target instead")
    if not stat.S_ISDIR(found.st_mode):
        raise StateDirError(f"{path} is not a directory")
    if found.st_uid not in owners:
        uid = os.geteuid()
        raise PrivilegeError(f"{path} belongs to uid {found.st_uid}", hint=f"chown -R {uid} {path}")
    # What the private root may not grant others at all, the public one may not let them write.
    if (granted := stat.S_IMODE(found.st_mode)) & (0o077 if mode == _PRIVATE else 0o022):
        raise PrivilegeError(f"{path} is open to others, mode {granted:04o}", hint=f"chmod {mode:04o} {path}")


def _require_writable(path: Path) -> None:
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise StateDirError(f"{path} is on a read-only file system")


def _require_space(path: Path) -> None:
    found = os.statvfs(path)
    # The blocks kept for root are ours to use: a full disk must not keep root from the network.
    blocks = found.f_bfree if os.geteuid() == 0 else found.f_bavail
    if (free := blocks * found.f_frsize) < _MIN_FREE_BYTES:
        raise StateDirError(f"{path} has {free // 1024} KiB left, 1024 KiB are needed")
