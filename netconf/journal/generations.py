"""The history: writing a generation, reading it back, removing old ones.

meta.json is what makes a directory a generation: it goes first when one is removed.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from netconf.core.errors import StateDirError
from netconf.journal.durable import Checkpoint, dump, remove_tree, sync_dir, write_new
from netconf.journal.layout import Layout
from netconf.journal.records import Begin, Content, Counts, Generation, Meta, Rows

KEEP = 10
"""Committed generations, and archived transactions, that are kept."""

_META = "meta.json"
_RESOLVED = "resolved.json"
_LEDGER = "ledger.json"
_BEFORE = "before.json"

Files = dict[str, bytes]


def encode(begin: Begin, content: Content, before: bytes) -> Files:
    """The files of the generation, by name; `before` is the JSON of the before-images. On a host that nothing was
    managed on yet the ledger is mostly the same.
    """
    meta = Meta(
        number=begin.generation_to,
        created=begin.created,
        tx=begin.tx,
        parent=begin.generation_from,
        counts=content.counts,
        digest=content.digest,
        source=content.source,
        comment=content.comment,
    )
    return {
        _RESOLVED: dump(content.resolved),
        _LEDGER: before if content.ledger == begin.before else dump(content.ledger),
        _BEFORE: before,
        _META: dump(asdict(meta)),
    }


def write(layout: Layout, number: int, files: Files, checkpoint: Checkpoint) -> None:
    """Fills the directory of the generation, which exists and is empty; durable on return."""
    path = layout.generation(number)
    for name, data in files.items():
        write_new(path / name, data)
        checkpoint("journal.generation.written")
    sync_dir(path)
    sync_dir(layout.generations)
    checkpoint("journal.generation.synced")


def read(layout: Layout, number: int) -> Generation:
    """StateDirError if there's no such generation or it can't be read."""
    if not (layout.generation(number) / _META).is_file():
        raise StateDirError(f"there is no generation {number}", hint="netconf history lists them")
    return Generation(
        meta=read_meta(layout, number),
        resolved=_load(layout, number, _RESOLVED),
        ledger=read_ledger(layout, number),
        before=_load(layout, number, _BEFORE),
    )


def read_ledger(layout: Layout, number: int) -> Rows:
    rows: Rows = _load(layout, number, _LEDGER)
    return rows


def read_meta(layout: Layout, number: int) -> Meta:
    """Raises StateDirError, or FileNotFoundError for one that is being removed."""
    values = _load(layout, number, _META)
    try:
        known = {name: values[name] for name in Meta.__slots__}
        return Meta(**{**known, "counts": Counts(**known["counts"])})
    except (KeyError, TypeError) as failure:
        raise StateDirError(f"{_META} of generation {number} lacks something: {failure!r}") from failure


def history(layout: Layout) -> list[Meta]:
    """The committed generations, oldest first."""
    current = layout.current_number()
    found = []
    for number in layout.numbers():
        if number <= current:
            try:
                found.append(read_meta(layout, number))
            except FileNotFoundError:
                continue  # half removed, or just being removed
    return found


def remove(layout: Layout, number: int, checkpoint: Checkpoint) -> None:
    """Removes a generation; that of `current` never is removed."""
    if number == layout.current_number():
        raise RuntimeError(f"generation {number} is the current one")
    remove_tree(layout.generation(number), _META)
    checkpoint("journal.tidy.generation-removed")


def prune(layout: Layout, checkpoint: Checkpoint) -> None:
    """Removes all but the newest KEEP of the committed generations."""
    current = layout.current_number()
    committed = [number for number in layout.numbers() if number <= current]
    for number in committed[:-KEEP]:
        remove(layout, number, checkpoint)


def _load(layout: Layout, number: int, name: str) -> Any:
    try:
        return json.loads((layout.generation(number) / name).read_bytes())
    except ValueError as failure:
        raise StateDirError(f"{name} of generation {number} is damaged: {failure}") from failure
