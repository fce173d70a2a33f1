"""The port of a bridge that stands in for another one, as a value, and its operation. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource
from netconf.domains.link.final import Final


@dataclass(frozen=True, slots=True)
class Backup(Resource):
    """The frames for a port of a bridge leave by `port` while it has no carrier. An object of its own since the
    kernel forgets it when either leaves the bridge (nbp_backup_clear of net/bridge/br_if.c).
    """

    name: str
    bridge: str
    port: str

    @property
    def id(self) -> ResourceId:
        return ids.backup(self.name)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset(ids.member(name, self.bridge) for name in (self.name, self.port))

    def can_become(self, other: Backup) -> bool:
        return self.bridge == other.bridge


@dataclass(frozen=True, slots=True)
class SetBackup:
    """Let a port stand in for another one; "" = none does."""

    name: str
    port: str

    def describe(self) -> str:
        return (
            f"set backup_port of {self.name} to {self.port}"
            if self.port
            else f"clear backup_port of {self.name}"
        )

    def commands(self) -> tuple[str, ...]:
        words = f"backup_port {self.port}" if self.port else "nobackup_port"
        return (f"bridge link set dev {self.name} {words}",)


def lower(change: Change) -> list[SetBackup]:
    """One that goes with its port has no step."""
    after = change.after
    return [SetBackup(change.id.name[0], after.port if isinstance(after, Backup) else "")]


def check(backup: Backup, final: Final) -> Iterator[Diagnostic]:
    """As nbp_backup_change of net/bridge/br_if.c refuses it."""
    if backup.port == backup.name:
        yield error(
            "NC2150",
            f"{backup.name} can't be its own backup_port",
            "it stands in for a port without carrier",
            f"name another port of {backup.bridge}, or none",
            resource=str(backup.id),
        )
    elif final.master(backup.port) != backup.bridge:
        there = final.master(backup.port)
        yield error(
            "NC2151",
            f"backup_port {backup.port} of {backup.name} isn't a port of {backup.bridge}",
            f"it's one of {there}" if there else "it's a port of nothing",
            f"write master: {backup.bridge} for {backup.port}, or name another port",
            resource=str(backup.id),
        )
