"""One open transaction on disk: its decision, its end, its archiving.

What committing needs is made at begin: the block of commit.slot, one file per decision word, and
the symlink that becomes `current`. So ending a transaction allocates nothing, and a disk that was
filled meanwhile doesn't keep it from being committed.

    journal/<tx>/  begin.json  commit.slot  ops.jsonl  word.commit  word.rollback  next -> generations/N+1
                   decision (hard link to one of the words)  trial.json  end.json
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from netconf.core.errors import StateDirError
from netconf.journal import generations
from netconf.journal.durable import PRIVATE_FILE, Checkpoint, create, dump, sync_dir, write_new
from netconf.journal.envelope import SLOT_SIZE, slot, slot_state
from netconf.journal.layout import Layout, flip_target, telling
from netconf.journal.records import Decision, Durable, End, Trial

BEGIN = "begin.json"
OPERATIONS = "ops.jsonl"
DECISION = "decision"
TRIAL = "trial.json"
_END = "end.json"
_SLOT = "commit.slot"
_NEXT = "next"

COMMITTED = "committed"
ROLLED_BACK = "rolled-back"
DROPPED = "dropped"
REVOKED = "revoked"
"""Not an end: the decision to commit was taken back, see Entry.revoke."""

_REASON_LIMIT = 256  # characters, so that the record stays in its block however they are escaped


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction from generation `old` to `new` that isn't archived. Its methods are called by
    who holds the run lock, but for `decide`, which settles a race. `new` is 0 if begin.json can't
    be read.
    """

    layout: Layout
    tx: str
    old: int
    new: int
    checkpoint: Checkpoint

    @property
    def path(self) -> Path:
        return self.layout.entry(self.tx)

    def prepare(self) -> None:
        """Makes all that ending the transaction needs. The directory exists and is empty."""
        with os.fdopen(create(self.path / _SLOT), "wb") as file:
            os.posix_fallocate(file.fileno(), 0, SLOT_SIZE)
            os.fsync(file.fileno())
        self.checkpoint("journal.slot.allocated")
        for word in Decision:
            write_new(self._word(word), word.value.encode())
        (self.path / _NEXT).symlink_to(flip_target(self.new))
        self.checkpoint("journal.entry.prepared")

    def put_on_trial(self, trial: Trial) -> None:
        """Until when it may wait to be confirmed; again for another time. StateDirError. Not fsynced: a
        power cut ends the trial.
        """
        with telling(f"can't put transaction {self.tx} on trial"):
            draft = self.path / f"{TRIAL}.{os.getpid()}"
            draft.write_bytes(dump(asdict(trial)))
            draft.rename(self.path / TRIAL)
            self.checkpoint("journal.trial.written")

    def trial(self) -> Trial | None:
        """None if it isn't on trial, or nobody can say until when."""
        try:
            return Trial(**json.loads((self.path / TRIAL).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def note_end(self, end: End) -> None:
        """For who waits for the end in another process; recovery doesn't need it."""
        with suppress(OSError):
            (self.path / _END).write_bytes(dump(asdict(end)))

    def decision(self) -> Decision | None:
        """The decision that holds. StateDirError if what is there can't be read or isn't one."""
        with telling(f"can't read the decision of transaction {self.tx}"):
            if self.recorded() == REVOKED:
                return Decision.ROLLBACK
            try:
                word = (self.path / DECISION).read_text(errors="replace")
            except FileNotFoundError:
                return None
        try:
            return Decision(word)
        except ValueError:
            raise StateDirError(f"the decision of transaction {self.tx} is damaged") from None

    def decide(self, word: Decision) -> Decision:
        """Makes the decision unless it's made already, and returns the one that holds. Atomic
        between processes: link(2) fails if the name exists. StateDirError: none was made.
        """
        if made := self.decision():
            return made
        with telling(f"can't decide transaction {self.tx}"):
            self.checkpoint("journal.decision.start")
            try:
                (self.path / DECISION).hardlink_to(self._word(word))
            except OSError:
                # Another was faster, or a network file system has done it and lost the answer.
                if made := self.decision():
                    return made
                raise
        # Others see it now, so it's made. Only a power cut could still take it back, and that
        # takes the kernel state along; the commit point has its own fsync.
        with suppress(OSError):
            self.checkpoint("journal.decision.linked")
            sync_dir(self.path)
            self.checkpoint("journal.decision.synced")
        return word

    def revoke(self) -> None:
        """Turns a decided commit whose flip failed into a rollback, so that a crash while rolling
        back isn't taken for a commit to be finished. Two ways, for the disk is in trouble; if both
        fail the commit stays decided, and `rolled_back` will say Durable.NO.
        """
        with suppress(OSError):
            try:
                self._word(Decision.ROLLBACK).rename(self.path / DECISION)
                sync_dir(self.path)
            except OSError:
                self._record(slot(REVOKED))

    def commit(self) -> Durable:
        """Flips `current`, which is the commit point, and records it. StateDirError: not flipped,
        nothing is committed. Durable.NO: flipped, but a crash of the machine may undo it; the
        transaction stays open and recovery records it again. Repeatable.
        """
        with telling(f"can't commit transaction {self.tx}"):
            if self.layout.current_number() != self.new:
                self._flip()
        try:
            self.checkpoint("journal.commit.flipped")
            sync_dir(self.layout.state)
            self.checkpoint("journal.commit.flip-synced")
            self._record(slot(COMMITTED, generation=self.new))
        except OSError:
            return Durable.NO
        with suppress(OSError, StateDirError):  # cosmetic: recovery tidies what is left
            generations.prune(self.layout, self.checkpoint)
            self.archive()
        return Durable.YES

    def rolled_back(self, *, complete: bool) -> Durable:
        """Records that the kernel is back at the old generation, or as near as it goes. Durable.NO:
        the transaction stays open as the disk tells it. RuntimeError after the flip.
        """
        try:
            if self.layout.current_number() == self.new:
                raise RuntimeError(f"transaction {self.tx} is committed")
            if self.decision() is Decision.COMMIT:
                return Durable.NO
            self.checkpoint("journal.rollback.start")
            self._record(slot(ROLLED_BACK, complete=complete))
        except (OSError, StateDirError):
            return Durable.NO
        with suppress(OSError, StateDirError):
            self.tidy()
        return Durable.YES

    def drop(self, reason: str) -> None:
        """Gives the transaction up without touching the kernel. StateDirError if that fails."""
        if self.new and self.layout.current_number() == self.new:
            raise RuntimeError(f"transaction {self.tx} is committed")
        with telling(f"can't drop transaction {self.tx}"):
            self.checkpoint("journal.drop.start")
            self._record(slot(DROPPED, reason=reason[:_REASON_LIMIT]))
            self.tidy()

    def tidy(self) -> None:
        """Removes the generation that wasn't committed and archives the journal."""
        if self.new > self.layout.current_number():
            generations.remove(self.layout, self.new, self.checkpoint)
        self.archive()

    def archive(self) -> None:
        """Not fsynced: should a power cut undo it, the record in the slot says what it was."""
        target = self.layout.archived(self.tx)
        self.path.rename(target)
        self.checkpoint("journal.tidy.archived")
        others = [path for path in self.layout.archive.iterdir() if path != target]
        others.sort(key=lambda path: path.stat().st_mtime_ns)
        for path in others[: -(generations.KEEP - 1)]:
            shutil.rmtree(path)
            self.checkpoint("journal.tidy.archive-trimmed")

    def recorded(self) -> str:
        """The recorded end: one of the words above, "" as long as there's none."""
        try:
            return slot_state((self.path / _SLOT).read_bytes())
        except FileNotFoundError:
            return ""

    def _word(self, word: Decision) -> Path:
        return self.path / f"word.{word.value}"

    def _flip(self) -> None:
        if self.decision() is not Decision.COMMIT:
            raise RuntimeError(f"transaction {self.tx} isn't decided to be committed")
        if (current := self.layout.current_number()) != self.old:
            raise StateDirError(f"generation {current} is current, {self.old} was when {self.tx} began")
        self.checkpoint("journal.commit.start")
        try:
            (self.path / _NEXT).rename(self.layout.current)
        except OSError:
            # As in decide, it may have been done all the same.
            if self.layout.current_number() != self.new:
                raise

    def _record(self, data: bytes) -> None:
        fd = os.open(self.path / _SLOT, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
        try:
            os.pwrite(fd, data, 0)
            self.checkpoint("journal.record.written")
            os.fsync(fd)
        finally:
            os.close(fd)
        self.checkpoint("journal.record.synced")


@dataclass(frozen=True, slots=True)
class Archived:
    """What became of a transaction that's archived: "committed", "rolled-back" or "dropped", and the
    words noted with it.
    """

    state: str
    end: End | None


def archived(layout: Layout, tx: str) -> Archived | None:
    """None if it isn't in the archive (any more)."""
    path = layout.archived(tx)
    try:
        state = slot_state((path / _SLOT).read_bytes())
    except FileNotFoundError:
        return None
    try:
        values = json.loads((path / _END).read_bytes())
        return Archived(state, End(**{**values, "differences": tuple(values["differences"])}))
    except (OSError, ValueError, TypeError, KeyError):
        return Archived(state, None)
