"""netconf health and netconf drain: which services of the last committed document are announced."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netconf.app.wiring import Host
from netconf.core.errors import LockedError, UsageError
from netconf.core.health import Checked, Service, ServiceStanding, When
from netconf.health.announcing import announced, enforce
from netconf.health.ask import ask
from netconf.health.runner import Runner
from netconf.journal import EVERY, Health, Holder, StateDir, StateView

if TYPE_CHECKING:
    from netconf.domains.bird.spec import Bird

SECTION = "bird"

POLL_SECONDS = 0.05


def services(state: StateView) -> list[Service]:
    """Of the last committed document, by name."""
    from netconf.domains.bird.announce import services as of_section

    bird = _section(state)
    return [] if bird is None else list(of_section(bird))


def _section(state: StateView) -> Bird | None:
    current = state.current()
    found = state.generation(current).resolved.get(SECTION) if current else None
    if found is None:
        return None
    from netconf.domains.bird.spec import Spec

    return Spec.model_validate({SECTION: found}).bird


class HealthBook:
    """`health.runner.Book` over the state directory."""

    def __init__(self, state: StateDir) -> None:
        self._state = state
        self._generation = -1

    def services(self) -> Sequence[Service] | None:
        current = self._state.current()
        if current == self._generation:
            return None
        found = services(self._state)
        self._generation = current
        return found

    def drained(self) -> Collection[str]:
        return self._state.drained()

    def health(self) -> Health:
        return self._state.health()

    def write(self, health: Health) -> None:
        self._state.set_health(health)


def look_after(
    host: Host, tell: Callable[[str], None], stoppable: Callable[[Runner], None], *, keep: bool
) -> None:
    """Run until it's stopped. `stoppable` is given what has a method `stop`. LockedError if another
    runs here.
    """
    host.require_administrator()
    state = host.open_state()
    supervisor = host.system.supervisor
    runner = Runner(host.system, HealthBook(state), tell, lambda: supervisor.tell("READY=1\nWATCHDOG=1"))
    try:
        with state.health_lock(Holder.of_this_process("health", "health"), host.settings.lock_timeout):
            stoppable(runner)
            runner.run(keep=keep)
    except LockedError as err:
        raise LockedError(
            f"netconf health runs already ({state.health_runs() or 'just ended'})",
            hint="one is enough; systemctl status netconf-health",
        ) from err


def check_once(host: Host) -> list[Checked]:
    """Ask each service of the last committed document once. Nothing is changed."""
    found = services(host.peek_state())
    probes = host.system.probes
    with ThreadPoolExecutor(max(1, len(found)), "check") as pool:
        asked = [(s, pool.submit(ask, s.check, probes) if s.check else None) for s in found]
        return [Checked(service, future.result() if future else None) for service, future in asked]


def withdraw_all(host: Host) -> None:
    """As when netconf health ends."""
    host.require_administrator()
    enforce(services(host.open_state()), (), host.system)


@dataclass(frozen=True, slots=True)
class Drained:
    """The services by name, and the prefixes that BIRD still exports after the time it had."""

    names: tuple[str, ...]
    remaining: tuple[str, ...] = ()
    stopped: bool = False


def drain(host: Host, names: Sequence[str], seconds: float, *, stop: bool) -> Drained:
    """Withdraw these services, or all, until undrain says otherwise, over reboots too. Waits until
    nothing of them is exported any more, at most `seconds`; if nothing is, BIRD may be stopped.
    """
    host.require_administrator()
    state = host.open_state()
    there = services(state)
    chosen = _chosen(names, there)
    marks = {name: host.system.clock.now() for name in (names or (EVERY,))}
    state.set_drained({**marks, **state.drained()})
    drained = _names(state.drained(), there)
    keep = announced(there, host.system) - drained
    enforce(there, keep, host.system)
    remaining = _await_withdrawal(host, state, [s for s in there if s.name in chosen], seconds)
    stopped = stop and not remaining and _stop_bird(host, state)
    return Drained(tuple(sorted(chosen)), tuple(remaining), stopped)


def _stop_bird(host: Host, state: StateView) -> bool:
    """Whether there was one to stop."""
    from netconf.domains.bird import control
    from netconf.domains.bird.leaving import leave

    bird = _section(state)
    if bird is None:
        return False
    with control.session(host.system, bird.daemon.socket) as session:
        if session is not None:
            leave(session, bird.daemon.config, host.system)
        return session is not None


def undrain(host: Host, names: Sequence[str]) -> list[str]:
    """Leave these services, or all, to their checks again. Returns which of them were drained."""
    host.require_administrator()
    state = host.open_state()
    there = services(state)
    before = dict(state.drained())
    drained = _names(before, there)
    chosen = drained if not names else _chosen(names, there)
    left = {name: before.get(name, before.get(EVERY, 0.0)) for name in drained - chosen}
    state.set_drained(left)
    return sorted(chosen & drained)


def standings(state: StateView) -> tuple[list[ServiceStanding], bool]:
    """How the services stand, and whether netconf health runs."""
    found = services(state)
    if not found:
        return [], False
    runs = state.health_runs() is not None
    written = {standing.name: standing for standing in state.health().standings}
    drained = _names(state.drained(), found)
    return [_standing(service, written.get(service.name), drained) for service in found], runs


def _standing(service: Service, written: ServiceStanding | None, drained: frozenset[str]) -> ServiceStanding:
    if written is not None:
        return written
    state = "drained" if service.name in drained else "withdrawn"
    words = "when: never" if service.when is When.NEVER else "netconf health hasn't run yet"
    return ServiceStanding(service.name, state, 0.0, words)


def _names(drained: Mapping[str, float], there: Sequence[Service]) -> frozenset[str]:
    return frozenset(s.name for s in there if EVERY in drained or s.name in drained)


def _chosen(names: Sequence[str], there: Sequence[Service]) -> frozenset[str]:
    known = {service.name for service in there}
    unknown = sorted(set(names) - known)
    if unknown:
        words = ", ".join(sorted(known)) or "none"
        raise UsageError(f"there is no service {unknown[0]}", hint=f"bird.announce has: {words}")
    return frozenset(names) or frozenset(known)


def _await_withdrawal(host: Host, state: StateView, chosen: Sequence[Service], seconds: float) -> list[str]:
    """The prefixes that are still exported at the end."""
    from netconf.domains.bird.exports import exported

    bird = _section(state)
    prefixes = [prefix for service in chosen for prefix in service.prefixes]
    if bird is None or not prefixes:
        return []
    clock, monitor = host.system.clock, host.system.open_monitor()
    end = clock.monotonic() + seconds
    try:
        while True:
            left = exported(host.system, bird.daemon.socket, prefixes)
            if not left or clock.monotonic() >= end:
                return left
            monitor.wait(POLL_SECONDS)
    finally:
        monitor.close()
