"""The routes of most documents: over a link, and nothing said but gateway and metric. They are checked as a list, and
without what only others need.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel

from netconf.domains.route.resource import table_name
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import prefix, unicast_address
from netconf.grammar.names import link_name

if TYPE_CHECKING:
    from netconf.domains.route.spec import Route

IPV6_METRIC = 1024
"""What the kernel makes of no metric, or 0 (IP6_RT_PRIO_USER)."""


def destination(value: Any) -> str:
    """A network, or the default route."""
    if isinstance(value, str) and len(value) <= _LONGEST and value.lower() in _DEFAULTS:
        if value == "default":
            return value
        reject("NC2314", f"{shown(value)} is the default route", "it's written in one way", "write default")
    return prefix(value)


_DEFAULTS = {"default", "any", "all", "0", "0/0"}
"""`0.0.0.0/0` and `::/0` are right: they say the family, which `default` leaves to the gateway."""

_LONGEST = max(map(len, _DEFAULTS))

_WHOLE = {"0.0.0.0/0", "::/0"}
_DEFAULT = {"default", *_WHOLE}


class PlainRoute(NamedTuple):
    """A route over a link of which no more is said than these: as most are."""

    to: str
    dev: str
    via: str | None
    metric: int | None

    @property
    def is_v6(self) -> bool:
        return ":" in ((self.via or "") if self.to == "default" else self.to)

    @property
    def table(self) -> int:
        return 254

    @property
    def tos(self) -> int:
        return 0


Listed = TypeVar("Listed", "list[Route]", list[PlainRoute])


def distinct(routes: Listed) -> Listed:
    """Refuse two routes that the kernel takes for one."""
    destinations = {route.to for route in routes}
    if len(destinations) == len(routes) and destinations.isdisjoint(_DEFAULT):
        return routes
    seen: dict[tuple[object, ...], int] = {}
    for number, route in enumerate(routes):
        metric = route.metric or (IPV6_METRIC if route.is_v6 else 0)
        to = "default" if route.to in _WHOLE else route.to
        key = (to, route.is_v6, route.table, metric, route.tos)
        if key in seen:
            table = f" in table {table_name(route.table)}"
            reject(
                "NC2313",
                f"routes[{seen[key]}] and routes[{number}] both lead to {to} with metric {metric}{table}",
                "the kernel keeps one route of a destination, table and metric",
                "give one another metric, or write one route with both as nexthops",
            )
        seen[key] = number
    return routes


_PLAIN = frozenset(PlainRoute._fields)
_made = tuple.__new__


def _plain(routes: list[Any]) -> list[PlainRoute]:
    """What is written in another way than `PlainRoute` has it is refused."""
    ways: dict[tuple[str, str | None], tuple[str, str | None]] = {}
    found = []
    for route in routes:
        dev, via, metric = route["dev"], route.get("via"), route.get("metric")
        if type(dev) is not str or (via is not None and type(via) is not str):
            raise ValueError
        to = destination(route["to"])
        dev, via = ways.get((dev, via)) or ways.setdefault((dev, via), _way(dev, via))
        if metric is not None and (type(metric) is not int or not 0 <= metric < 1 << 32):
            raise ValueError
        if ":" in to and via is not None and ":" not in via:
            raise ValueError
        found.append(_made(PlainRoute, (to, dev, via, metric)))
    return distinct(found)


def _way(dev: str, via: str | None) -> tuple[str, str | None]:
    return link_name(dev), None if via is None else unicast_address(via)


class PlainSpec(Strict):
    """The part of a document that describes routes, where they are plain."""

    routes: Annotated[list[Any], AfterValidator(_plain)]


def narrow(share: Mapping[str, Any]) -> type[BaseModel] | None:
    """A model for what routes of a share of a document say. What it accepts the whole one does, and means the same."""
    routes = share.get("routes")
    if not isinstance(routes, list) or not all(isinstance(route, dict) for route in routes):
        return None
    if (
        len(share) == 1
        and _PLAIN.issuperset(chain.from_iterable(routes))
        and all("dev" in route and "to" in route for route in routes)
    ):
        return PlainSpec
    from netconf.domains.route.spec import with_fields

    return with_fields(routes)
