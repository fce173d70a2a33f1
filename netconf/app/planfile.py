"""Saved plans: a JSON file that holds the document, what it was planned on, and every operation.

It's applied only to the host, the namespace and the generation it was made for, before it expires,
and only if planning again gives the very same operations.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from netconf import __version__
from netconf.app.plan import Planned, operation_rows
from netconf.app.wiring import Host
from netconf.core.diagnostics import error
from netconf.core.errors import MissingFileError, StaleError, StateDirError

FORMAT = "netconf.planfile/1"
LIFETIME_SECONDS = 3600
_MAGIC = '{"format":"netconf.planfile/'


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """The content of a plan file."""

    format: str
    version: str
    machine_id: str
    namespace: str
    source: str
    digest: str
    data: Mapping[str, Any]
    generation: int
    operations: list[list[str]]
    created: float
    expires: float


def save(planned: Planned, host: Host, path: Path) -> None:
    """Write the plan file, readable by its owner only; StateDirError if it can't be written."""
    now = host.system.clock.now()
    saved = SavedPlan(
        FORMAT,
        __version__,
        host.machine_id,
        host.namespace_key,
        planned.wish.source,
        planned.wish.digest,
        planned.wish.data,
        planned.generation,
        operation_rows(planned.found, host.drivers),
        now,
        now + LIFETIME_SECONDS,
    )
    draft = path.with_name(f".{path.name}.tmp")
    try:
        draft.unlink(missing_ok=True)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w") as out:
            json.dump(asdict(saved), out, separators=(",", ":"))
        draft.rename(path)
    except OSError as err:
        draft.unlink(missing_ok=True)
        raise StateDirError(f"can't write the plan file {path}: {err.strerror}") from err


def is_plan(raw: bytes) -> bool:
    """Whether a source is a plan file rather than a document."""
    return raw.startswith(_MAGIC.encode())


def load(raw: bytes, name: str) -> SavedPlan:
    """The saved plan in a file."""
    try:
        values = json.loads(raw)
        if values["format"] != FORMAT:
            raise StaleError(f"{name} was made by netconf {values['version']} in another format; plan again")
        return SavedPlan(**values)
    except (ValueError, TypeError, KeyError) as err:
        finding = error(
            "NC6001", f"{name} is not a whole plan file", str(err), "make it again with netconf plan --out"
        )
        raise MissingFileError([finding]) from err


def require_fresh(saved: SavedPlan, host: Host, generation: int) -> None:
    """Raises StaleError unless the plan was made for this host, as it is now."""
    if saved.machine_id != host.machine_id:
        raise StaleError("the plan was made for another host", hint="plan on this host")
    if saved.namespace != host.namespace_key:
        mine, theirs = host.namespace_key or "the initial one", saved.namespace or "the initial one"
        raise StaleError(f"the plan was made for network namespace {theirs}, this is {mine}")
    if saved.generation != generation:
        raise StaleError(
            f"the plan was made on generation {saved.generation}, {generation} is current", hint="plan again"
        )
    now = host.system.clock.now()
    if not saved.created - 60 <= now <= saved.expires:
        raise StaleError("the plan has expired: it's good for an hour", hint="plan again")


def require_same(saved: SavedPlan, planned: Planned, host: Host) -> None:
    """Raises StaleError, with what differs, unless planning again gives the same operations."""
    now = operation_rows(planned.found, host.drivers)
    if now == saved.operations:
        return
    then_only = [row[0] for row in saved.operations if row not in now]
    now_only = [row[0] for row in now if row not in saved.operations]
    parts = [f"no longer: {text}" for text in then_only[:10]] + [f"new: {text}" for text in now_only[:10]]
    detail = "; ".join(parts) or "the order of the operations is another"
    raise StaleError(
        f"the host has changed since the plan was made: {detail}", hint="plan again and review it"
    )
