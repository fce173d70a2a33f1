"""Links found by what they are, and renamed: with all they have, back again, and after a kill."""

from __future__ import annotations

import socket

import pytest
from engine.site import Strike, Trace, die, ip, killed
from engine.snapshot import assert_same, at_rest, objects

from netconf.core.errors import PlanError, UsageError
from netconf.core.outcome import Outcome

pytestmark = pytest.mark.slow

GROUND = (
    "link add nic0 address 02:00:00:00:00:10 type veth peer name far0",
    "link add nic1 address 02:00:00:00:00:11 type veth peer name far1",
    "link property add dev nic1 altname lan-port",
    *(f"link set {name} up" for name in ("far0", "far1", "nic0", "nic1")),
    "address add 192.0.2.2/24 dev nic0",
    "address add 2001:db8::2/64 dev nic0 nodad",
    "route add 203.0.113.0/24 via 192.0.2.9 proto zebra",
    "route add 2001:db8:9::/48 via 2001:db8::9 proto zebra",
    "address add 198.51.100.2/24 dev nic1",
)

RENAMED = """
interfaces:
  uplink:
    match: {mac: "02:00:00:00:00:10"}
    addresses: [192.0.2.2/24, 192.0.2.3/24, {address: "2001:db8::2/64", flags: [nodad]}]
    sysctl: {ipv4.rp_filter: 2}
  lan: {match: {altname: lan-port}, mtu: 1400}
  v9: {kind: macvlan, macvlan: {parent: uplink, mode: bridge}}
routes:
  - {to: default, via: 192.0.2.1, dev: uplink}
"""

SWAPPED = """
interfaces:
  nic1: {match: {mac: "02:00:00:00:00:10"}, addresses: [192.0.2.2/24, {address: "2001:db8::2/64", flags: [nodad]}]}
  nic0: {match: {mac: "02:00:00:00:00:11"}, addresses: [198.51.100.2/24, 198.51.100.3/24]}
"""


@pytest.fixture
def host(site):
    ip(*GROUND)
    site.before = at_rest()
    return site


def facts(name):
    (row,) = objects(f"address show dev {name}")
    return row["address"][-2:], [a["local"] for a in row["addr_info"] if a["scope"] == "global"]


def committed(site, path):
    done = site.apply(path)
    assert done.ending.outcome is Outcome.COMMITTED, done.ending
    assert site.changes(path) == []


def test_renamed_with_all_it_has(host):
    path = host.document(RENAMED)
    assert {"name[uplink]", "name[lan]", "link[lan]", "address[uplink 192.0.2.3/24]"} <= set(
        host.changes(path)
    )
    committed(host, path)
    assert facts("uplink") == ("10", ["192.0.2.2", "192.0.2.3", "2001:db8::2"])
    assert facts("lan")[0] == "11"
    assert [row["dev"] for row in objects("route show proto zebra")] == ["uplink"]
    assert [row["dst"] for row in objects("route show proto zebra", "ip -6")] == ["2001:db8:9::/48"]
    assert host.rollback().ending.cause is None
    assert_same(host.before)


def test_two_swap_their_names(host):
    committed(host, host.document(SWAPPED))
    assert facts("nic1") == ("10", ["192.0.2.2", "2001:db8::2"])
    assert facts("nic0") == ("11", ["198.51.100.2", "198.51.100.3"])
    assert host.rollback().ending.cause is None
    assert_same(host.before)


def test_back_over_a_rename(host):
    """What came before it speaks of other names; what came after it of the same."""
    path = host.document(RENAMED)
    committed(host, path)
    committed(host, host.document(RENAMED.replace("192.0.2.3/24", "192.0.2.4/24")))
    assert host.rollback(0).ending.cause is None
    assert_same(host.before)
    committed(host, host.document("interfaces: {nic0: {mtu: 1400}}"))
    committed(host, host.document(RENAMED))
    with pytest.raises(UsageError, match="generation 5 has renamed links"):
        host.rollback(3)


@pytest.mark.parametrize("text", [RENAMED, SWAPPED])
@pytest.mark.parametrize("singly", [False, True])
def test_killed_at_every_checkpoint(host, text, singly):
    path, trace = host.document(text), Trace()
    committed(host, host.document(""))
    assert host.apply(path, checkpoint=trace, singly=singly).ending.cause is None
    assert host.rollback().ending.cause is None
    for at in range(0, len(trace), 2 if singly else 1):
        before = host.generation()
        assert killed(lambda: host.apply(path, checkpoint=Strike(at, die), singly=singly))
        host.status()
        if host.generation() != before:
            assert host.changes(path) == []
            assert host.rollback().ending.cause is None
        assert_same(host.before, (at, trace[at]))


def test_the_old_name_by_hand_is_drift(host):
    path = host.document(RENAMED)
    committed(host, path)
    ip("link set uplink name eth7")
    assert host.changes(path) == ["name[uplink]"]
    committed(host, path)
    assert facts("uplink")[0] == "10"


def test_no_longer_matched_keeps_its_name(host):
    committed(host, host.document(RENAMED))
    committed(host, host.document("interfaces: {uplink: {mtu: 1500}}"))
    assert facts("uplink")[0] == "10"


def test_nothing_to_rename(host):
    path = host.document('interfaces: {nic0: {match: {mac: "02:00:00:00:00:10"}, mtu: 1450}}')
    assert host.changes(path) == ["link[nic0]"]
    committed(host, path)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('up: {match: {mac: "02:00:00:00:00:99"}}', "NC2712", "02:00:00:00:00:99"),
        ('up: {match: {pci: "0000:00:99.0"}}'.replace("99", "1f"), "NC2712", "0000:00:1f.0"),
        ('a: {match: {mac: "02:00:00:00:00:10"}}, b: {match: {mac: "02:00:00:00:00:10"}}', "NC2714", "nic0"),
        ('lan-port: {match: {mac: "02:00:00:00:00:11"}}', "NC2715", "lan-port"),
        ('far1: {match: {mac: "02:00:00:00:00:10"}}', "NC2716", "far1"),
        ('up: {kind: bridge, match: {mac: "02:00:00:00:00:10"}}', "NC2711", "kind"),
    ],
)
def test_mistakes(host, text, code, words):
    with pytest.raises(PlanError) as caught:
        host.plan(host.document(f"interfaces: {{{text}}}"))
    (finding,) = caught.value.diagnostics
    assert finding.code == code
    assert words in f"{finding.summary} {finding.detail}"
    assert (finding.where.line, finding.where.path[-1]) == (2, "match")
    assert_same(host.before)


def test_two_that_fit(host):
    ip("link add twin0 address 02:00:00:00:00:10 type veth peer name twin1")
    with pytest.raises(PlanError) as caught:
        host.plan(host.document('interfaces: {up: {match: {mac: "02:00:00:00:00:10"}}}'))
    (finding,) = caught.value.diagnostics
    assert finding.code == "NC2713"
    assert {"nic0", "twin0"} <= set(finding.detail.replace(",", "").replace(";", "").split())


@pytest.mark.needs("link:dummy")
def test_where_a_link_must_be_down_for_it(site):
    """On Linux 6.1: what the link loses for that moment is in the plan, and put back."""
    socket.socket(socket.AF_INET6).close()  # IPv6 may be a module that nobody has used yet
    ip(
        "link add nic0 address 02:00:00:00:00:10 type dummy",
        "link set nic0 up",
        "address add 192.0.2.2/24 dev nic0",
        "address add 2001:db8::2/64 dev nic0 nodad",
        "route add 203.0.113.0/24 via 192.0.2.9 proto zebra",
        "route add 2001:db8:9::/48 via 2001:db8::9 proto zebra",
    )
    before = at_rest()
    path = site.document('interfaces: {uplink: {match: {mac: "02:00:00:00:00:10"}}}')
    assert {"name[uplink]", "admin-up[uplink]", "route[203.0.113.0/24]"} <= set(site.changes(path))
    committed(site, path)
    assert facts("uplink") == ("10", ["192.0.2.2", "2001:db8::2"])
    assert [row["dev"] for row in objects("route show proto zebra")] == ["uplink"]
    assert [row["dst"] for row in objects("route show proto zebra", "ip -6")] == ["2001:db8:9::/48"]
    trace = Trace()
    assert site.rollback().ending.cause is None
    assert_same(before)
    assert site.apply(path, checkpoint=trace).ending.cause is None
    assert site.rollback().ending.cause is None
    for at in range(0, len(trace), 3):
        assert killed(lambda: site.apply(path, checkpoint=Strike(at, die)))
        site.status()
        if site.changes(path) == []:
            assert site.rollback().ending.cause is None
        assert_same(before, (at, trace[at]))
