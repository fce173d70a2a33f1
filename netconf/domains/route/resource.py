"""A route, as a value."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, NamedTuple

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.quick import quick
from netconf.core.resource import NO_KEYS, NOTHING, Resource
from netconf.domains.route import encap
from netconf.domains.route.metrics import Metrics

NETCONF_PROTOCOL = 0x6E
"""Our routing protocol number (rtm_protocol); register it as `netconf` in /etc/iproute2/rt_protos."""

KERNEL_PROTOCOL = 2

BIRD_PROTOCOL = 12
"""RTPROT_BIRD of linux/rtnetlink.h. BIRD compares its tables with what's there: it puts back what is
lost, and removes within a scan what it didn't put there.
"""

ADOPTABLE = {3, 4, NETCONF_PROTOCOL}
"""boot, static and ours: routes somebody made by hand, which a document may take over by naming
them. The others (kernel, ra, dhcp, routing daemons) belong to programs that look after them."""


VRF_STRICT = ids.sysctl(("net", "vrf", "strict_mode"))
"""While it's 1 a table is one VRF's, and only then routes lead to VRFs by their tables (End.DT4 …)."""


class Hop(NamedTuple):
    """One next hop. dev "" = to be found from the addresses; via "" = on the link. `encap` is what is put around
    packets, in the words of `ip route`.
    """

    dev: str
    via: str = ""
    weight: int = 1
    onlink: bool = False
    encap: str = ""

    def __str__(self) -> str:
        words = ["encap", self.encap] if self.encap else []
        words += ["via", self.via] if self.via else []
        words += ["dev", self.dev] if self.dev else []
        words += ["weight", str(self.weight)] if self.weight != 1 else []
        return " ".join(words + (["onlink"] if self.onlink else []))


@quick
@dataclass(frozen=True, slots=True)
class Route(Resource):
    """A route. It's declared as a whole: a metric that isn't given is none. `protocol` is left as
    it is on an existing route; a new one gets ours. `to` is canonical: "default" is IPv4's. With the
    number of a `nexthop` object the hops are that one's. `vrfs` are those that it leads to by their tables.
    """

    made: ClassVar[Callable[..., Route]]
    nested: ClassVar[Mapping[str, type]] = {"hops": Hop}

    to: str
    table: int = 254
    metric: int = 0
    tos: int = 0
    kind: str = "unicast"
    scope: str = "global"
    source: str = ""
    hops: tuple[Hop, ...] = ()
    metrics: Metrics = ()
    preference: str = "medium"
    protocol: int | Unset = field(default=UNSET)
    nexthop: int = 0
    vrfs: tuple[str, ...] = field(default=(), compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        if self._id is not None:
            return self._id
        table, metric, tos = _told(self.table, self.metric, self.tos)
        return self.remember(ids.route(self.to, table, metric, tos))

    @property
    def is_v6(self) -> bool:
        return ":" in self.to

    @property
    def requires(self) -> frozenset[ResourceId]:
        links = _of_links(self.hops, ":" in self.to)
        if self.vrfs:
            links |= {ids.link(name) for name in self.vrfs}
        if not self.source and not self.nexthop:
            return links
        needed = {ids.local(self.source)} if self.source else set()
        return links | needed | ({ids.nexthop(self.nexthop)} if self.nexthop else set())

    @property
    def after(self) -> frozenset[ResourceId]:
        return _reached_by_others(self.hops)

    @property
    def provides(self) -> frozenset[ResourceId]:
        """A route to a link's neighbours makes next hops reachable; one that also leads over a next hop waits for
        such routes itself, and two of them would wait for each other.
        """
        return _reached(self.hops)

    @property
    def alike(self) -> Hashable | None:
        """Routes over the same hops are."""
        if self.source or self.nexthop or self.vrfs:
            return None
        return (":" in self.to, self.hops)

    @property
    def excludes(self) -> frozenset[str]:
        """The kernel takes none to the network of an address, which has a route already (NLM_F_EXCL)."""
        if self.table != _MAIN or ":" in self.to or self.tos:
            return NO_KEYS
        return frozenset({f"route {self.to} {self.metric}"})

    @property
    def foreign(self) -> bool:
        return given(self.protocol, NETCONF_PROTOCOL) != NETCONF_PROTOCOL


@lru_cache(maxsize=1 << 14)
def _of_links(hops: tuple[Hop, ...], v6: bool) -> frozenset[ResourceId]:  # noqa: FBT001 - by name it takes longer
    """What routes over these hops need of their links; they share the set."""
    family = (ids.ipv6, ids.ipv6_enabled) if v6 else (ids.ipv4,)
    inside = frozenset(ids.link(name) for hop in hops if (name := encap.link(hop.encap)))
    return inside | frozenset(
        capability(hop.dev) for hop in hops if hop.dev for capability in (ids.link, ids.admin_up, *family)
    )


@lru_cache(maxsize=1 << 14)
def _reached_by_others(hops: tuple[Hop, ...]) -> frozenset[ResourceId]:
    strict = frozenset({VRF_STRICT} if any(encap.vrf_table(hop.encap) for hop in hops) else ())
    return strict | frozenset(ids.reach(hop.dev) for hop in hops if hop.via)


@lru_cache(maxsize=1 << 14)
def _reached(hops: tuple[Hop, ...]) -> frozenset[ResourceId]:
    if any(hop.via for hop in hops):
        return NOTHING
    return frozenset(ids.reach(hop.dev) for hop in hops if hop.dev)


_MAIN = 254
_TABLES = {255: "local", 254: "main", 253: "default"}
TABLE_NUMBERS = {name: number for number, name in _TABLES.items()}


@lru_cache(maxsize=1 << 10)
def _told(table: int, metric: int, tos: int) -> tuple[str, str, str]:
    """What the id has of them."""
    return table_name(table), str(metric), str(tos) if tos else ""


def table_name(table: int) -> str:
    """The name every host has for a table, else its number."""
    return _TABLES.get(table) or str(table)
