"""netconf capture: the live state as a document. Applying it plans nothing.

The kernel takes names and texts that a document can't hold. What our own reader refuses is left
out, and told; of a list the whole, since one that's there means that there shall be no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from netconf.app import documents
from netconf.app.wiring import Host, parts
from netconf.core import ids
from netconf.core.diagnostics import Diagnostic, DocumentPath, dotted, warning
from netconf.core.driver import Captures, Scope
from netconf.core.errors import DocumentError, ObserveError, UsageError
from netconf.core.links import field
from netconf.core.resource import State
from netconf.engine.reconcile import observe
from netconf.system.ports import System

MOST_LEFT_OUT = 1000


def capture(
    host: Host, sections: Collection[str] = (), spaces: Collection[str] = ()
) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The document of the live state, or only some of its sections, with what is in further network namespaces;
    and what it lacks.
    """
    document: dict[str, Any] = {"netconf": 1, **_seen(host, host.system)[0]}
    for name in spaces:
        if not host.system.namespaces.has(name):
            raise UsageError(f'there is no network namespace "{name}"', hint="ip netns shows those there are")
        _put_inside(host, name, document)
    unknown = sorted(set(sections) - document.keys())
    if unknown:
        known = ", ".join(key for key in document if key != "netconf")
        raise UsageError(f"there is no section {unknown[0]} to capture", hint=f"there are: {known}")
    chosen = {k: v for k, v in document.items() if not sections or k in sections or k == "netconf"}
    return chosen, _leave_out_refused(chosen)


def _seen(host: Host, system: System) -> tuple[dict[str, Any], State]:
    """What the drivers write of a namespace, and what they saw there."""
    observed = observe(host.drivers, system, Scope())
    found: dict[str, Any] = {}
    for driver in host.drivers:
        if isinstance(driver, Captures):
            _merge(found, driver.capture(system, observed))
    return found, observed


def _put_inside(host: Host, name: str, document: dict[str, Any]) -> None:
    """A namespace's part of the document; its links that are on what is here stand under interfaces, with `netns`."""
    found, observed = _seen(host, host.system.inside(name))
    ours = {section for part in parts() if not part.everywhere for section in part.sections}
    for link in [*found.get("interfaces", {})]:
        if (
            field(ids.link(link), "link_netns", observed, {}) == ids.HOME
            and link not in document["interfaces"]
        ):
            document["interfaces"][link] = {**found["interfaces"].pop(link), "netns": name}
    inside = {section: content for section, content in found.items() if section not in ours}
    document.setdefault("netns", {})[name] = inside


def _leave_out_refused(document: dict[str, Any]) -> list[Diagnostic]:
    """Take out of the document what the reader refuses, until it refuses nothing."""
    told: list[Diagnostic] = []
    while len(told) < MOST_LEFT_OUT:
        try:
            documents.from_plain(document, "the live state")
        except DocumentError as err:
            told += [_left_out(finding, document) for finding in _first_by_place(err.diagnostics)]
        else:
            return told
    raise ObserveError("too much of the live state can't be written as a document")


def _first_by_place(findings: Sequence[Diagnostic]) -> Iterable[Diagnostic]:
    return {_place(finding): finding for finding in reversed(findings)}.values()


def _place(finding: Diagnostic) -> DocumentPath:
    """What is left out: a field of an interface, a sysctl, else the whole section."""
    path = finding.where.path
    above = 2 if path[:1] == ("netns",) else 0
    depth = {"interfaces": 3, "sysctl": 2}.get(str(path[above]) if len(path) > above else "", 1)
    return path[: above + depth]


def _left_out(finding: Diagnostic, document: dict[str, Any]) -> Diagnostic:
    """Takes it out; what lacks something then (a macvlan without its parent) goes as a whole."""
    path = _place(finding)
    while path and not _take_out(path, document):
        path = path[:-1]
    if not path:
        raise ObserveError(f"the live state can't be written as a document: {finding.summary}")
    return warning("NC7002", f"left out: {dotted(path)}", f"a document can't hold it: {finding.summary}")


def _take_out(path: DocumentPath, document: dict[str, Any]) -> bool:
    inside: Any = document
    for step in path[:-1]:
        inside = inside.get(step, {})
    return inside.pop(path[-1], None) is not None


def _merge(into: dict[str, Any], part: Mapping[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value
