"""netconf rollback: back to an earlier generation, by the before-images of the ones after it."""

from __future__ import annotations

from netconf.app import documents, guard
from netconf.app.apply import Applied, Approve, Errand, new_tx, run
from netconf.app.plan import Planned
from netconf.app.recovery import recover_leftovers
from netconf.app.wiring import Host
from netconf.core.errors import UsageError
from netconf.core.ids import NAME, ResourceId
from netconf.core.outcome import Outcome
from netconf.core.resource import Resource, Target
from netconf.engine.reconcile import reconcile, viewed
from netconf.engine.transaction import Ending
from netconf.journal import Content, Counts, Holder, StateDir


def rollback(host: Host, to: int | None, approve: Approve) -> Applied:
    """Undo the last transaction, or all that came after generation `to` (0 = before netconf).

    What is put back is every object those transactions touched, to what it was before the first
    of them. The result is a new generation with the old document.
    """
    host.require_administrator()
    state = host.open_state()
    tx = new_tx()
    holder = Holder.of_this_process(tx, "rollback")
    with guard.told(host, state), state.lock(holder, host.settings.lock_timeout):
        notes = recover_leftovers(host, state)
        current = state.current()
        goal = current - 1 if to is None else to
        _require_kept(state, goal, current)
        _require_same_names(host, state, goal, current)
        target = _target(host, state, goal, current)
        system = viewed(host.drivers, host.system, target)
        found = reconcile(host.drivers, system, lambda _: target, frozenset(target))
        content = _content(state, goal)
        wish = documents.from_plain(content.resolved, content.source)
        planned = Planned(wish, found, current, tuple(notes))
        if found.plan and not approve(planned):
            return Applied(planned, Ending(Outcome.UNCHANGED), "", current, current, approved=False)
        ending = run(host, state, found, content, Errand(tx))
    done = ending.outcome in (Outcome.COMMITTED, Outcome.NOT_DURABLE)
    return Applied(planned, ending, tx, current, current + 1 if done else current)


def _require_kept(state: StateDir, goal: int, current: int) -> None:
    if current == 0:
        raise UsageError("there is nothing to roll back: netconf has applied nothing here")
    kept = {meta.number for meta in state.generations()}
    # Its document and its ledger are needed, too: before the first one there was neither.
    known = kept | {0} if 1 in kept else kept
    if goal not in known or goal >= current or not set(range(goal + 1, current + 1)) <= kept:
        raise UsageError(
            f"can't go back to generation {goal}", hint=f"{min(known)} to {current - 1} can be gone back to"
        )


def _require_same_names(host: Host, state: StateDir, goal: int, current: int) -> None:
    """A transaction that renames links looks at them by their new names, those before it did by the old
    ones: images of both speak of different links by one name.
    """
    for number in range(goal + 2, current + 1):
        before = host.drivers.decoder.decode_states(state.generation(number).before)
        if any(key.kind == NAME for key in before):
            old = f"netconf history show {goal}" if goal else "the empty one, netconf: 1"
            raise UsageError(
                f"can't go back to generation {goal} at once: generation {number} has renamed links",
                hint=f"apply that generation's document: {old}",
            )


def _target(host: Host, state: StateDir, goal: int, current: int) -> Target:
    """For each object touched since `goal`, its image before the first touch."""
    target: dict[ResourceId, Resource | None] = {}
    for number in range(current, goal, -1):
        target.update(host.drivers.decoder.decode_states(state.generation(number).before))
    return _grounded(target)


def _grounded(target: dict[ResourceId, Resource | None]) -> Target:
    """Without what can't have been there: a later transaction's images include what the kernel gave
    to a link (its link-local address) that an earlier one had made.
    """
    absent = {key for key, image in target.items() if image is None}
    while floating := [key for key, image in target.items() if image is not None and image.requires & absent]:
        target.update(dict.fromkeys(floating))
        absent.update(floating)
    return target


def _content(state: StateDir, goal: int) -> Content:
    """The old generation once more; before the first one there was an empty document."""
    comment = f"rollback to generation {goal}"
    kept = {meta.number for meta in state.generations()}
    if goal not in kept:
        return Content({"netconf": 1}, [], Counts(), "", f"generation {goal}", comment)
    old = state.generation(goal)
    return Content(old.resolved, old.ledger, Counts(), old.meta.digest, old.meta.source, comment)
