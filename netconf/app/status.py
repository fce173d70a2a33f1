"""netconf status and history: what was applied, by whom, and whether the host still is so."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from netconf.app import documents
from netconf.app.guard import OnTrial, on_trial
from netconf.app.plan import plan_wish
from netconf.app.recovery import Recovered, recover_if_possible
from netconf.app.wiring import Host
from netconf.core.errors import NetconfError, UsageError
from netconf.core.plan import Plan
from netconf.inventory.writer import to_yaml
from netconf.journal import Generation, Holder, Meta, StateView


@dataclass(frozen=True, slots=True)
class Status:
    """`drift` is the plan back to the last committed document, None if there is none or it can't
    be made (`problem` says why), or while a change is on trial.
    """

    meta: Meta | None
    holder: Holder | None
    recovered: Recovered
    drift: Plan | None
    problem: str = ""
    trial: OnTrial | None = None


def status(host: Host) -> Status:
    """Where this namespace stands; recovers what a crash left, if it may."""
    recovered = recover_if_possible(host, "status")
    state = host.peek_state()
    current = state.current()
    trial = on_trial(host, state)
    if not current:
        return Status(None, state.locked_by(), recovered, None, trial=trial)
    generation = state.generation(current)
    if trial is not None:
        return Status(generation.meta, state.locked_by(), recovered, None, trial=trial)
    drift, problem = _drift(host, state, generation)
    return Status(generation.meta, state.locked_by(), recovered, drift, problem)


def _drift(host: Host, state: StateView, generation: Generation) -> tuple[Plan | None, str]:
    try:
        wish = documents.from_plain(generation.resolved, generation.meta.source)
        return plan_wish(host, wish, state).found.plan, ""
    except NetconfError as err:
        return None, str(err)


def history(host: Host) -> tuple[Sequence[Meta], int, Recovered]:
    """The generations kept, which one is current, and what was recovered."""
    recovered = recover_if_possible(host, "history")
    state = host.peek_state()
    return state.generations(), state.current(), recovered


def show(host: Host, number: int) -> tuple[Meta, str]:
    """A generation and its document as YAML."""
    generation = _generation(host, number)
    return generation.meta, to_yaml(generation.resolved)


def diff(host: Host, old: int, new: int) -> list[str]:
    """How the documents of two generations differ, as a unified diff."""
    before, after = (to_yaml(_generation(host, number).resolved).splitlines() for number in (old, new))
    names = (f"generation {old}", f"generation {new}")
    return list(difflib.unified_diff(before, after, *names, lineterm=""))


def _generation(host: Host, number: int) -> Generation:
    state = host.peek_state()
    kept = [meta.number for meta in state.generations()]
    if number not in kept:
        there = f"there are: {', '.join(map(str, kept))}" if kept else "nothing was applied here yet"
        raise UsageError(f"there is no generation {number}", hint=there)
    return state.generation(number)
