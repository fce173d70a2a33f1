"""Address labels on the live system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.resource import Resource, State, Target
from netconf.domains.address_label import capture, checks, plan, wire
from netconf.domains.address_label.operation import LabelOperation, WriteLabel
from netconf.domains.address_label.resource import Label
from netconf.system.ports import AddressLabelRequest, Refusal, System

if TYPE_CHECKING:
    from netconf.domains.address_label.spec import Spec


EEXIST = 17


class AddressLabelDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {
        ids.ADDRESS_LABEL: Kind(Label, Release.UNDO),
        ids.USUAL_LABEL: Kind(Label, Release.RESTORE),
    }

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[LabelOperation]:
        return plan.lower(change)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(observed)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """All but the usual ones, which are told to who asks about them: nothing in a label tells who made
        it. Of two of a prefix the first counts.
        """
        rows = list(system.rtnl.address_labels())
        names = system.rtnl.names() if any(row.ifindex for row in rows) else {}
        seen = set()
        for row in rows:
            found = wire.resource(row, names)
            if found is not None and found.id not in seen:
                seen.add(found.id)
                if not found.usual or found.id in scope.ids:
                    yield found

    def apply(self, operations: Sequence[LabelOperation], system: System) -> None:
        """All that there are of a prefix go before a new one is made."""
        there = Counter((row.prefix, row.ifindex) for row in system.rtnl.address_labels())
        for operation in operations:
            row = wire.row(operation.label, system.rtnl.ifindex)
            requests = [AddressLabelRequest("delete", row)] * there[row.prefix, row.ifindex]
            if isinstance(operation, WriteLabel):
                requests.append(AddressLabelRequest("create", row))
            refusal = _send(requests, system)
            if refusal is not None and refusal.errno == EEXIST:
                # The usual ones come with IPv6, which the first write may have loaded.
                refusal = _send([AddressLabelRequest("delete", row), *requests], system)
            if refusal is not None:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _send(requests: Sequence[AddressLabelRequest], system: System) -> Refusal | None:
    """The first refusal."""
    return next((refusal for refusal in system.rtnl.send(requests) if refusal), None)
