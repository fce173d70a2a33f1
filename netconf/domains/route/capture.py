"""Observed routes as the document that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netconf.domains.route import encap
from netconf.domains.route.plan import IPV6_DEFAULT_METRIC
from netconf.domains.route.resource import Hop, Route, table_name
from netconf.domains.route.wire import GONE


def capture(routes: Iterable[Route]) -> Mapping[str, Any]:
    """The routes a document may take over: those made by hand and by netconf."""
    return {"routes": [_entry(route) for route in sorted(routes, key=lambda route: route.id)]}


def _entry(route: Route) -> dict[str, Any]:
    out: dict[str, Any] = {"to": _destination(route)}
    if len(route.hops) == 1:
        out.update(_hop(route.hops[0]))
    elif route.hops:
        out["nexthops"] = [{**_hop(hop), "weight": hop.weight} for hop in route.hops]
    if route.nexthop:
        out["nexthop"] = route.nexthop
    table = table_name(route.table)
    default_metric = IPV6_DEFAULT_METRIC if route.is_v6 else 0
    fields = (
        ("kind", route.kind, {"unicast"}),
        ("table", route.table if table.isdigit() else table, {"main"}),
        ("metric", route.metric, {default_metric}),
        ("tos", route.tos, {0}),
        ("src", route.source, {""}),
        ("scope", route.scope, _default_scopes(route)),
        ("pref", route.preference, {"medium"}),
    )
    out.update({name: value for name, value, defaults in fields if value not in defaults})
    for name, value in route.metrics:
        out[name] = str(value).split() if name in ("lock", "features") else value
    return out


def _destination(route: Route) -> str:
    """`default` where the gateway tells the family."""
    if route.to == "::/0" and any(":" in hop.via for hop in route.hops):
        return "default"
    return route.to


def _default_scopes(route: Route) -> set[str]:
    if route.is_v6 or not route.hops:
        return {"global"}
    if route.kind == "local":
        return {"host"}
    return {"global"} if any(hop.via for hop in route.hops) else {"link"}


def _hop(hop: Hop) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if hop.via:
        out["via"] = hop.via
    if hop.dev:
        out["dev"] = hop.dev
    if hop.onlink:
        out["onlink"] = "on"
    if hop.encap:
        gone = encap.link(hop.encap).startswith(GONE)
        out["encap"] = {"raw": hop.encap} if gone else encap.documented(hop.encap)
    return out
