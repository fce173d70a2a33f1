"""What the journal holds, typed; how a record is laid out on disk is in envelope.py."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = Any
"""A plain JSON value."""

Rows = Sequence[list[Any]]
"""Rows of [id, image | None], as core.image.encode_states makes them."""


class Decision(enum.Enum):
    """The one word that ends a transaction."""

    COMMIT = "commit"
    ROLLBACK = "rollback"


class Durable(enum.Enum):
    """Whether the end of a transaction is on the disk, or only in the page cache."""

    YES = "yes"
    NO = "no"


class Standing(enum.Enum):
    """How far a transaction that isn't archived came, and so what finishes it."""

    NEVER_BEGAN = "never-began"
    """Nothing was changed; only files to remove."""
    TO_ROLL_BACK = "to-roll-back"
    """Begun, perhaps applied in part, and not decided to be committed."""
    ON_TRIAL = "on-trial"
    """Applied and verified, waiting to be confirmed; past its deadline the same as TO_ROLL_BACK."""
    TO_FINISH_COMMIT = "to-finish-commit"
    """Decided to be committed, `current` still the old generation."""
    COMMITTED = "committed"
    """`current` is the new generation. Never to be rolled back."""
    CLOSED = "closed"
    """Its end (rolled back, dropped) is recorded; only files to tidy."""
    CORRUPT = "corrupt"
    """Not to be understood: nothing may be concluded from it."""
    NEWER_FORMAT = "newer-format"
    """Whole, but written by a later version."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that's undone unless it's confirmed: when, in seconds of CLOCK_BOOTTIME, and how many
    seconds it was given.
    """

    deadline: float
    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """How a transaction ended that was rolled back, in words: what for, how well, what differs still."""

    reason: str
    exactness: str
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many objects a transaction changed, by action."""

    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What a transaction wants to commit: the generation, but for what its Begin says already."""

    resolved: Json
    ledger: Rows
    counts: Counts
    digest: str
    source: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """All that is needed to undo a transaction, and to know whether it may be undone here.

    `created` is in seconds since the epoch. `boot_id` and the namespace's cookie tell whether the
    kernel state the transaction changed still exists; the journal stores them and doesn't judge.
    """

    tx: str
    created: float
    tool_version: str
    machine_id: str
    boot_id: str
    namespace_key: str
    namespace_cookie: int
    caller: str
    argv: tuple[str, ...]
    generation_from: int
    before: Rows
    operations: tuple[str, ...]

    @property
    def generation_to(self) -> int:
        return self.generation_from + 1


@dataclass(frozen=True, slots=True)
class Meta:
    """A line of the history. `created` is in seconds since the epoch; `parent` 0 means none."""

    number: int
    created: float
    tx: str
    parent: int
    counts: Counts
    digest: str
    source: str
    comment: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation as stored. `before` are the before-images of the transaction that made it."""

    meta: Meta
    resolved: Json
    ledger: Rows
    before: Rows

    @property
    def number(self) -> int:
        return self.meta.number
