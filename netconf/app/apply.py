"""netconf apply: make the host so, as one transaction."""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice

from netconf import __version__
from netconf.app import documents, guard, planfile, unchanged
from netconf.app.cache import encode
from netconf.app.documents import Wish
from netconf.app.interrupts import watched
from netconf.app.meanwhile import Meanwhile
from netconf.app.plan import Planned, plan_wish, wish_of
from netconf.app.planfile import SavedPlan
from netconf.app.recovery import Recovered, recover_leftovers
from netconf.app.wiring import Host
from netconf.core.change import Action
from netconf.core.desired import next_ledger
from netconf.core.image import encode_states
from netconf.core.outcome import Outcome
from netconf.engine.drivers import Drivers
from netconf.engine.execute import operations
from netconf.engine.reconcile import Reconciliation
from netconf.engine.transaction import Ending, Run, carry_out
from netconf.engine.unchanged import look
from netconf.inventory.files import read_file
from netconf.journal import Begin, Content, Counts, Holder, StateDir

MOST_TOLD = 200
FEW = 1000
"""Objects that aren't worth a thread."""

Approve = Callable[[Planned], bool]
"""Shows the plan to a person, who may say no."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of an apply. `tx` is "" if nothing was begun; `approved` is False if the person
    said no.
    """

    planned: Planned
    ending: Ending
    tx: str
    generation_from: int
    generation_to: int
    approved: bool = True


def apply(host: Host, path: str, approve: Approve, trial: float = 0.0) -> Applied:
    """Apply a document or a saved plan; on trial for so many seconds, 0 = for good."""
    host.phases  # noqa: B018 - starts the watch
    host.require_administrator()
    content = read_file(path)
    if planfile.is_plan(content.raw):
        saved = planfile.load(content.raw, path)
        wish = documents.from_plain(saved.data, saved.source)
        return apply_wish(host, wish, approve, saved=saved, trial=trial)
    state = host.open_state()
    return apply_wish(host, wish_of(host, content, state), approve, trial=trial)


def apply_wish(
    host: Host, wish: Wish, approve: Approve, *, saved: SavedPlan | None = None, trial: float = 0.0
) -> Applied:
    """Lock, recover, plan, ask, and carry it out."""
    state = host.open_state()
    tx = new_tx()
    holder = Holder.of_this_process(tx, "apply")
    with guard.told(host, state), state.lock(holder, host.settings.lock_timeout):
        notes = recover_leftovers(host, state)
        current = state.current()
        if saved is not None:
            planfile.require_fresh(saved, host, current)
        planned = plan_wish(host, wish, state, Recovered(tuple(notes)))
        if saved is not None:
            planfile.require_same(saved, planned, host)
        if not planned.found.plan and not _is_news(wish, state):
            found = planned.found
            if found.desired is not None:  # it was a whole look
                unchanged.keep(host, wish.digest, current, look(host.drivers, found, found.observed))
            return Applied(planned, Ending(Outcome.UNCHANGED), "", current, current)
        if planned.found.plan and not approve(planned):
            return Applied(planned, Ending(Outcome.UNCHANGED), "", current, current, approved=False)
        ledger = host.drivers.decoder.decode_states(state.ledger())
        content = Content(
            dict(wish.data),
            encode_states(next_ledger(wish.desired, planned.found.observed, ledger)),
            _counts(planned.found),
            wish.digest,
            wish.source,
        )
        encoded = Meanwhile(partial(encode, wish.desired))
        beside = encoded if len(wish.desired.resources) > FEW else None
        ending = run(host, state, planned.found, content, Errand(tx, trial, beside))
        done = ending.outcome in (Outcome.COMMITTED, Outcome.NOT_DURABLE)
        if done:
            host.cache.store(wish.digest, encoded.result())
            unchanged.keep(host, wish.digest, current + 1, ending.look)
    if trial and ending.outcome is not Outcome.ON_TRIAL:
        guard.wait_gone(host, state, tx)
    return Applied(planned, ending, tx, current, current + 1 if done else current)


def new_tx() -> str:
    """An id nobody can guess."""
    return uuid.uuid4().hex[:16]


@dataclass(frozen=True, slots=True)
class Errand:
    """A transaction to be; `trial` in seconds, 0 = for good. `beside` is worked out meanwhile."""

    tx: str
    trial: float = 0.0
    beside: Meanwhile[bytes] | None = None


def run(host: Host, state: StateDir, found: Reconciliation, content: Content, errand: Errand) -> Ending:
    """Begin, carry out, end or leave it to a guard; the caller holds the lock."""
    begin = Begin(
        errand.tx,
        time.time(),
        __version__,
        host.machine_id,
        host.place.boot_id,
        host.namespace_key,
        host.place.namespace_cookie,
        os.environ.get("SUDO_USER") or str(os.getuid()),
        tuple(sys.argv),
        state.current(),
        encode_states(found.before),
        _told(found, host.drivers),
    )
    with watched() as flag:
        guarded = guard.start(host, state, errand.tx) if errand.trial and found.plan else -1
        try:
            transaction = state.begin(begin, content)
            settings = host.settings
            host.phases.done("journal")
            setup = Run(
                host.drivers,
                found.system,
                settings.checkpoint,
                flag,
                host.phases,
                settings.progress,
                singly=settings.singly,
                trial=errand.trial,
            )
            with nullcontext() if guarded >= 0 or errand.beside is None else errand.beside:
                ending = carry_out(found, setup, transaction)
        finally:
            guard.release(guarded)
        host.phases.done("end")
        return ending


def _told(found: Reconciliation, drivers: Drivers) -> tuple[str, ...]:
    """The operations in words, for who reads the journal after a crash; of very many the first."""
    words = [operation.describe() for operation in islice(operations(found.plan, drivers), MOST_TOLD + 1)]
    return tuple(words) if len(words) <= MOST_TOLD else (*words[:MOST_TOLD], "and more")


def _is_news(wish: Wish, state: StateDir) -> bool:
    """Whether the document is another than the last committed one, though it asks for no change."""
    current = state.current()
    return not current or state.generation(current).meta.digest != wish.digest


def _counts(found: Reconciliation) -> Counts:
    actions = [change.action for change in found.plan.changes.values()]
    return Counts(*(actions.count(action) for action in Action))
