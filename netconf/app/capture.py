"""netconf capture: the live state as a document. Applying it plans nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from netconf.app.wiring import Host
from netconf.core.driver import Captures, Scope
from netconf.core.errors import UsageError
from netconf.engine.reconcile import observe


def capture(host: Host, sections: Collection[str] = ()) -> dict[str, Any]:
    """The document of the live state, or only some of its sections."""
    observed = observe(host.drivers, host.system, Scope())
    document: dict[str, Any] = {"netconf": 1}
    for driver in host.drivers:
        if isinstance(driver, Captures):
            _merge(document, driver.capture(host.system, observed))
    unknown = sorted(set(sections) - document.keys())
    if unknown:
        known = ", ".join(key for key in document if key != "netconf")
        raise UsageError(f"there is no section {unknown[0]} to capture", hint=f"there are: {known}")
    return {k: v for k, v in document.items() if not sections or k in sections or k == "netconf"}


def _merge(into: dict[str, Any], part: Mapping[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value
