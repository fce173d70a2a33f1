"""Whether a host still looks as it did when its document was last seen to be met.

A plan is a function of the document, the ledger and what drivers observe. If all of them are what they
were when it was empty, it's empty again, and nothing has to be parsed, built and compared. A
driver of many objects tells its look in short (`core.driver.Glances`); of the others everything they
report is looked at and hashed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any

from netconf.core.driver import Scope
from netconf.core.ids import ResourceId
from netconf.core.image import decode_id, encode_id
from netconf.core.resource import Resource, State
from netconf.engine.drivers import Drivers
from netconf.engine.places import Everywhere
from netconf.engine.reconcile import Reconciliation
from netconf.system.ports import System


@dataclass(frozen=True, slots=True)
class Look:
    """How a host looked: by driver (named by one of its kinds) what it told in short, and what the others
    were asked for.
    """

    kinds: tuple[str, ...]
    """Those of which the document has something."""

    glances: Mapping[str, str]
    digests: Mapping[str, str]
    asked: tuple[ResourceId, ...]

    def plain(self) -> Any:
        return [self.kinds, dict(self.glances), dict(self.digests), [encode_id(key) for key in self.asked]]

    @staticmethod
    def of_plain(data: Any) -> Look:
        kinds, glances, digests, asked = data
        return Look(tuple(kinds), glances, digests, tuple(map(decode_id, asked)))


def look(drivers: Drivers, found: Reconciliation, observed: State) -> Look | None:
    """The last look of this run, `observed`, which was as planned; None if it can't be told for sure when
    the plan would be another.
    """
    desired = found.desired
    if desired is None or found.scope.inside:
        return None
    kinds = {claim.kind for claim in desired.claims} | found.scope.kinds
    plain = Scope(claimed=frozenset(kinds))
    asked_of = {name: driver for name, driver in _by_name(drivers).items() if driver.is_asked(plain)}
    by_driver = _by_driver({name: one for name, one in asked_of.items() if not one.glances}, observed)
    missing = _missing(found, observed)
    glances, digests, asked = {}, {}, []
    for name, driver in asked_of.items():
        if driver.glances:
            glance = driver.glance(desired.resources, found.system)
            if glance is None or not missing.isdisjoint(driver.kinds):
                return None
            glances[name] = glance
        elif _depends_on_more(driver, found.scope, desired.resources, found.system):
            return None
        else:
            digests[name] = _digest(by_driver[name])
            asked += [key for kind in driver.kinds for key in found.scope.of(kind)]
    return Look(tuple(sorted(kinds)), glances, digests, tuple(sorted(asked)))


def still_so(drivers: Drivers, system: System, before: Look) -> bool:
    """Whether the drivers would report what they did then."""
    scope = Scope(frozenset(before.asked), claimed=frozenset(before.kinds))
    by_name = _by_name(drivers)
    asked = {name for name, driver in by_name.items() if driver.is_asked(scope)}
    if asked != before.glances.keys() | before.digests.keys():
        return False
    return all(by_name[name].holds(glance, system) for name, glance in before.glances.items()) and all(
        _digest(by_name[name].observe(system, scope)) == digest for name, digest in before.digests.items()
    )


def _by_name(drivers: Drivers) -> dict[str, Everywhere]:
    return {next(iter(driver.kinds)): driver for driver in drivers if isinstance(driver, Everywhere)}


def _by_driver(drivers: Mapping[str, Everywhere], observed: State) -> Mapping[str, list[Resource]]:
    found: dict[str, list[Resource]] = {name: [] for name in drivers}
    lists = {kind: found[name] for name, driver in drivers.items() for kind in driver.kinds}
    for key, resource in observed.items():
        if key.kind in lists:
            lists[key.kind].append(resource)
    return found


def _missing(found: Reconciliation, observed: State) -> set[str]:
    """The kinds of which something was asked for that isn't there. What shall be there is, or it wouldn't be as
    planned.
    """
    asked, target = found.scope.ids, found.target
    unsure = {*asked.difference(target), *[key for key, want in target.items() if want is None]}
    return {key.kind for key in unsure if key in asked and key not in observed}


def _depends_on_more(driver: Everywhere, scope: Scope, wanted: State, system: System) -> bool:
    """Whether its wishes mean what the system makes of them."""
    own = {key: wanted[key] for kind in driver.kinds for key in scope.of(kind) if key in wanted}
    return bool(own) if driver.views else bool(driver.canonicalise(own, system))


def _digest(resources: Iterable[Resource]) -> str:
    telling: Callable[[Any], Callable[[Resource], Any]] = _telling
    rows = [telling(type(one))(one) for one in sorted(resources, key=attrgetter("id"))]
    text = json.dumps(rows, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


@cache
def _telling(cls: Any) -> Callable[[Resource], Any]:
    """The id and the values that a plan can go by: those that are compared, and those that are stored."""
    names = [f.name for f in fields(cls) if f.compare or not f.metadata.get("transient")]
    return attrgetter("id", *names)
