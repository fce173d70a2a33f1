"""From a wish to a plan: observe, complete the target, plan, look closer, until nothing new shows.

The first look is cheap: what we manage. Only if something is to be created, replaced or taken
down do drivers look around it for foreign objects that are in the way or would be lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from netconf.core.cascade import at_risk, exposed
from netconf.core.change import Change, diff
from netconf.core.desired import Desired, Ledger, compile_target
from netconf.core.diagnostics import Diagnostic, Severity
from netconf.core.driver import (
    AnyDriver,
    Canonicalises,
    Checks,
    Refines,
    Requires,
    Scope,
    SideEffects,
    Views,
)
from netconf.core.errors import PlanError, RefusedError, UnsupportedError
from netconf.core.ids import ResourceId
from netconf.core.inside import namespaces
from netconf.core.plan import EMPTY, Plan, make_plan
from netconf.core.resource import Resource, State, Target, there
from netconf.engine.drivers import Drivers
from netconf.engine.places import Everywhere
from netconf.system.ports import System

MakeTarget = Callable[[State], Target]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A plan with what it was made from. `before` are the images of everything it may touch, its
    side effects included: what rollback goes back to. `system` is what it was seen by, and is to be
    done with. `desired` is the document's wish, where there's a document.
    """

    target: Target
    observed: State
    plan: Plan
    before: Mapping[ResourceId, Resource | None]
    scope: Scope
    system: System
    warnings: tuple[Diagnostic, ...] = ()
    desired: Desired | None = None


def nothing_to_do(system: System) -> Reconciliation:
    """Of a host that is known to be as its document says."""
    return Reconciliation({}, {}, EMPTY, {}, Scope(), system)


def observe(drivers: Drivers, system: System, scope: Scope) -> dict[ResourceId, Resource]:
    """What the drivers see of the system."""
    return {resource.id: resource for driver in drivers for resource in driver.observe(system, scope)}


def refine(drivers: Drivers, target: Target, observed: State) -> Target:
    """The target with what the drivers of what's in it can complete from the whole picture."""
    kinds = {key.kind for key in target}
    inside = bool(namespaces(target) or namespaces(observed))
    for driver in drivers:
        if isinstance(driver, Refines) and not kinds.isdisjoint(driver.kinds):
            if isinstance(driver, Everywhere) and not inside:
                more = driver.refine_home(target, observed)
            else:
                more = driver.refine(target, observed)
            if more:
                target = {**target, **more}
                inside = inside or bool(namespaces(more))
    return target


def reconcile(
    drivers: Drivers,
    system: System,
    make_target: MakeTarget,
    ids: frozenset[ResourceId],
    claimed: frozenset[str] | None = None,
    *,
    tenacious: bool = False,
) -> Reconciliation:
    """Plan from what is there to the target; no checks, nothing is changed. A `tenacious` plan is for the way
    back, which is tried whatever waits for what.
    """
    scope = Scope(ids, claimed=claimed)
    while True:
        observed = observe(drivers, system, scope)
        target = refine(drivers, make_target(observed), observed)
        plan = make_plan(target, observed, tenacious=tenacious)
        around = scope.around | exposed(plan.changes, observed)
        if around == scope.around:
            break
        scope = Scope(scope.ids, around, claimed)
    touched = _side_effects(drivers, plan.changes.values(), observed) | at_risk(plan.changes, observed)
    beside = _look_at(drivers, system, touched - observed.keys() - plan.changes.keys())
    before: dict[ResourceId, Resource | None] = {
        key: there(observed.get(key, beside.get(key))) for key in touched
    }
    before.update({key: there(change.before) for key, change in plan.changes.items()})
    return Reconciliation(target, observed, plan, before, scope, system)


def canonical(drivers: Drivers, system: System, desired: Desired) -> Desired:
    """What the document asks for, as the system would write it."""
    kinds = {key.kind for key in desired.resources}
    for driver in drivers:
        if isinstance(driver, Canonicalises) and not kinds.isdisjoint(driver.kinds):
            found = driver.canonicalise(desired.resources, system)
            if found:
                whole = {**desired.resources, **found}
                wanted = {key: value for key, value in whole.items() if value is not None}
                desired = replace(
                    desired, resources=wanted, absent=desired.absent | (found.keys() - wanted.keys())
                )
    return desired


def viewed(drivers: Drivers, system: System, target: Target) -> System:
    """The system as the drivers want it seen."""
    kinds = {key.kind for key in target}
    for driver in drivers:
        if isinstance(driver, Views) and not kinds.isdisjoint(driver.kinds):
            system = driver.view(system, target)
    return system


def _look_at(drivers: Drivers, system: System, keys: frozenset[ResourceId]) -> dict[ResourceId, Resource]:
    """Objects that no plan is needed for, only their images: side effects of one."""
    owners = {drivers.of(key.kind) for key in keys}
    scope = Scope(frozenset(keys))
    found = (resource for driver in drivers if driver in owners for resource in driver.observe(system, scope))
    return {resource.id: resource for resource in found if resource.id in keys}


def reconcile_document(drivers: Drivers, system: System, desired: Desired, ledger: Ledger) -> Reconciliation:
    """Plan toward a document and refuse what can't or mustn't be done: PlanError (65),
    UnsupportedError (69), RefusedError (5), with every finding of the gravest sort.
    """
    wanted = desired
    desired = canonical(drivers, system, desired)

    def make_target(observed: State) -> Target:
        return compile_target(desired, observed, ledger, drivers.release)

    ids = frozenset(desired.resources) | desired.absent | frozenset(ledger)
    claimed = frozenset(claim.kind for claim in desired.claims)
    found = reconcile(drivers, viewed(drivers, system, desired.resources), make_target, ids, claimed)
    return replace(found, warnings=_check(drivers, found.system, found), desired=wanted)


def _side_effects(drivers: Drivers, changes: Iterable[Change], observed: State) -> frozenset[ResourceId]:
    by_kind: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_kind[change.id.kind].append(change)
    by_driver: dict[AnyDriver, list[Change]] = defaultdict(list)
    for kind, found in by_kind.items():
        by_driver[drivers.of(kind)] += found
    out: set[ResourceId] = set()
    for driver, own in by_driver.items():
        if isinstance(driver, SideEffects):
            out.update(driver.side_effects(own, observed))
    return frozenset(out)


def _check(drivers: Drivers, system: System, found: Reconciliation) -> tuple[Diagnostic, ...]:
    changes = found.plan.changes
    if not changes:
        return ()
    kinds = {key.kind for key in changes}
    concerned = [driver for driver in drivers if not kinds.isdisjoint(driver.kinds)]
    findings = [
        finding
        for driver in concerned
        if isinstance(driver, Checks)
        for finding in driver.check(changes, found.target, found.observed)
    ]
    _raise(PlanError, [f for f in findings if not f.code.startswith("NC5")])
    missing = [
        finding
        for driver in concerned
        if isinstance(driver, Requires)
        for finding in driver.unsupported(changes, system)
    ]
    findings += missing
    _raise(PlanError, [f for f in missing if not f.code.startswith(("NC5", "NC6"))])
    _raise(UnsupportedError, [f for f in missing if f.code.startswith("NC6")])
    _raise(RefusedError, [f for f in findings if f.code.startswith("NC5")])
    return tuple(f for f in findings if f.severity is not Severity.ERROR)


def _raise(kind: type[PlanError], findings: list[Diagnostic]) -> None:
    errors = [f for f in findings if f.severity is Severity.ERROR]
    if errors:
        raise kind(errors)


def remaining(drivers: Drivers, found: Reconciliation, observed: State) -> dict[ResourceId, Change]:
    """What still differs from what was planned; empty = converged. Objects that were carried over
    a replacement count as wanted, too.
    """
    changes = found.plan.changes
    wanted: dict[ResourceId, Resource | None] = dict.fromkeys(changes)
    wanted.update(found.target)
    for key in set(changes).difference(found.target):
        wanted[key] = changes[key].after
    return diff(refine(drivers, wanted, observed), observed)
