"""netconf plan: what would change. Changes nothing, except that it recovers what a crash left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netconf.app import documents, unchanged
from netconf.app.documents import Wish
from netconf.app.recovery import Recovered, recover_if_possible
from netconf.app.wiring import Host
from netconf.core.desired import Ledger
from netconf.core.diagnostics import Diagnostic
from netconf.core.errors import DiagnosedError
from netconf.core.ids import ResourceId
from netconf.core.operation import Operation
from netconf.engine.drivers import Drivers
from netconf.engine.execute import batches, operations
from netconf.engine.reconcile import Reconciliation, nothing_to_do, reconcile_document
from netconf.inventory.files import FileContent, read_file
from netconf.journal import StateView

_NOTHING = Recovered()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the wish it serves and the generation it was made on."""

    wish: Wish
    found: Reconciliation
    generation: int
    notes: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All warnings, those about the document with their places."""
        return [*self.warnings, *self.wish.place(self.found.warnings)]


def plan(host: Host, path: str) -> Planned:
    """Plan toward the document in a file."""
    host.phases  # noqa: B018 - starts the watch
    content = read_file(path)
    recovered = recover_if_possible(host, "plan")
    state = host.peek_state()
    return plan_wish(host, wish_of(host, content, state), state, recovered)


def wish_of(host: Host, content: FileContent, state: StateView) -> Wish:
    """What a document means; found out later, or never, if the host was seen to be so."""
    known = unchanged.recall(host, content.digest, state.current())
    return (documents.from_content if known is None else documents.later)(content, host.cache)


def plan_wish(host: Host, wish: Wish, state: StateView, recovered: Recovered = _NOTHING) -> Planned:
    """Plan toward a wish, on the last committed generation; PlanErrors get their places."""
    host.phases.done("read")
    before = unchanged.recall(host, wish.digest, state.current())
    so = before is not None and unchanged.holds(host, before)
    found = nothing_to_do(host.system) if so else reconciled(host, wish, state)
    host.phases.done("plan")
    return Planned(wish, found, state.current(), recovered.notes, recovered.warnings)


def reconciled(host: Host, wish: Wish, state: StateView) -> Reconciliation:
    """What's to be done, from a look at everything."""
    ledger: Ledger = host.drivers.decoder.decode_states(state.ledger())
    try:
        return reconcile_document(host.drivers, host.system, wish.desired, ledger)
    except DiagnosedError as err:
        raise wish.placed(err) from err


def operation_rows(found: Reconciliation, drivers: Drivers) -> list[list[str]]:
    """Every operation in order, as words and commands: what a saved plan is compared by."""
    return [row(operation) for operation in operations(found.plan, drivers)]


def row(operation: Operation) -> list[str]:
    return [operation.describe(), *operation.commands()]


def commands_by_id(found: Reconciliation, drivers: Drivers) -> Mapping[ResourceId, Sequence[str]]:
    """The commands of each change."""
    out: dict[ResourceId, list[str]] = {}
    for step in found.plan.steps():
        for batch, _ in batches(found.plan, [step], drivers, singly=False):
            lines = [line for operation in batch for line in operation.commands()]
            out.setdefault(step.id, []).extend(lines)
    return out
