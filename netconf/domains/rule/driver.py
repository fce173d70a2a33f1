"""Rules on the live system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError
from netconf.core.kind import Kind, Release
from netconf.core.resource import Resource, State
from netconf.domains.rule import capture, plan, wire
from netconf.domains.rule.operation import DeleteRule, RuleOperation
from netconf.domains.rule.resource import ADOPTABLE, NETCONF_PROTOCOL, PROTECTED, Rules
from netconf.system.ports import RuleRequest, RuleRow, System

if TYPE_CHECKING:
    from netconf.domains.rule.spec import Spec

ENOENT = 2


class RuleDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {ids.RULE: Kind(Rules, Release.REMOVE)}

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def lower(self, change: Change) -> Sequence[RuleOperation]:
        return plan.lower(change)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(rules for _, rules in _adoptable(system))

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        """Our rules always; at the priorities that are asked about also those made by hand."""
        for has_ours, rules in _adoptable(system):
            if rules.id in scope.ids:
                yield rules
            elif has_ours:
                own = tuple(rule for rule in rules.rules if rule.protocol == NETCONF_PROTOCOL)
                yield Rules(rules.family, rules.priority, own)

    def apply(self, operations: Sequence[RuleOperation], system: System) -> None:
        requests = [
            RuleRequest(
                "delete" if isinstance(operation, DeleteRule) else "create",
                wire.row(operation.family, operation.priority, operation.rule),
            )
            for operation in operations
        ]
        for operation, refusal in zip(operations, system.rtnl.send(requests), strict=True):
            gone = refusal is not None and refusal.errno == ENOENT and isinstance(operation, DeleteRule)
            if refusal is not None and not gone:
                raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _adoptable(system: System) -> Iterator[tuple[bool, Rules]]:
    """The rules a document may take over, by family and priority, and whether any is ours."""
    found: dict[tuple[str, int], list[RuleRow]] = {}
    for row in system.rtnl.rules():
        if row.priority not in PROTECTED:
            found.setdefault((wire.FAMILY_WORDS[row.family], row.priority), []).append(row)
    for (family, priority), rows in sorted(found.items()):
        shared = any(row.strange or row.protocol not in ADOPTABLE for row in rows)
        rules = tuple(wire.resource(row) for row in rows if _is_adoptable(row, shared=shared))
        if rules:
            yield any(rule.protocol == NETCONF_PROTOCOL for rule in rules), Rules(family, priority, rules)


def _is_adoptable(row: RuleRow, *, shared: bool) -> bool:
    """A rule without a protocol can't be deleted for sure beside one that isn't to be touched: the
    kernel would compare anything but the protocol.
    """
    if row.strange or row.protocol not in ADOPTABLE:
        return False
    return bool(row.protocol) or not shared
