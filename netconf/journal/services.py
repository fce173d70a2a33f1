"""What netconf health and netconf drain tell each other and netconf status.

Who is drained is kept over a reboot, as a service under maintenance shall stay where it is; how
services stand is not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from netconf.core.errors import StateDirError
from netconf.core.health import ServiceStanding
from netconf.journal.durable import dump, sync_dir, write_new
from netconf.journal.layout import Layout

EVERY = "*"
"""All services, those included that come later."""


class Health(NamedTuple):
    """`interfaces` are those whose carrier netconf health decides."""

    standings: tuple[ServiceStanding, ...] = ()
    interfaces: tuple[str, ...] = ()


def read_drained(layout: Layout) -> Mapping[str, float]:
    """The drained services and since when, in seconds since the epoch. OSError, StateDirError."""
    found = _read(layout.drained)
    return {str(name): float(since) for name, since in found.items()}


def write_drained(layout: Layout, drained: Mapping[str, float]) -> None:
    """Durable on return. OSError."""
    _write(layout.drained, dict(drained))
    sync_dir(layout.state)


def read_health(layout: Layout) -> Health:
    """Nothing if it never ran since the machine was booted. OSError, StateDirError."""
    found = _read(layout.health)
    try:
        standings = tuple(ServiceStanding(*row) for row in found.get("services", ()))
        return Health(standings, tuple(found.get("interfaces", ())))
    except TypeError as err:
        raise StateDirError(f"{layout.health} is damaged", hint=f"rm {layout.health}") from err


def write_health(layout: Layout, health: Health) -> None:
    _write(layout.health, {"services": health.standings, "interfaces": health.interfaces})


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StateDirError(f"{path} is damaged", hint=f"rm {path}")
    return found


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """In one step, whoever else writes it."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        write_new(new, dump(value))
        new.rename(path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
