"""Memberships to netlink rows and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping

from netconf.core.overlay import UNSET, given
from netconf.domains.mdb.resource import STATIC, Membership
from netconf.system.ports import MdbRow


def memberships(rows: Iterable[MdbRow], names: Mapping[int, str], up: Container[int]) -> Iterator[Membership]:
    """`up` are the links that are. Without those that the kernel makes for each source of a filter."""
    rows = list(rows)
    filters = {(row.ifindex, row.group, row.vlan, source) for row in rows for source in row.sources}
    for row in rows:
        known = row.ifindex in names and row.bridge in names
        if known and (row.ifindex, row.group, row.vlan, row.source) not in filters:
            yield Membership(
                names[row.ifindex],
                row.group,
                row.vlan,
                row.source,
                row.include,
                row.sources,
                row.protocol or UNSET,
                names[row.bridge],
                row.bridge in up,
            )


def row(one: Membership, ifindex: Callable[[str], int]) -> MdbRow:
    """The row that makes the membership so."""
    bridge = ifindex(given(one.bridge, ""))
    protocol = given(one.protocol, 0)
    told = 0 if protocol == STATIC else protocol
    return MdbRow(bridge, ifindex(one.link), one.group, one.vlan, one.source, one.include, one.sources, told)
