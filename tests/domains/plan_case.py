"""Plan cases as data: what a document plans on a given state. No kernel and no code in a case.

    about: why the case is there
    there: a document that describes what is there
    also: [{kind_of: address, link: v0, ip: 192.0.2.9, length: 24, dynamic: true}]    and objects no document makes
    made: a document that describes what netconf made (the ledger)
    was: [{kind_of: sysctl, …}]         what was there before netconf came, of what it manages
    want: the document to plan for
    plan: [lines]                       the steps in order
    findings: [codes]                   of errors (then there is no plan) or warnings

A line is `create X`, `update X`, `delete X`, or for something that is made again `down X` and later `up X`; what the
kernel does by itself ends in `by itself`.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from contract.cases import load_yaml

from netconf import domains
from netconf.app import documents
from netconf.core.change import Action
from netconf.core.desired import compile_target
from netconf.core.diagnostics import Severity
from netconf.core.driver import Checks
from netconf.core.plan import make_plan
from netconf.core.step import Phase
from netconf.engine.drivers import Drivers
from netconf.engine.places import Everywhere
from netconf.engine.reconcile import refine

HERE = Path(__file__).parent
FIELDS = {"about", "there", "also", "made", "was", "want", "plan", "findings"}
EXPECTED = ("plan", "findings")


class PlanCase:
    def __init__(self, path):
        self.path = path
        self.data = load_yaml(path)
        assert set(self.data) <= FIELDS, f"{path}: {set(self.data) - FIELDS}"
        assert self.data["about"]

    @property
    def expected(self):
        return {name: self.data[name] for name in EXPECTED if self.data.get(name)}

    def outcome(self):
        """What the case comes to: {plan: lines, findings: codes}, without what is empty."""
        drivers = Drivers([Everywhere(domains.driver(name)) for name in domains.REGISTRY])
        observed = {**self._described("there"), **self._objects(drivers, "also")}
        ledger = {**dict.fromkeys(self._described("made")), **self._objects(drivers, "was")}
        desired = documents.from_plain({"netconf": 1, **self.data["want"]}, "want").desired
        target = refine(drivers, compile_target(desired, observed, ledger, drivers.release), observed)
        plan = make_plan(target, observed)
        findings = [
            finding
            for driver in drivers
            if plan and isinstance(driver, Checks)
            for finding in driver.check(plan.changes, target, observed)
        ]
        refused = any(finding.severity is Severity.ERROR for finding in findings)
        told = {
            "plan": [] if refused else [_line(plan, step) for step in plan.steps()],
            "findings": sorted({finding.code for finding in findings}),
        }
        return {name: value for name, value in told.items() if value}

    def rewrite(self):
        """The file with what the case comes to now, for review."""
        kept = [line for line in self.path.read_text().splitlines() if line]
        ends = [
            number for number, line in enumerate(kept) if line.startswith(tuple(f"{n}:" for n in EXPECTED))
        ]
        kept = kept[: min(ends)] if ends else kept
        expected = yaml.safe_dump(self.outcome(), sort_keys=False, width=1000)
        self.path.write_text("\n".join(kept) + "\n" + (expected if self.outcome() else ""))

    def _described(self, field):
        if field not in self.data:
            return {}
        return dict(documents.from_plain({"netconf": 1, **self.data[field]}, field).desired.resources)

    def _objects(self, drivers, field):
        made = [_object(drivers, dict(image)) for image in self.data.get(field, [])]
        return {resource.id: resource for resource in made}


def plan_cases():
    return sorted(HERE.glob("*/cases/*.yaml"))


def _object(drivers, image):
    """A resource of the class that its kind has; every field of the class may be given."""
    kind = image.pop("kind_of")
    resource = drivers.of(kind).kinds[kind].resource
    nested = getattr(resource, "nested", {})
    return resource(**{name: _frozen(value, nested.get(name)) for name, value in image.items()})


def _frozen(value, element):
    if isinstance(value, list):
        return tuple(element(**part) if element else _frozen(part, None) for part in value)
    return value


def _line(plan, step):
    change = plan.changes[step.id]
    action = change.action
    word = action.value if action is not Action.REPLACE else "down" if step.phase is Phase.DOWN else "up"
    return f"{word} {step.id}" + (" by itself" if step in plan.implied else "")
