"""Writes to routes and the `ip route` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netconf.core.overlay import given
from netconf.core.quick import quick
from netconf.domains.route.metrics import words as metric_words
from netconf.domains.route.resource import NETCONF_PROTOCOL, Hop, Route, table_name


@quick
@dataclass(frozen=True, slots=True)
class WriteRoute:
    """create = no route with this key may be there; replace = in place of the one that is."""

    verb: Literal["create", "replace"]
    route: Route

    def describe(self) -> str:
        return f"{self.verb} route to {self.route.to} (table {table_name(self.route.table)}, metric {self.route.metric})"

    def commands(self) -> tuple[str, ...]:
        verb = "add" if self.verb == "create" else "replace"
        line = " ".join([_ip(self.route), "route", verb, *_words(self.route)])
        if any(hop.encap.startswith("raw ") for hop in self.route.hops):
            line += "  # apply puts back its encapsulation, for which netconf has no words"
        if not self.route.is_v6 or not self.route.source:
            return (line,)
        # Not before duplicate address detection of the source address is over.
        look = f"ip -6 address show to {self.route.source} tentative | grep -q ."
        return (f"timeout 5 sh -c 'while {look}; do sleep 0.1; done'", line)


@quick
@dataclass(frozen=True, slots=True)
class DeleteRoute:
    route: Route

    def describe(self) -> str:
        return f"delete route to {self.route.to} (table {table_name(self.route.table)}, metric {self.route.metric})"

    def commands(self) -> tuple[str, ...]:
        return (
            " ".join([_ip(self.route), "route del", *_key_words(self.route), "proto", _protocol(self.route)]),
        )


RouteOperation = WriteRoute | DeleteRoute


def _ip(route: Route) -> str:
    return "ip -6" if route.is_v6 else "ip"


def _key_words(route: Route) -> list[str]:
    words = [] if route.kind == "unicast" else [route.kind]
    words.append("default" if route.to in ("default", "::/0") else route.to)
    words += ["table", table_name(route.table)]
    if route.metric:
        words += ["metric", str(route.metric)]
    if route.tos:
        words += ["tos", hex(route.tos)]
    return words


def _protocol(route: Route) -> str:
    return str(given(route.protocol, NETCONF_PROTOCOL))


def _words(route: Route) -> list[str]:
    words = [*_key_words(route), "proto", _protocol(route)]
    if not route.is_v6 and route.hops:
        words += ["scope", route.scope]
    if route.nexthop:
        words += ["nhid", str(route.nexthop)]
    if route.source:
        words += ["src", route.source]
    if len(route.hops) == 1:
        words += _hop_words(route.hops[0], v6=route.is_v6)
    words += metric_words(route.metrics)
    if route.preference != "medium":
        words += ["pref", route.preference]
    if len(route.hops) > 1:
        for hop in route.hops:
            words += ["nexthop", *_hop_words(hop, v6=route.is_v6), "weight", str(hop.weight)]
    return words


def _hop_words(hop: Hop, *, v6: bool) -> list[str]:
    words = ["encap", *hop.encap.split()] if hop.encap and not hop.encap.startswith("raw ") else []
    if hop.via:
        # An IPv4 route through an IPv6 gateway has to say so (RFC 5549).
        words += ["via", "inet6", hop.via] if ":" in hop.via and not v6 else ["via", hop.via]
    words += ["dev", hop.dev] if hop.dev else []
    return words + (["onlink"] if hop.onlink else [])
