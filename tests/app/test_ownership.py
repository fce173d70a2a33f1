"""What a generation made goes with it, what it found comes back, and everything else stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine.site import ip, sysctl
from engine.snapshot import assert_same, at_rest, objects

from netconf.core.errors import UsageError


@pytest.fixture
def links(site):
    """An unmanaged pair as the host's NIC, with an address and a route of somebody's."""
    for name in ("default", "all"):
        sysctl(**{f"ipv6__conf__{name}__accept_dad": 0})
    ip("link add nic0 type veth peer name nic1", "link set nic1 up", "link set nic0 up")
    ip("address add 198.51.100.2/24 dev nic0", "route add 203.0.113.0/24 via 198.51.100.1 proto zebra")
    sysctl(ipv4__conf__nic0__rp_filter=2, core__somaxconn=777)
    site.original = at_rest()
    return site


FIRST = """
interfaces:
  nic0: {addresses: [198.51.100.2/24, 198.51.100.9/24], sysctl: {ipv4.rp_filter: 1}, mtu: 1400}
  br0: {kind: bridge, address: "02:00:00:00:00:01", addresses: [192.0.2.1/24]}
routes:
  - {to: 10.0.0.0/8, via: 192.0.2.254}
sysctl: {net.core.somaxconn: 1000}
"""


def names():
    return {row["ifname"] for row in objects("link show")}


def value(name):
    return Path("/proc/sys/net", name).read_text().strip()


def ours():
    return [row["dst"] for row in objects("route show proto 110")]


def local(link):
    return [
        row["local"] for row in objects(f"address show dev {link}")[0]["addr_info"] if row["family"] == "inet"
    ]


def test_what_is_no_longer_named_is_removed_or_put_back(links):
    links.apply(links.document(FIRST))
    sysctl(core__somaxconn=1001)  # drift on top
    path = links.document("interfaces: {nic0: {addresses: [198.51.100.2/24]}}\nroutes: []")
    assert links.apply(path).ending.cause is None
    assert links.changes(path) == []
    assert "br0" not in names()
    assert ours() == []
    assert local("nic0") == ["198.51.100.2"]
    assert (value("core/somaxconn"), value("ipv4/conf/nic0/rp_filter")) == ("777", "2")
    assert [row["dst"] for row in objects("route show proto zebra")] == ["203.0.113.0/24"]


def test_a_link_that_was_there_is_released(links):
    links.apply(links.document(FIRST))
    links.apply(links.document("sysctl: {net.core.somaxconn: 1000}"))
    assert {"nic0", "nic1"} <= names()
    assert "br0" not in names()
    assert local("nic0") == ["198.51.100.2"]
    assert value("ipv4/conf/nic0/rp_filter") == "2"


def test_values_are_remembered_from_before_the_first_generation(links):
    links.apply(links.document("sysctl: {net.core.somaxconn: 1000}"))
    links.apply(links.document("sysctl: {net.core.somaxconn: 1500, net.ipv4.ip_forward: 1}"))
    links.apply(links.document("sysctl: {net.ipv4.ip_forward: 1}"))
    assert value("core/somaxconn") == "777"
    links.apply(links.document(""))
    assert_same(links.original)


def test_the_sysctls_of_a_link_that_goes(links):
    """Found by the state machine: managed later than the link, they had a value to be put back."""
    bridge = 'br0: {kind: bridge, address: "02:00:00:00:00:01"'
    links.apply(links.document(f"interfaces: {{{bridge}}}}}"))
    links.apply(
        links.document(f"interfaces: {{{bridge}, sysctl: {{ipv4.rp_filter: 1, ipv6.accept_ra: 0}}}}}}")
    )
    assert value("ipv4/conf/br0/rp_filter") == "1"
    path = links.document("")
    assert links.apply(path).ending.cause is None
    assert links.changes(path) == []
    assert_same(links.original)


def test_no_routes_and_nothing_about_routes(links):
    both = "interfaces: {nic0: {addresses: [198.51.100.2/24]}}\n"
    links.apply(links.document(both + "routes: [{to: 10.0.0.0/8, via: 198.51.100.1}]"))
    ip(
        "route add 10.7.0.0/16 via 198.51.100.1 proto 110",
        "route add 10.8.0.0/16 via 198.51.100.1 proto static",
    )
    links.apply(links.document(both))
    assert ours() == ["10.7.0.0/16"], "ours goes because it's no longer named, the hand-made one stays"
    links.apply(links.document(both + "routes: []"))
    assert ours() == []
    assert [row["dst"] for row in objects("route show proto static")] == ["10.8.0.0/16"]


def test_rolling_back_to_before_netconf(links):
    for document in (FIRST, "interfaces: {nic0: {state: down}}", FIRST, "sysctl: {net.core.somaxconn: 5}"):
        assert links.apply(links.document(document)).ending.cause is None
    assert links.rollback(0).ending.cause is None
    assert_same(links.original)
    assert links.generation() == 5


def test_rolling_back_twice_is_redoing(links):
    first = links.document(FIRST)
    links.apply(first)
    one = at_rest()
    links.apply(links.document("interfaces: {nic0: {mtu: 1300}}"))
    two = at_rest()
    links.rollback()
    assert_same(one)
    assert links.changes(first) == []
    links.rollback()
    assert_same(two)
    links.rollback()
    assert_same(one)
    assert links.generation() == 5


def test_more_generations_than_are_kept(links):
    for number in range(13):
        links.apply(links.document(f"sysctl: {{net.core.somaxconn: {1000 + number}}}"))
    with links.host() as host:
        state = host.peek_state()
        assert [meta.number for meta in state.generations()] == list(range(4, 14))
    for goal in (0, 3, 13, 14):
        with pytest.raises(UsageError, match="can't go back"):
            links.rollback(goal)
    assert links.rollback(4).ending.cause is None
    assert value("core/somaxconn") == "1003"
    links.apply(links.document(""))
    assert_same(links.original)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["apply", "rollback"])
def test_foreign_objects_are_the_same_bytes(links, verb):
    """Others' addresses and routes, in other tables and with other protocols, on managed links too."""
    links.apply(links.document(FIRST))
    ip("address add 10.66.0.1/24 dev nic1", "route add 10.5.0.0/16 via 192.0.2.253 proto zebra metric 8")
    ip(
        "route add 10.6.0.0/16 via 192.0.2.253 table 99",
        "route add default via 198.51.100.1 proto dhcp metric 50",
    )
    ip("route add 2001:db8:9::/48 dev nic0 proto ra metric 9", "rule add from 10.66.0.0/24 lookup 99")
    before = foreign()
    assert len(before) == 7
    links.apply(
        links.document(FIRST.replace("198.51.100.9/24", "198.51.100.10/24").replace("mtu: 1400", "mtu: 1300"))
    )
    assert foreign() == before
    if verb == "rollback":
        links.rollback()
        assert foreign() == before


def foreign():
    found = [
        row for row in objects("route show table all") if row.get("protocol") in ("bird", "zebra", "dhcp")
    ]
    found += objects("route show table 99") + objects("address show dev nic1")[0]["addr_info"][:1]
    found += objects("route show table all proto ra", "ip -6")
    return found + [row for row in objects("rule show") if row.get("table") == "99"]


@pytest.mark.slow
def test_what_others_put_on_a_link_is_carried_over_its_replacement(links):
    document = """
    interfaces:
      vx0: {kind: vxlan, address: "02:00:00:00:00:09", vxlan: {id: %d, port: 4789}}
      br0: {kind: bridge, address: "02:00:00:00:00:08"}
    """
    links.apply(links.document(document % 10))
    ip(
        "address add 10.9.0.9/24 dev vx0",
        "address add 10.9.0.1/24 dev vx0",
        "address add 10.10.0.1/24 dev vx0",
    )
    ip("link set vx0 master br0", "address add 2001:db8:9::1/64 dev vx0 nodad")
    ip(
        "route add 10.99.0.0/16 via 10.9.0.254 proto zebra src 10.9.0.1",
        "route add 10.98.0.0/16 dev vx0 table 5",
    )
    old = at_rest()
    done = links.apply(links.document(document % 11))
    assert done.ending.cause is None
    (row,) = objects("link show dev vx0")
    assert row["linkinfo"]["info_data"]["id"] == 11
    new = [line.replace('"id": 11,', '"id": 10,') for line in at_rest()]
    assert sorted(new) == sorted(old)
    links.rollback()
    assert_same(old)
