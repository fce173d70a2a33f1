"""Address labels to netlink rows and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netconf.domains.address_label.resource import Label
from netconf.system.ports import AddressLabelRow


def resource(row: AddressLabelRow, names: Mapping[int, str]) -> Label | None:
    """The label of a row; the kernel keeps those of links that are gone."""
    if row.ifindex and row.ifindex not in names:
        return None
    return Label(row.prefix, row.label, names.get(row.ifindex, ""))


def row(one: Label, ifindex: Callable[[str], int]) -> AddressLabelRow:
    """The row that makes the label so."""
    return AddressLabelRow(one.prefix, one.label, ifindex(one.link) if one.link else 0)
