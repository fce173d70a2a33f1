"""The only place that builds concrete objects: the system, the drivers, the state directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from netconf import domains
from netconf.core.errors import ApplyError, PrivilegeError
from netconf.engine.drivers import Drivers
from netconf.engine.phases import Phases
from netconf.engine.places import Everywhere
from netconf.engine.progress import Progress, Silent
from netconf.engine.recover import Place

if TYPE_CHECKING:
    from netconf.app.cache import DesiredCache
    from netconf.inventory.document import Part
    from netconf.journal import StateDir, StateView
    from netconf.system.ports import System

STATE_DIR = Path("/var/lib/netconf")
RUN_DIR = Path("/run/netconf")
KEPT_KEYS = "keys"
"""Below it: keys of WireGuard that a change took away, and of MACsec. By what may be known of each, so for all namespaces."""

MACHINE_ID = Path("/etc/machine-id")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says about where and how to work. `checkpoint` is called with the name
    of every place a crash could hit; tests use it.
    """

    netns: str = ""
    state_dir: Path = STATE_DIR
    run_dir: Path = RUN_DIR
    lock_timeout: float = 0.0
    checkpoint: Callable[[str], None] = lambda _: None
    singly: bool = False
    progress: Progress = field(default_factory=Silent)


class Host:
    """The host, in the network namespace it's looked at."""

    def __init__(self, settings: Settings) -> None:
        from netconf.system.linux import netns

        self.settings = settings
        if settings.netns:
            netns.enter(settings.netns)

    @cached_property
    def system(self) -> System:
        from netconf.system import linux
        from netconf.system.linux.keys import Keys
        from netconf.system.linux.memory import FileMemory

        place = self.place
        made = FileMemory(self.settings.run_dir, place.boot_id)
        found = linux.system(Keys(self.settings.run_dir / KEPT_KEYS), made)
        key = self._namespace_key(found)
        folder = self.settings.run_dir.joinpath(*(("netns", key) if key else ()))
        return replace(found, memory=FileMemory(folder, f"{place.boot_id} {place.namespace_cookie}"))

    @cached_property
    def drivers(self) -> Drivers:
        return Drivers(
            [
                Everywhere.later(partial(domains.driver, name), domain.kinds, waits=domain.waits)
                for name, domain in domains.REGISTRY.items()
            ]
        )

    @cached_property
    def phases(self) -> Phases:
        return Phases(self.system.clock, self.settings.progress.phase)

    def renew(self) -> None:
        """After a fork: sockets are not to be shared with the parent."""
        for name in ("system", "drivers", "phases"):
            self.__dict__.pop(name, None)

    def detached(self, work: Callable[[int, Callable[[], None]], None]) -> int:
        """See netconf/system/linux/detach.py. Raises ApplyError."""
        from netconf.system.linux import detach

        try:
            return detach.detached(work)
        except OSError as err:
            raise ApplyError(f"no process to guard the trial: {err}") from err

    @cached_property
    def namespace_key(self) -> str:
        """Nothing in the initial network namespace; else its name, or what tells it from others."""
        return self._namespace_key(self.system)

    def _namespace_key(self, system: System) -> str:
        from netconf.system.linux import netns

        if self.settings.netns:
            return f"netns-{self.settings.netns}"
        if system.kernel.initial_namespace():
            return ""
        name = netns.current_name()
        return f"netns-{name}" if name else f"unnamed-{netns.cookie()}"

    @cached_property
    def place(self) -> Place:
        from netconf.system.linux import netns

        return Place(BOOT_ID.read_text().strip(), netns.cookie())

    @cached_property
    def machine_id(self) -> str:
        try:
            return MACHINE_ID.read_text().strip()
        except OSError:
            return ""

    @property
    def name(self) -> str:
        return Path("/proc/sys/kernel/hostname").read_text().strip()

    def open_state(self) -> StateDir:
        """The state directory of this namespace, made if it isn't there."""
        from netconf.journal import StateDir

        return StateDir.open(*self._roots(), self.settings.checkpoint)

    def peek_state(self) -> StateView:
        """The same for reading only, which needs no privilege if there's nothing to read."""
        from netconf.journal import StateDir

        return StateDir.peek(*self._roots())

    @property
    def cache(self) -> DesiredCache:
        """What documents that were applied here mean. Only for who may trust the state directory:
        to be asked for after it was opened or peeked into.
        """
        from netconf.app.cache import DesiredCache

        return DesiredCache(
            self._roots()[0], self.drivers.decoder.classes, str(sorted(_host_tables().items()))
        )

    def _roots(self) -> tuple[Path, Path]:
        """Two namespaces never share a lock, a journal or a generation."""
        key = self.namespace_key
        parts = ("netns", key) if key else ()
        return self.settings.state_dir.joinpath(*parts), self.settings.run_dir.joinpath(*parts)

    def require_administrator(self) -> None:
        """Raises PrivilegeError without CAP_NET_ADMIN in this network namespace."""
        if not self.system.kernel.can_administer():
            raise PrivilegeError(
                "this needs CAP_NET_ADMIN in this network namespace", hint="run it as root, e.g. with sudo"
            )


def tables() -> Mapping[str, int]:
    """The names this host has for routing tables, those that a document may use."""
    from netconf.grammar.tables import CONTEXT, names_in

    return names_in({CONTEXT: _host_tables()})


def _host_tables() -> dict[str, int]:
    from netconf.system.linux.files import LinuxFiles
    from netconf.system.tables import table_names

    return table_names(LinuxFiles())


def parts() -> list[Part]:
    """What of a document each domain handles."""
    from netconf.inventory.document import Part

    return [
        Part(
            name,
            domain.sections,
            domain.interface_fields,
            partial(domains.spec, name),
            domain.everywhere,
            partial(domains.narrow_spec, name),
        )
        for name, domain in domains.REGISTRY.items()
    ]
