"""Routes: written, read back, and compared with what iproute2 says."""

from __future__ import annotations

import errno
import time
from socket import AF_INET, AF_INET6

import pytest
from system.iproute2 import ip, ip_json

from netconf.system.ports import NexthopRow, RouteFilter, RouteRequest, RouteRow

UNICAST, LOCAL, BLACKHOLE, UNREACHABLE, PROHIBIT, THROW = 1, 2, 6, 7, 8, 9
LINK, HOST = 253, 254
MAIN, BIG = 254, 7000
OURS = 77
ONLINK = 4


@pytest.fixture
def hops(rtnl, pair):
    """Two gateways on two links for each family."""
    ip(
        "addr add 192.0.2.1/24 dev a0",
        "addr add 198.51.100.1/24 dev b0",
        "addr add 2001:db8:a::1/64 dev a0 nodad",
        "addr add 2001:db8:b::1/64 dev b0 nodad",
    )
    first, second = pair
    return {
        AF_INET: (NexthopRow(first, "192.0.2.9"), NexthopRow(second, "198.51.100.9")),
        AF_INET6: (NexthopRow(first, "2001:db8:a::9"), NexthopRow(second, "2001:db8:b::9")),
    }


def v4(to, *hops, table=BIG, kind=UNICAST, scope=0, **more):
    return RouteRow(AF_INET, to, table, OURS, kind, scope, hops=hops, **more)


def v6(to, *hops, table=BIG, kind=UNICAST, metric=1024, **more):
    return RouteRow(AF_INET6, to, table, OURS, kind, 0, metric=metric, hops=hops, **more)


def ours(rtnl, **limits):
    return list(rtnl.routes(RouteFilter(protocol=OURS, **limits)))


ALL_METRICS = tuple((number, 10 + number) for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15))

CASES = {
    "through a gateway": lambda a, b, x, y: v4("203.0.113.0/24", a),
    "default": lambda a, b, x, y: v4("0.0.0.0/0", a, table=MAIN),
    "small table": lambda a, b, x, y: v4("203.0.113.0/24", a, table=252),
    "on the link": lambda a, b, x, y: v4("203.0.113.0/24", a._replace(gateway=""), scope=LINK),
    "source, metric, tos": lambda a, b, x, y: v4("203.0.113.0/24", a, source="192.0.2.1", metric=5, tos=0x10),
    "metrics": lambda a, b, x, y: v4("203.0.113.0/24", a, metrics=(*ALL_METRICS, (16, "reno"))),
    "locked metric": lambda a, b, x, y: v4("203.0.113.0/24", a, metrics=((1, 1 << 2), (2, 1400))),
    "onlink": lambda a, b, x, y: v4("203.0.113.0/24", a._replace(gateway="8.8.8.8", flags=ONLINK)),
    "multipath": lambda a, b, x, y: v4("203.0.113.0/24", a._replace(weight=3), b._replace(weight=256)),
    "multipath over bare links": lambda a, b, x, y: v4(
        "203.0.113.0/24", a._replace(gateway=""), b._replace(gateway="", weight=2), scope=LINK
    ),
    "multipath onlink": lambda a, b, x, y: v4(
        "203.0.113.0/24", a._replace(gateway="8.8.8.8", flags=ONLINK), b._replace(weight=2)
    ),
    "v4 via v6": lambda a, b, x, y: v4("203.0.113.0/24", x),
    "v4 multipath via both": lambda a, b, x, y: v4("203.0.113.0/24", a, y),
    "local": lambda a, b, x, y: v4("203.0.113.1/32", a._replace(gateway=""), kind=LOCAL, scope=HOST),
    "blackhole": lambda a, b, x, y: v4("203.0.113.0/24", kind=BLACKHOLE),
    "unreachable": lambda a, b, x, y: v4("203.0.113.0/24", kind=UNREACHABLE),
    "prohibit": lambda a, b, x, y: v4("203.0.113.0/24", kind=PROHIBIT),
    "throw": lambda a, b, x, y: v4("203.0.113.0/24", kind=THROW),
    "v6 through a gateway": lambda a, b, x, y: v6("2001:db8:f::/48", x),
    "v6 default": lambda a, b, x, y: v6("::/0", x, table=MAIN),
    "v6 on the link": lambda a, b, x, y: v6("2001:db8:f::/48", x._replace(gateway="")),
    "v6 source, metric, preference": lambda a, b, x, y: v6(
        "2001:db8:f::/48", x, source="2001:db8:a::1", metric=5, preference=1
    ),
    "v6 low preference": lambda a, b, x, y: v6("2001:db8:f::/48", x, preference=3),
    "v6 metrics": lambda a, b, x, y: v6("2001:db8:f::/48", x, metrics=((2, 1400), (8, 1300), (16, "reno"))),
    "v6 multipath": lambda a, b, x, y: v6("2001:db8:f::/48", x._replace(weight=3), y._replace(weight=2)),
    "v6 blackhole": lambda a, b, x, y: v6("2001:db8:f::/48", kind=BLACKHOLE),
    "v6 unreachable": lambda a, b, x, y: v6("2001:db8:f::/48", kind=UNREACHABLE),
    "v6 prohibit": lambda a, b, x, y: v6("2001:db8:f::/48", kind=PROHIBIT),
    "v6 throw": lambda a, b, x, y: v6("2001:db8:f::/48", kind=THROW),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_round_trip(rtnl, hops, case):
    wanted = case(*hops[AF_INET], *hops[AF_INET6])
    assert rtnl.send([RouteRequest("create", wanted)]) == [None]
    assert ours(rtnl) == [wanted]
    assert rtnl.send([RouteRequest("create", wanted)])[0].errno == errno.EEXIST
    # exactly this one can be deleted, and made again by replace
    answers = rtnl.send([RouteRequest(verb, wanted) for verb in ("delete", "replace", "replace")])
    assert answers == [None, None, None]
    assert ours(rtnl) == [wanted]
    assert rtnl.send([RouteRequest("delete", wanted)]) == [None]
    assert ours(rtnl) == []


def test_nexthop_object(rtnl, hops):
    ip("nexthop add id 5 via 192.0.2.9 dev a0")
    wanted = v4("203.0.113.0/24", nexthop_id=5)
    assert rtnl.send([RouteRequest("create", wanted)]) == [None]
    assert ours(rtnl) == [wanted]
    assert rtnl.send([RouteRequest("delete", wanted)]) == [None]


def test_state_of_a_hop_is_read_but_not_written(rtnl, hops):
    wanted = v4("203.0.113.0/24", *hops[AF_INET])
    rtnl.send([RouteRequest("create", wanted)])
    ip("link set b0 down")
    end = time.monotonic() + 5
    while (
        not (found := next(iter(ours(rtnl)))).hops[0].flags & 0x10
    ):  # RTNH_F_LINKDOWN: the other end is down
        assert time.monotonic() < end  # told up to a second late (net/core/link_watch.c)
    assert rtnl.send([RouteRequest("delete", found)]) == [None]


def test_same_as_iproute2(rtnl, hops):
    ip(
        "route add 203.0.113.0/25 via 192.0.2.9 metric 20 proto bird src 192.0.2.1 mtu 1400 table 300",
        "route add blackhole 203.0.113.128/25 metric 9",
        "route add 203.0.114.0/24 nexthop via 192.0.2.9 weight 3 nexthop dev b0",
        "route add 203.0.115.0/24 via inet6 2001:db8:a::9 dev a0",
        "route add 2001:db8:c::/48 nexthop via 2001:db8:a::9 nexthop via 2001:db8:b::9 weight 7",
        "route add unreachable 2001:db8:d::/48",
        "route add ::/0 via 2001:db8:a::8 dev a0 pref high",
    )
    names = {row.ifindex: row.name for row in rtnl.links()}
    for family, flag in ((AF_INET, "-4"), (AF_INET6, "-6")):
        told = sorted(_told(route, family) for route in ip_json(f"-N {flag} route show table all"))
        found = sorted(_found(row, names) for row in rtnl.routes(RouteFilter(family=family)))
        assert found == told


def _told(route, family):
    to = route["dst"].replace("default", "0.0.0.0/0" if family == AF_INET else "::/0")
    to = to if "/" in to else f"{to}/{32 if family == AF_INET else 128}"
    hops = route.get("nexthops") or [route]
    kind = int(route.get("type", 1)) if route.get("type", "1").isdigit() else _KINDS[route["type"]]
    dropped = BLACKHOLE <= kind <= THROW
    ways = [
        (hop.get("gateway") or hop.get("via", {}).get("host", ""), hop.get("dev", ""), hop.get("weight", 1))
        for hop in hops
        if not dropped
    ]
    place = (to, int(route.get("table", MAIN)), int(route["protocol"]), kind, int(route.get("metric", 0)))
    return (*place, route.get("prefsrc", ""), route.get("metrics", [{}])[0].get("mtu", 0), *ways)


def _found(row, names):
    ways = [(hop.gateway, names[hop.ifindex], hop.weight) for hop in row.hops]
    place = (row.to, row.table, row.protocol, row.kind, row.metric)
    return (*place, row.source, dict(row.metrics).get(2, 0), *ways)


_KINDS = {"unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5}
_KINDS |= {"blackhole": 6, "unreachable": 7, "prohibit": 8, "throw": 9}


def test_filters(rtnl, hops, pair):
    rows = [
        v4("203.0.113.0/24", hops[AF_INET][0]),
        v4("203.0.113.0/24", hops[AF_INET][1], table=MAIN),
        v4("203.0.114.0/24", *hops[AF_INET]),
        v6("2001:db8:f::/48", hops[AF_INET6][0]),
        v6("2001:db8:f::/48", hops[AF_INET6][1], table=5)._replace(protocol=78),
    ]
    assert not any(rtnl.send([RouteRequest("create", row) for row in rows]))
    order = rows.index
    assert sorted(ours(rtnl), key=order) == rows[:4]
    assert sorted(ours(rtnl, family=AF_INET), key=order) == rows[:3]
    assert ours(rtnl, family=AF_INET6) == [rows[3]]
    assert sorted(ours(rtnl, table=BIG), key=order) == [rows[0], rows[2], rows[3]]
    assert sorted(ours(rtnl, ifindex=pair[1]), key=order) == [rows[1], rows[2]]
    assert list(rtnl.routes(RouteFilter(protocol=78))) == [rows[4]]
    assert list(rtnl.routes(RouteFilter(table=5))) == [rows[4]]
    assert {row.table for row in rtnl.routes(RouteFilter())} == {BIG, MAIN, 255, 5}


def test_no_such_table_or_link_has_no_routes(rtnl, pair):
    for family in (0, AF_INET, AF_INET6):
        assert list(rtnl.routes(RouteFilter(family=family, table=4711))) == []
        assert list(rtnl.routes(RouteFilter(family=family, ifindex=999_999))) == []


def test_clones_are_left_out(rtnl, hops):
    ip("route add 203.0.113.0/24 via 192.0.2.9 mtu lock 1000")
    ip_json("route get 203.0.113.1")
    ip_json("-6 route get 2001:db8:a::55")
    assert all("/128" not in row.to for row in rtnl.routes(RouteFilter(family=AF_INET6, table=MAIN)))


def test_routes_that_depend_on_the_source_are_left_out(rtnl, hops):
    ip("route add 2001:db8:f::/48 from 2001:db8:e::/48 via 2001:db8:a::9 dev a0 table 40")
    assert list(rtnl.routes(RouteFilter(table=40))) == []


def test_lone_hop_with_a_weight_is_refused(rtnl, hops):
    with pytest.raises(ValueError, match="weight"):
        rtnl.send([RouteRequest("create", v4("203.0.113.0/24", hops[AF_INET][0]._replace(weight=2)))])


def test_refusal_carries_the_kernels_words(rtnl, hops):
    wrong = v4("203.0.113.0/24", NexthopRow(hops[AF_INET][0].ifindex, "8.8.8.8"))
    (answer,) = rtnl.send([RouteRequest("create", wrong)])
    assert answer == (errno.ENETUNREACH, "Nexthop has invalid gateway")


def test_two_thousand_routes(rtnl, pair):
    hop = NexthopRow(pair[0], "")
    rows = [v4(f"10.{n >> 8}.{n & 255}.0/24", hop, scope=LINK) for n in range(2000)]
    assert not any(rtnl.send([RouteRequest("create", row) for row in rows]))
    assert sorted(ours(rtnl)) == sorted(rows)


def test_twenty_thousand_in_one_send(rtnl, pair):
    hop = NexthopRow(pair[0], "")
    rows = [v4(f"10.{n >> 8}.{n & 255}.0/24", hop, scope=LINK) for n in range(20_000)]
    requests = [RouteRequest("create", row) for row in rows]
    refused = set(range(7, 20_000, 3))
    for place in refused:
        requests[place] = RouteRequest("delete", rows[place])
    answers = rtnl.send(requests)
    assert {place for place, answer in enumerate(answers) if answer} == refused
    assert {answer.errno for answer in answers if answer} == {errno.ESRCH}
    assert sum(1 for _ in ours(rtnl)) == 20_000 - len(refused)
