"""Writing files so that a kill or a power cut leaves the old or the new, and the points between.

Every function here either does one durable step or is the plain JSON that such a step writes.
`CHECKPOINTS` names every point at which the journal may be cut; a checkpoint is called with the
name when the step it names is done, so that it is also the point before the next step.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Checkpoint = Callable[[str], None]
"""Called with one of CHECKPOINTS. An OSError it raises counts as the failure of the step there."""

CHECKPOINTS = (
    "journal.state.created",
    "journal.begin.start",
    "journal.generation.made",
    "journal.generation.written",
    "journal.generation.synced",
    "journal.entry.made",
    "journal.slot.allocated",
    "journal.entry.prepared",
    "journal.begin.tmp-written",
    "journal.begin.renamed",
    "journal.begin.synced",
    "journal.trial.written",
    "journal.decision.start",
    "journal.decision.linked",
    "journal.decision.synced",
    "journal.commit.start",
    "journal.commit.flipped",
    "journal.commit.flip-synced",
    "journal.rollback.start",
    "journal.drop.start",
    "journal.record.written",
    "journal.record.synced",
    "journal.tidy.generation-removed",
    "journal.tidy.archived",
    "journal.tidy.archive-trimmed",
    "journal.debris.removed",
)

PRIVATE_FILE = 0o600


def dump(value: Any) -> bytes:
    """Compact JSON in ASCII. Keys keep their order: a document is read by people too."""
    return json.dumps(value, separators=(",", ":"), check_circular=False).encode()


def create(path: Path, flags: int = 0) -> int:
    """A descriptor of a new, empty file."""
    flags |= os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(path, flags, PRIVATE_FILE)


def write_new(path: Path, data: bytes) -> None:
    """A new file with this content, fsynced; its directory entry isn't."""
    with os.fdopen(create(path), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_dir(path: Path) -> None:
    """Makes what was created in, renamed into or removed from the directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def remove_tree(path: Path, first: str) -> None:
    """Removes a directory, the file `first` before all else: without it what is left of the
    directory after a kill can't be taken for a whole one. Nothing there is fine.
    """
    (path / first).unlink(missing_ok=True)
    if path.exists():
        shutil.rmtree(path)
