"""Routes that a BIRD daemon has left in the kernel, and that none looks after any more.

A daemon that's killed leaves its routes. The next one finds them by their table and their metric;
with another table or metric in its configuration they stay for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netconf.core.ip import INET6
from netconf.domains.bird.render import revision_of
from netconf.system.ports import RouteFilter, System

BIRD_PROTOCOL = 12
"""RTPROT_BIRD of linux/rtnetlink.h."""

MAIN, METRIC = "254", "32"

_KERNEL = re.compile(r"^protocol kernel \S+ \{\n((?:(?!\}).*\n)*)", re.MULTILINE)
_TABLE = re.compile(r"^ +kernel table (\d+);", re.MULTILINE)
_METRIC = re.compile(r"^ +metric (\d+);", re.MULTILINE)
_FAMILY = re.compile(r"^ +(ipv[46]) \{", re.MULTILINE)

Place = tuple[bool, int, int]
"""IPv6, table and metric: what a protocol knows its routes by."""


def orphans(system: System, *texts: str | None) -> list[str]:
    """As `ip route` names them: those that no protocol of these configurations would find; none if one
    of them isn't ours, for that can't be known.
    """
    known = [text for text in texts if text is not None]
    if not all(map(revision_of, known)):
        return []
    places = {place for text in known for place in _places(text)}
    return sorted(
        f"{row.to} table {row.table} metric {row.metric}"
        for row in system.rtnl.routes(RouteFilter(protocol=BIRD_PROTOCOL))
        if (row.family == INET6, row.table, row.metric) not in places
    )


def _places(text: str) -> Iterator[Place]:
    for match in _KERNEL.finditer(text):
        table, metric = _TABLE.search(match[1]), _METRIC.search(match[1])
        number = int(table[1] if table else MAIN)
        for family in _FAMILY.findall(match[1]):
            yield family == "ipv6", number, int(metric[1] if metric else METRIC)
