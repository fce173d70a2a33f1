"""One transaction, from the first operation to its end: committed, or rolled back and compared.

The journal's `begin` has happened: the before-images are durable. Whatever fails from here on, an
operation, the verification, a signal or a bug of ours, the old state is put back.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from netconf.core.driver import Concludes
from netconf.core.errors import InterruptedByUser, NetconfError, StateDirError
from netconf.core.outcome import Outcome
from netconf.core.resource import State, Target
from netconf.engine.drivers import Drivers
from netconf.engine.execute import Between, execute
from netconf.engine.phases import Phases
from netconf.engine.places import Everywhere
from netconf.engine.progress import Progress, Told
from netconf.engine.reconcile import Reconciliation
from netconf.engine.rollback import Exactness, Restored, roll_back
from netconf.engine.trial import prolong
from netconf.engine.unchanged import Look, look
from netconf.engine.verify import verify
from netconf.journal import Decision, Durable, Transaction, Trial
from netconf.system.ports import System

Interrupted = Callable[[], str]
"""The name of the signal that asked for the transaction to be undone, "" if none did."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a transaction ended. `cause` is why it was rolled back, `restored` how well; `look` is how the
    host looked when it was verified.
    """

    outcome: Outcome
    cause: Exception | None = None
    restored: Restored | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What a transaction runs with. `between` is called at every step of the way and may raise. With
    a `trial` in seconds, what was done and verified isn't committed: it waits to be confirmed.
    """

    drivers: Drivers
    system: System
    between: Between
    interrupted: Interrupted
    phases: Phases
    progress: Progress
    singly: bool = False
    trial: float = 0.0


def carry_out(found: Reconciliation, run: Run, tx: Transaction) -> Ending:
    """Execute, verify, commit or put on trial; on any failure roll back. Never raises for what happens
    meanwhile.
    """
    armed = replace(run, system=replace(run.system, trial=run.trial))

    def between(name: str) -> None:
        run.between(name)
        signal = run.interrupted()
        if signal:
            raise InterruptedByUser(f"interrupted by {signal}")

    try:
        seen = _do(found, armed, tx, between) if found.plan else _in_short(found, run, found.observed)
        if found.plan:
            _conclude(found, armed, between)
            if run.trial:
                between("trial")
                _put_on_trial(found, run, tx)
                return Ending(Outcome.ON_TRIAL)
        durable = _commit(tx)
    except Exception as cause:  # noqa: BLE001 - a bug must not leave the host half changed either
        return _undo(found.before, run, tx, cause)
    return Ending(Outcome.COMMITTED if durable is Durable.YES else Outcome.NOT_DURABLE, look=seen)


def _do(found: Reconciliation, run: Run, tx: Transaction, between: Between) -> Look | None:
    # Opened before the first change, so that no event between change and look is missed.
    monitor = run.system.open_monitor()
    try:
        told = Told(tx, run.progress, len(found.plan.waves))
        execute(found.plan, run.drivers, run.system, told, between, singly=run.singly)
        run.phases.done("apply")
        observed = verify(found, run.drivers, run.system, monitor, between)
        run.phases.done("verify")
    finally:
        monitor.close()
    return _in_short(found, run, observed)


def _in_short(found: Reconciliation, run: Run, observed: State) -> Look | None:
    """How it looked; before anything else makes the drivers look again. That it's verified is enough:
    nothing is undone for want of this.
    """
    with suppress(NetconfError, OSError):
        return look(run.drivers, found, observed)
    return None


def _conclude(found: Reconciliation, run: Run, between: Between) -> None:
    kinds = {key.kind for key in found.plan.changes}
    for driver in run.drivers:
        if isinstance(driver, Concludes) and not kinds.isdisjoint(driver.kinds):
            between("conclude")
            if not isinstance(driver, Everywhere) or driver.concludes:
                own = {key: change for key, change in found.plan.changes.items() if key.kind in driver.kinds}
                driver.conclude(own, run.system)


def _put_on_trial(found: Reconciliation, run: Run, tx: Transaction) -> None:
    # The kernel first: should we die in between, both go back.
    prolong(found.before, run.trial, run.drivers, run.system)
    tx.put_on_trial(Trial(run.system.clock.boottime() + run.trial, run.trial))


def _commit(tx: Transaction) -> Durable:
    if tx.decide(Decision.COMMIT) is not Decision.COMMIT:
        raise InterruptedByUser("another process decided to roll back")
    return tx.commit()


def _undo(before: Target, run: Run, tx: Transaction, cause: Exception) -> Ending:
    with suppress(StateDirError):
        # Without the decision on disk a crash in here is recovered the same way.
        tx.decide(Decision.ROLLBACK)
    try:
        restored = roll_back(before, run.drivers, run.system, run.between)
    except Exception as err:  # noqa: BLE001 - the journal stays open: the next command tries again
        why = f"the rollback broke off: {type(err).__name__}: {err}"
        return Ending(Outcome.ROLLBACK_INCOMPLETE, cause, Restored(Exactness.INCOMPLETE, (why,)))
    run.phases.done("rollback")
    complete = restored.exactness is not Exactness.INCOMPLETE
    with suppress(NetconfError):
        tx.rolled_back(complete=complete)
    return Ending(Outcome.ROLLED_BACK if complete else Outcome.ROLLBACK_INCOMPLETE, cause, restored)
