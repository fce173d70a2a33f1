"""The loop of netconf health: ask the services, judge, and make the kernel say what it comes to.

It fails closed: nothing is announced that hasn't been found to work, and when the loop ends
everything is withdrawn. It begins with what is announced, so that it can be started again without
a flap. One thread decides and touches the kernel; the asking is done by others, as an answer may take
its time.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, Protocol

from netconf.core.errors import NetconfError
from netconf.core.health import Check, Service, ServiceStanding, When
from netconf.health.announcing import announced, enforce, give_back
from netconf.health.ask import ask
from netconf.health.judgement import Judgement
from netconf.journal import EVERY, Health
from netconf.system.ports import System

LOOK_SECONDS = 1.0
"""How often the document and who is drained are looked at."""

MOST_AT_ONCE = 32


class Book(Protocol):
    """What is known outside of the loop. Raises NetconfError."""

    def services(self) -> Sequence[Service] | None:
        """Those of the last committed document; None if they are as they were."""
        ...

    def drained(self) -> Collection[str]:
        """The names of services that stay withdrawn; EVERY is all."""
        ...

    def health(self) -> Health:
        """What the last run wrote."""
        ...

    def write(self, health: Health) -> None: ...


class Answer(NamedTuple):
    service: str
    check: Check
    complaint: str


class Runner:
    """`tell` is called with a line for whoever reads the log; `alive` at every turn."""

    def __init__(
        self, system: System, book: Book, tell: Callable[[str], None], alive: Callable[[], None]
    ) -> None:
        self._system, self._book, self._tell, self._alive = system, book, tell, alive
        self._services: dict[str, Service] = {}
        self._drained: frozenset[str] = frozenset()
        self._judgements: dict[str, Judgement] = {}
        self._due: dict[str, float] = {}
        self._asked: set[str] = set()
        self._standings: dict[str, ServiceStanding] = {}
        self._answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._stopped = False
        self._trouble = ""

    def stop(self) -> None:
        """From a signal handler, too."""
        self._stopped = True
        self._answers.put(None)

    def run(self, *, keep: bool = False) -> None:
        """Until it's stopped; `keep` leaves what is announced. NetconfError if it can't begin."""
        last = self._book.health()
        self._standings = {found.name: found for found in last.standings}
        self._take(self._book.services() or ())
        give_back(set(last.interfaces) - self._interfaces(), self._system)
        with ThreadPoolExecutor(MOST_AT_ONCE, "check") as pool:
            while not self._stopped:
                self._turn(pool)
                self._wait()
            pool.shutdown(wait=False, cancel_futures=True)
        if not keep:
            enforce(list(self._services.values()), (), self._system)
            self._record({}, dict.fromkeys(self._services, "netconf health has ended"))

    def _turn(self, pool: ThreadPoolExecutor) -> None:
        """What fails is told once, and tried again at the next turn."""
        try:
            self._look()
            problems = enforce(list(self._services.values()), self._wanted(), self._system)
            self._record(problems)
            self._trouble = ""
        except NetconfError as err:
            if str(err) != self._trouble:
                self._trouble = str(err)
                self._tell(f"error: {err}")
        self._ask_due(pool)
        self._alive()

    def _look(self) -> None:
        found = self._book.services()
        if found is not None:
            before = self._interfaces()
            self._take(found)
            give_back(before - self._interfaces(), self._system)
        drained = self._book.drained()
        self._drained = frozenset(self._services) if EVERY in drained else frozenset(drained)

    def _interfaces(self) -> set[str]:
        return {service.interface for service in self._services.values() if service.interface}

    def _take(self, services: Sequence[Service]) -> None:
        """New ones are judged by whether they're announced; others go on as they were."""
        there = announced(services, self._system)
        now = self._system.clock.monotonic()
        judgements, due = {}, {}
        for service in services:
            known = self._services.get(service.name)
            if known is None or known.check != service.check:
                judgements[service.name] = Judgement(service.name in there)
                due[service.name] = now
            else:
                judgements[service.name] = self._judgements[service.name]
                due[service.name] = self._due[service.name]
        if judgements.keys() != self._services.keys() or not services:
            names = (
                ", ".join(judgements) or "no services: the last committed document has none in bird.announce"
            )
            self._tell(f"looking after {names}")
        self._services = {service.name: service for service in services}
        self._judgements, self._due = judgements, due

    def _wanted(self) -> set[str]:
        return {name for name in self._services if self._is_wanted(name)}

    def _is_wanted(self, name: str) -> bool:
        when = self._services[name].when
        return name not in self._drained and (
            when is When.ALWAYS or (when is When.CHECK and self._judgements[name].works)
        )

    def _ask_due(self, pool: ThreadPoolExecutor) -> None:
        """A check isn't begun before the one before it has ended."""
        now = self._system.clock.monotonic()
        for name, service in self._services.items():
            check = service.check
            if check is None or service.when is not When.CHECK or name in self._asked:
                continue
            if self._due[name] <= now:
                self._asked.add(name)
                # Not from now: a late turn would put off all that follow.
                self._due[name] = max(self._due[name] + check.interval, now)
                pool.submit(ask, check, self._system.probes).add_done_callback(
                    partial(self._answered, name, check)
                )

    def _answered(self, name: str, check: Check, done: Future[str]) -> None:
        """In the thread that asked."""
        if done.cancelled():
            return
        failure = done.exception()
        self._answers.put(Answer(name, check, done.result() if failure is None else repr(failure)))

    def _wait(self) -> None:
        """For an answer, a signal, or the next thing that is due."""
        now = self._system.clock.monotonic()
        waiting = [due - now for name, due in self._due.items() if self._is_asked_by_time(name)]
        try:
            self._judge(self._answers.get(timeout=max(0.001, min([LOOK_SECONDS, *waiting]))))
            while True:
                self._judge(self._answers.get_nowait())
        except queue.Empty:
            return

    def _is_asked_by_time(self, name: str) -> bool:
        return name not in self._asked and self._services[name].when is When.CHECK

    def _judge(self, answer: Answer | None) -> None:
        if answer is None:
            return
        self._asked.discard(answer.service)
        service = self._services.get(answer.service)
        if service is not None and service.check == answer.check:
            before = self._judgements[answer.service]
            self._judgements[answer.service] = before.after(answer.check, answer.complaint)

    def _record(self, problems: Mapping[str, str], ended: Mapping[str, str] | None = None) -> None:
        """Tell and write what has changed."""
        found = {name: self._standing(name, problems, ended or {}) for name in self._services}
        if found == self._standings:
            return
        for name, standing in found.items():
            before = self._standings.get(name)
            if before is None or before.state != standing.state:
                because = f": {standing.reason}" if standing.reason else ""
                self._tell(f"{name}: {standing.state}{because}")
        self._standings = found
        standings = tuple(found[name] for name in sorted(found))
        self._book.write(Health(standings, tuple(sorted(self._interfaces()))))

    def _standing(self, name: str, problems: Mapping[str, str], ended: Mapping[str, str]) -> ServiceStanding:
        state, reason = self._state(name, problems, ended)
        before = self._standings.get(name)
        since = before.since if before is not None and before.state == state else self._system.clock.now()
        return ServiceStanding(name, state, since, reason)

    def _state(self, name: str, problems: Mapping[str, str], ended: Mapping[str, str]) -> tuple[str, str]:
        if name in problems:
            return "failed", problems[name]
        if name in ended:
            return "withdrawn", ended[name]
        if name in self._drained:
            return "drained", "by netconf drain"
        if self._is_wanted(name):
            return "announced", self._judgements[name].complaint
        when = self._services[name].when
        if when is When.NEVER:
            return "withdrawn", "when: never"
        return "withdrawn", self._judgements[name].complaint or "not found to work yet"
