"""From the document to routes, and from changes of routes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids, ip
from netconf.core.change import Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.links import vrf_of
from netconf.core.resource import Resource, State, Target
from netconf.domains.route import encap
from netconf.domains.route.metrics import Metrics, Value
from netconf.domains.route.operation import DeleteRoute, RouteOperation, WriteRoute
from netconf.domains.route.resource import Hop, Route

if TYPE_CHECKING:
    from netconf.domains.route.plainspec import PlainRoute, PlainSpec
    from netconf.domains.route.spec import Route as RouteSpec
    from netconf.domains.route.spec import Spec

_MAIN = 254

IPV6_DEFAULT_METRIC = 1024
"""What the kernel makes of metric 0 (IP6_RT_PRIO_USER of linux/ipv6_route.h)."""

_METRICS = (
    "mtu",
    "window",
    "rtt",
    "rttvar",
    "ssthresh",
    "cwnd",
    "advmss",
    "reordering",
    "hoplimit",
    "initcwnd",
    "initrwnd",
    "rto_min",
    "quickack",
    "congctl",
    "fastopen_no_cookie",
)


Shared = dict[tuple[str | None, str | None], tuple[Hop, ...]]
"""The ways over one hop that routes have in common: most of many have few."""


def expand(spec: Spec | PlainSpec) -> Desired:
    """The routes; the list is the whole set of routes with our protocol."""
    if spec.routes is None:
        return Desired()
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    shared: Shared = {}
    entries: Sequence[RouteSpec | PlainRoute] = spec.routes
    for number, entry in enumerate(entries):
        route = _plain(entry, shared) if isinstance(entry, tuple) else _route(entry, shared)
        key = route.id
        resources[key] = route
        paths[key] = ("routes", number)
    return Desired(resources, frozenset({Claim(ids.ROUTE)}), frozenset(), paths)


def _destination(to: str, *, v6: bool) -> str:
    if to == "0.0.0.0/0":
        return "default"
    return "::/0" if v6 and to == "default" else to


def _plain(entry: PlainRoute, shared: Shared) -> Route:
    to, dev, via, metric = entry
    hops = shared.get((dev, via)) or shared.setdefault((dev, via), (Hop(dev, via or ""),))
    v6 = ":" in to or (to == "default" and entry.is_v6)
    return Route(
        _destination(to, v6=v6),
        _MAIN,
        metric or (IPV6_DEFAULT_METRIC if v6 else 0),
        0,
        "unicast",
        "global" if v6 or via else "link",
        "",
        hops,
    )


def _route(entry: RouteSpec, shared: Shared) -> Route:
    given = entry.model_fields_set
    way = (entry.dev, entry.via)
    hops = shared.get(way) if given.isdisjoint(_HOP_FIELDS) else _hops(entry)
    if hops is None:
        hops = shared[way] = _hops(entry)
    v6 = entry.is_v6
    return Route(
        _destination(entry.to, v6=v6),
        entry.table,
        entry.metric or (IPV6_DEFAULT_METRIC if v6 else 0),
        entry.tos,
        entry.kind,
        _scope(entry, hops, v6=v6),
        entry.src or "",
        hops,
        () if given.isdisjoint(_METRIC_FIELDS) else _metrics(entry),
        entry.pref,
        nexthop=entry.nexthop or 0,
    )


_HOP_FIELDS = frozenset({"nexthops", "onlink", "encap"})
"""Those that say more of the way than dev and via."""


def _hops(entry: RouteSpec) -> tuple[Hop, ...]:
    if entry.nexthops is not None:
        return tuple(
            Hop(
                h.dev or "",
                h.via or "",
                h.weight,
                h.onlink == "on",
                "" if h.encap is None else encap.words(h.encap),
            )
            for h in entry.nexthops
        )
    if entry.via is None and entry.dev is None:
        return ()
    around = "" if entry.encap is None else encap.words(entry.encap)
    return (Hop(entry.dev or "", entry.via or "", 1, entry.onlink == "on", around),)


def _scope(entry: RouteSpec, hops: tuple[Hop, ...], *, v6: bool) -> str:
    """As iproute2 chooses it."""
    if entry.scope is not None and not v6:
        return entry.scope
    if v6 or not hops:  # the scope of a nexthop object's routes, too
        return "global"
    if entry.kind == "local":
        return "host"
    for hop in hops:
        if hop.via:
            return "global"
    return "link"


_METRIC_FIELDS = {*_METRICS, "features", "lock"}


def _metrics(entry: RouteSpec) -> Metrics:
    values: dict[str, Value] = {
        name: value for name in _METRICS if (value := getattr(entry, name)) is not None
    }
    if entry.features:
        values["features"] = "ecn"
    locked = set(entry.lock or ())
    if entry.rto_min is not None:
        locked.add("rto_min")  # else the kernel doesn't look at it (tcp_rto_min)
    if locked:
        values["lock"] = " ".join(sorted(locked))
    return tuple(sorted(values.items()))


def lower(change: Change) -> list[RouteOperation]:
    """A new route must not displace another; an existing one is replaced in one message."""
    if isinstance(change.after, Route):
        fresh = change.before is None and change.because is None
        return [WriteRoute("create" if fresh else "replace", change.after)]
    return [DeleteRoute(change.before)] if isinstance(change.before, Route) else []


def refine(target: Target, observed: State) -> Target:
    """Find the links of next hops that don't name theirs, from the addresses there will be, and VRFs by tables."""
    open_ended = {
        key: want
        for key, want in target.items()
        if key.kind == ids.ROUTE and isinstance(want, Route)
        for hop in want.hops
        if not hop.dev or hop.encap
        if _is_open(hop)
    }
    if not open_ended:
        return {}
    networks = connected({**observed, **target})
    return {
        key: replace(
            want,
            hops=tuple(_located(hop, networks) for hop in want.hops),
            vrfs=tuple(_vrfs(want, target, observed)),
        )
        for key, want in open_ended.items()
    }


def _is_open(hop: Hop) -> bool:
    return bool(hop.via and not hop.dev) or " vrftable " in hop.encap


def _vrfs(route: Route, target: Target, observed: State) -> Iterable[str]:
    tables = {encap.vrf_table(hop.encap) for hop in route.hops} - {0}
    return filter(None, (vrf_of(table, target, observed) for table in sorted(tables)))


def connected(state: Target) -> list[tuple[ip.Network, str]]:
    """The networks that addresses make reachable, longest prefix first, with their links. Where two links are in one,
    which of them a gateway is on doesn't depend on what there is already.
    """
    return sorted(reachable(state.items()), key=lambda pair: (-pair[0].length, pair[1]))


def reachable(
    objects: Iterable[tuple[ResourceId, Resource | None]],
) -> Iterator[tuple[ip.Network, str]]:
    """The same, of each address among the objects, as they come."""
    for key, resource in objects:
        if key.kind != ids.ADDRESS or resource is None:
            continue
        if ids.reach(key.name[0]) in resource.provides:
            own, _, rest = key.name[1].partition(" peer ")
            parts = ip.split(rest or own)
            if parts is not None:
                yield ip.network(*parts), key.name[0]


def _located(hop: Hop, networks: Iterable[tuple[ip.Network, str]]) -> Hop:
    gateway = ip.parse(hop.via)
    if hop.dev or gateway is None:
        return hop
    return next((hop._replace(dev=dev) for network, dev in networks if network.has(gateway)), hop)
