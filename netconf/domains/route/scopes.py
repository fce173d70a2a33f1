"""What the kernel refuses of the scope of a route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.grammar import reject

if TYPE_CHECKING:
    from netconf.domains.route.spec import Route


def check(route: Route) -> None:
    """As fib_create_info of net/ipv4/fib_semantics.c does."""
    gateways = [hop.via for hop in [route, *(route.nexthops or ())] if hop.via]
    if route.scope in ("link", "host") and route.nexthop is not None:
        reject(
            "NC2330",
            f"scope: {route.scope} with nexthop {route.nexthop}",
            "what is behind a nexthop is further away than the link",
            "leave scope out",
        )
    if route.scope in ("link", "host") and gateways:
        reject(
            "NC2317",
            f"scope: {route.scope} with gateway {gateways[0]}",
            "what is behind a gateway is further away than the link",
            "leave scope out",
        )
    if route.kind == "local" and route.scope not in (None, "host"):
        reject(
            "NC2318",
            f"scope: {route.scope} with kind: local",
            "a local route leads into this host",
            "leave scope out",
        )
