"""Endpoints and limits to what the port takes and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netconf.core.overlay import given
from netconf.domains.mptcp.resource import FLAGS, Endpoint, Limits
from netconf.system.ports import MptcpEndpoint, MptcpLimits


def endpoint(row: MptcpEndpoint, names: Mapping[int, str]) -> Endpoint:
    """The endpoint of a row. The kernel keeps those of links that are gone: to a document such a link is one that
    nothing has.
    """
    link = names.get(row.ifindex, f"if{row.ifindex}") if row.ifindex else ""
    return Endpoint(row.address, row.port, row.number, link, _words(row.flags))


def row(one: Endpoint, ifindex: Callable[[str], int]) -> MptcpEndpoint:
    """What makes the endpoint so."""
    flags = sum(FLAGS[word] if word in FLAGS else int(word, 16) for word in one.flags)
    link = ifindex(one.link) if one.link else 0
    return MptcpEndpoint(one.address, one.port, given(one.number, 0), flags, link)


def _words(flags: int) -> tuple[str, ...]:
    known = [word for word, bit in FLAGS.items() if flags & bit]
    rest = flags & ~sum(FLAGS.values())
    return tuple(sorted([*known, f"0x{rest:x}"] if rest else known))


def limits(row: MptcpLimits) -> Limits:
    return Limits(row.subflows, row.add_addr_accepted)


def limits_row(one: Limits) -> MptcpLimits:
    return MptcpLimits(given(one.subflows, -1), given(one.add_addr_accepted, -1))
