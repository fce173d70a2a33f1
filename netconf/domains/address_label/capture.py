"""Observed address labels as the document that asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netconf.core.resource import State
from netconf.domains.address_label.resource import Label


def capture(observed: State) -> Mapping[str, Any]:
    """Those observed that aren't usual."""
    found = (observed[key] for key in sorted(observed))
    return {"address_labels": [_entry(one) for one in found if isinstance(one, Label) and not one.usual]}


def _entry(one: Label) -> dict[str, Any]:
    return {"prefix": one.prefix, "label": one.label} | ({"dev": one.link} if one.link else {})
