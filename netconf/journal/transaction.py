"""Beginning a transaction, and the transaction as who applies it sees it.

`begin` returns when the new generation and the before-images are durable; nothing has changed
until then, so whatever fails there is undone by removing files. From then on the kernel is
changed, and only `commit` or `rolled_back` ends it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from netconf.core.errors import StaleError, StateDirError
from netconf.journal import generations
from netconf.journal.durable import Checkpoint, create, dump, remove_tree, sync_dir, write_new
from netconf.journal.entry import BEGIN, OPERATIONS, Entry
from netconf.journal.envelope import seal
from netconf.journal.layout import Layout, telling
from netconf.journal.records import Begin, Content, Decision, Durable, Trial


class Transaction:
    """A begun transaction. The caller holds the run lock until it has ended."""

    def __init__(self, entry: Entry, operations: int) -> None:
        self._entry = entry
        self._operations = operations

    @property
    def tx(self) -> str:
        return self._entry.tx

    @property
    def generation(self) -> int:
        """The generation that commit makes current."""
        return self._entry.new

    def intent(self, wave: int, steps: Sequence[str]) -> None:
        """Notes what is about to be done."""
        self._note({"wave": wave, "intent": list(steps)})

    def done(self, wave: int) -> None:
        self._note({"wave": wave, "done": True})

    def put_on_trial(self, trial: Trial) -> None:
        """Who applies is done with it: who guards it ends it. StateDirError: it isn't on trial."""
        self._entry.put_on_trial(trial)
        self._close()

    def decide(self, word: Decision) -> Decision:
        """Makes the decision, or returns the one that was faster. StateDirError: none was made."""
        return self._entry.decide(word)

    def commit(self) -> Durable:
        """After decide(COMMIT). StateDirError: nothing is committed, roll back. Durable.NO: it's
        committed and must not be rolled back, but it isn't known to be on the disk.
        """
        try:
            durable = self._entry.commit()
        except StateDirError:
            self._entry.revoke()
            raise
        self._close()
        return durable

    def rolled_back(self, *, complete: bool) -> Durable:
        """The kernel is as it was, or (complete=False) as near to it as could be brought."""
        durable = self._entry.rolled_back(complete=complete)
        self._close()
        return durable

    def _note(self, line: object) -> None:
        # Read by people only: recovery compares states. So a full disk doesn't stop the work, and
        # there's no fsync, for the state these lines tell of doesn't outlive the page cache either.
        with suppress(OSError):
            os.write(self._operations, dump(line) + b"\n")

    def _close(self) -> None:
        os.close(self._operations)
        self._operations = -1


def begin(layout: Layout, record: Begin, content: Content, checkpoint: Checkpoint) -> Transaction:
    """Durable on return. StateDirError: nothing is left of it. StaleError: `current` isn't the
    generation it was planned on.
    """
    _refuse(layout, record)
    before = dump(record.before)
    files = generations.encode(record, content, before)
    sealed = seal(record, before)
    entry = Entry(layout, record.tx, record.generation_from, record.generation_to, checkpoint)
    with telling("can't write the journal"), ExitStack() as undo:
        checkpoint("journal.begin.start")
        path = layout.generation(entry.new)
        path.mkdir(mode=0o700)
        undo.callback(_forget, path, "meta.json")
        checkpoint("journal.generation.made")
        generations.write(layout, entry.new, files, checkpoint)
        operations = _write_entry(entry, sealed, undo)
        undo.pop_all()
    return Transaction(entry, operations)


def _write_entry(entry: Entry, sealed: bytes, undo: ExitStack) -> int:
    """The journal proper, begin.json last; returns the descriptor of ops.jsonl."""
    path, checkpoint = entry.path, entry.checkpoint
    path.mkdir(mode=0o700)
    undo.callback(_forget, path, BEGIN)
    checkpoint("journal.entry.made")
    entry.prepare()
    operations = create(path / OPERATIONS, os.O_APPEND)
    undo.callback(os.close, operations)
    draft = path / f"{BEGIN}.tmp"
    write_new(draft, sealed)
    checkpoint("journal.begin.tmp-written")
    draft.rename(path / BEGIN)
    checkpoint("journal.begin.renamed")
    sync_dir(path)
    sync_dir(entry.layout.journal)
    checkpoint("journal.begin.synced")
    return operations


def _refuse(layout: Layout, record: Begin) -> None:
    with telling("can't read the journal"):
        current = layout.current_number()
        open_entries = layout.open_entries()
        used = layout.archived(record.tx).exists()
    if open_entries:
        raise StateDirError(f"transaction {open_entries[0]} is still open and has to be recovered first")
    if used:
        raise StateDirError(f"there has been a transaction {record.tx} before")
    if current != record.generation_from:
        raise StaleError(f"generation {current} is current, the plan is for {record.generation_from}")


def _forget(path: Path, first: str) -> None:
    # What can't be removed on a failing disk is debris for the next recovery; the first failure
    # is the one to tell.
    with suppress(OSError):
        remove_tree(path, first)
