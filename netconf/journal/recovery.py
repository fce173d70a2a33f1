"""What earlier runs left open, and finishing it.

The order of the questions is the safety rule. `current` is asked before the decision and before
what the slot says: once it names the new generation the transaction is committed, whatever else
is there. A record that isn't whole answers nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from netconf.core.errors import StateDirError
from netconf.journal import generations
from netconf.journal.durable import Checkpoint
from netconf.journal.entry import BEGIN, DECISION, REVOKED, Entry
from netconf.journal.envelope import CorruptError, NewerFormatError, unseal
from netconf.journal.layout import Layout, telling
from netconf.journal.records import Begin, Decision, Durable, End, Standing, Trial

_UNREADABLE = (Standing.CORRUPT, Standing.NEWER_FORMAT)


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction that isn't archived, or (`tx` empty) a generation that no transaction is making.
    `begin` is None where begin.json is missing or can't be read, `generation` then 0. `detail` says
    for people why it stands so. `trial` is there also when what was on trial is decided.
    """

    standing: Standing
    tx: str
    generation: int
    begin: Begin | None
    detail: str
    trial: Trial | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Leftover(Found):
    """The same with what finishes it. The caller holds the run lock, and has compared the boot id
    and the namespace cookie: the journal can't know whether the changed kernel state still exists.
    Every method may be cut off anywhere and repeated on what `leftovers` then finds.
    """

    layout: Layout = field(repr=False)
    checkpoint: Checkpoint = field(repr=False)

    def decide(self, word: Decision) -> Decision:
        """As Transaction.decide; before rolling back, so that no other process commits meanwhile."""
        return self._entry().decide(word)

    def waiting(self) -> Trial | None:
        """The trial as it stands at this moment: None once it's decided, or over. For anybody, as are
        `decide` and `prolong`.
        """
        entry = self._entry()
        with telling(f"can't look at transaction {self.tx}"):
            return None if entry.decision() else entry.trial()

    def prolong(self, trial: Trial) -> None:
        """StateDirError."""
        self._entry().put_on_trial(trial)

    def note_end(self, end: End) -> None:
        """Words for who waits for it, to be said before it ends."""
        self._entry().note_end(end)

    def commit(self) -> Durable:
        """Finishes a commit: flips `current` unless it's flipped, and records it."""
        return self._entry().commit()

    def rolled_back(self, *, complete: bool) -> Durable:
        """The caller has brought the kernel back to the before-images."""
        return self._entry().rolled_back(complete=complete)

    def drop(self, reason: str) -> None:
        """Gives it up: its kernel state is gone, or a person has ordered so. Removes what was never
        begun, tidies what is closed. RuntimeError for a committed one. StateDirError if it fails.
        """
        with telling(f"can't remove what {self.tx or 'a transaction'} left"):
            if self.standing is Standing.NEVER_BEGAN:
                self._discard()
            elif self.standing is Standing.CLOSED:
                self._entry().tidy()
            elif self.begin is not None:
                self._entry().drop(reason)
            else:
                Entry(self.layout, self.tx, 0, 0, self.checkpoint).drop(reason)
                self._discard_orphans()

    def _entry(self) -> Entry:
        if self.begin is None:
            raise RuntimeError(f"{self.tx or 'debris'} is {self.standing.value}: it can only be dropped")
        return _entry(self.layout, self.begin, self.checkpoint)

    def _discard(self) -> None:
        if self.tx:
            shutil.rmtree(self.layout.entry(self.tx))
            self.checkpoint("journal.debris.removed")
        else:
            generations.remove(self.layout, self.generation, self.checkpoint)

    def _discard_orphans(self) -> None:
        """The generation an unreadable journal was making, unless another one may be making it."""
        for found in scan(self.layout):
            if found.standing is Standing.NEVER_BEGAN and not found.tx:
                generations.remove(self.layout, found.generation, self.checkpoint)


def leftovers(layout: Layout, checkpoint: Checkpoint) -> list[Leftover]:
    """What `scan` finds, ready to be finished."""
    with telling("can't read the journal"):
        found = scan(layout)
    return [
        Leftover(
            item.standing,
            item.tx,
            item.generation,
            item.begin,
            item.detail,
            layout,
            checkpoint,
            trial=item.trial,
        )
        for item in found
    ]


def scan(layout: Layout) -> list[Found]:
    """Everything that isn't finished, transactions first. Reads only."""
    current = layout.current_number()
    found = [_examine(layout, tx, current) for tx in layout.open_entries()]
    return found + _orphans(layout, found, current)


def _examine(layout: Layout, tx: str, current: int) -> Found:
    path = layout.entry(tx)
    try:
        begin = unseal((path / BEGIN).read_bytes())
    except FileNotFoundError:
        return _without_begin(path, tx)
    except NewerFormatError as why:
        return Found(Standing.NEWER_FORMAT, tx, 0, None, str(why))
    except CorruptError as why:
        return Found(Standing.CORRUPT, tx, 0, None, str(why))
    if begin.tx != tx:
        return Found(Standing.CORRUPT, tx, 0, None, f"begin.json is that of transaction {begin.tx}")
    entry = _entry(layout, begin, _ignore)
    standing, detail = _standing(entry, current)
    return Found(standing, tx, begin.generation_to, begin, detail, trial=entry.trial())


def _without_begin(path: Path, tx: str) -> Found:
    if os.path.lexists(path / DECISION):
        return Found(Standing.CORRUPT, tx, 0, None, "decided, but begin.json is gone")
    return Found(Standing.NEVER_BEGAN, tx, 0, None, "begin.json was never written")


def _standing(entry: Entry, current: int) -> tuple[Standing, str]:
    if current == entry.new:
        return Standing.COMMITTED, f"generation {current} is current"
    if (recorded := entry.recorded()) and recorded != REVOKED:
        return Standing.CLOSED, f"recorded as {recorded}"
    if current != entry.old:
        return Standing.CORRUPT, f"generation {current} is current, neither {entry.old} nor {entry.new}"
    try:
        decision = entry.decision()
    except StateDirError as why:
        return Standing.CORRUPT, str(why)
    if decision is Decision.COMMIT:
        return Standing.TO_FINISH_COMMIT, "decided to be committed"
    waits = decision is None and entry.trial() is not None
    detail = "waiting to be confirmed" if waits else "not decided"
    standing = Standing.ON_TRIAL if waits else Standing.TO_ROLL_BACK
    return standing, "decided to be rolled back" if decision else detail


def _orphans(layout: Layout, found: Sequence[Found], current: int) -> list[Found]:
    if any(item.standing in _UNREADABLE for item in found):
        return []  # one of them may be making it
    making = {item.generation for item in found}
    return [
        Found(Standing.NEVER_BEGAN, "", number, None, f"no transaction is making generation {number}")
        for number in layout.numbers()
        if number > current and number not in making
    ]


def _entry(layout: Layout, begin: Begin, checkpoint: Checkpoint) -> Entry:
    return Entry(layout, begin.tx, begin.generation_from, begin.generation_to, checkpoint)


def _ignore(_name: str) -> None:
    """The checkpoint of those who only read."""
