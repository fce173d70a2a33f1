"""What resources say of being alike holds: `core.resource.Resource.alike`."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from netconf.core import ids
from netconf.core.inside import Inside
from netconf.core.resource import NO_KEYS
from netconf.domains.address.resource import Address
from netconf.domains.route.resource import Hop, Route

ADDRESSES = [
    replace(Address(link, text, 24), **more)
    for link, text, more in product(
        ("a", "b", "lo"),
        ("192.0.2.1", "192.0.2.2", "2001:db8::1", "::1"),
        (
            {},
            {"length": 32, "peer": "192.0.2.9", "label": "a:1", "metric": 5, "position": 3},
            {"flags": ("noprefixroute",)},
            {"flags": ()},
            {"behind": "192.0.2.7/24"},
            {"order": 2, "moves": True, "restacked": True},
        ),
    )
]
ROUTES = [
    replace(Route(to, metric=metric, hops=hops), **more)
    for to, metric, hops, more in product(
        ("198.51.100.0/24", "203.0.113.0/24", "2001:db8:1::/48"),
        (0, 5),
        (
            (),
            (Hop("a"),),
            (Hop("a", "192.0.2.9"),),
            (Hop("a", "192.0.2.9"), Hop("b", "192.0.2.8")),
            (Hop("a", "", 1, False, "seg6local action End.DT4 vrftable 10"),),
            (Hop("a", "", 1, False, "seg6local action End.DX2 oif b"),),
        ),
        ({}, {"source": "192.0.2.1"}, {"nexthop": 7}, {"vrfs": ("red",)}, {"table": 10, "tos": 4}),
    )
]


@pytest.mark.parametrize(
    "resources",
    [ADDRESSES, ROUTES, [Inside(netns, one) for netns in ("n", "m") for one in (*ADDRESSES, *ROUTES)]],
    ids=("addresses", "routes", "inside"),
)
def test_what_is_alike_needs_and_provides_the_same_and_occupies_nothing(resources):
    first, more = {}, 0
    for one in resources:
        if one.alike is not None:
            found = (one.requires, one.after, {key for key in one.provides if key.kind != ids.LOCAL})
            assert one.occupies == NO_KEYS
            assert first.setdefault((one.id.kind, one.alike), found) == found, one
            more += 1
    assert more > 2 * len(first) > 0
