"""What the kernel refuses, or doesn't keep, of a list of next hops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netconf.grammar import reject

if TYPE_CHECKING:
    from netconf.domains.route.spec import Nexthop


def check(to: str, hops: Sequence[Nexthop], *, v6: bool) -> None:
    """Refuse a weight of one hop alone (fib_create_info keeps none), and of several of IPv6 those without gateway
    (rt6_qualify_for_ecmp).
    """
    if len(hops) == 1 and hops[0].weight != 1:
        reject(
            "NC2348",
            f"weight {hops[0].weight} of the only next hop to {to}",
            "it takes all of the traffic, and the kernel keeps no weight",
            "remove weight, or add other next hops",
        )
    bare = next((hop for hop in hops if hop.via is None), None)
    if v6 and len(hops) > 1 and bare is not None:
        reject(
            "NC2349",
            f"dev {bare.dev} without via among the next hops to {to}",
            "the kernel takes only gateways as one of several next hops of IPv6",
            "add via:, or remove this next hop",
        )
