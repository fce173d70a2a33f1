"""Two hosts that route to each other: netconf configures one, and the kernel of the other is asked."""

from __future__ import annotations

import json
import re
import time

import pytest
from birds import until
from domains.bird.conftest import VIP4, VIP6

from netconf.cli import main
from netconf.core.outcome import Outcome

pytestmark = [pytest.mark.needs("bin:bird", "netns"), pytest.mark.slow]

PEER = "router id 10.99.0.2;\nlog stderr all;\nprotocol device {{ }}\n{}"
TO_KERNEL = """
protocol kernel { ipv4 { import none; export where source != RTS_DEVICE; }; }
protocol kernel { ipv6 { import none; export where source != RTS_DEVICE; }; }
"""
SERVICES = {
    "direct": {"services": {"interfaces": ["service_*"], "families": ["ipv4", "ipv6"]}},
    "kernel": {
        "main4": {"channel": {"export": "not_direct"}},
        "main6": {"family": "ipv6", "channel": {"export": "not_direct"}},
    },
}
FILTERS = {
    "services": {
        "rules": [
            {
                "match": {"source": ["direct"], "interface": ["service_*"], "prefix_len": 32},
                "action": "accept",
            },
            {
                "match": {"source": ["direct"], "interface": ["service_*"], "prefix_len": 128},
                "action": "accept",
            },
        ]
    },
    "not_direct": {"rules": [{"match": {"source": ["direct"]}, "action": "reject"}], "default": "accept"},
}


def learnt(namespace, family="-4"):
    """What BIRD has put into a kernel's main table: {destination: (gateway, metric)}."""
    shown = json.loads(namespace.run("ip", "-j", family, "route", "show", "proto", "bird"))
    return {row["dst"]: (row.get("gateway", row.get("via")), row["metric"]) for row in shown}


def bird(protocols, **more):
    return {"filters": FILTERS, "protocols": {**SERVICES, **protocols}, **more}


def start(pair, peer):
    pair.peer.config.write_text(PEER.format(TO_KERNEL + peer))
    pair.peer.start()


def withdrawn(pair, run, seconds, family="-4", vip=VIP4):
    """The service goes; how long the other kernel keeps the route to it."""
    run("ip link del service_0")
    began = time.monotonic()
    until(
        lambda: vip.partition("/")[0] not in learnt(pair.other, family),
        seconds,
        lambda: str(learnt(pair.other)),
    )
    return time.monotonic() - began


@pytest.mark.slow
def test_rip(pair, run):
    start(pair, 'protocol rip r1 { ipv4 { import all; export none; }; interface "eth0" { version 2; }; }')
    rip = {
        "channel": {"export": "services"},
        "interfaces": [{"pattern": "eth0", "version": 2}],
        "announces": [VIP4],
    }
    document = pair.document(bird({"rip": {"uplink": rip}}), start=True)
    pair.apply(document)
    until(lambda: learnt(pair.other) == {"192.168.14.88": ("10.99.0.1", 32)}, 10, lambda: learnt(pair.other))
    # One more service is announced by itself.
    run("ip link add service_9 type bridge")
    run("ip link set service_9 up")
    run("ip addr add 192.168.14.97/32 dev service_9")
    until(lambda: "192.168.14.97" in learnt(pair.other), 10)
    assert set(learnt(pair.other)) == {"192.168.14.88", "192.168.14.97"}
    assert pair.plan(document) == {}
    withdrawn(pair, run, 10)


@pytest.mark.slow
def test_ospf_version_2(pair, run):
    start(
        pair,
        'protocol ospf v2 o1 { ipv4 { import all; export none; }; area 0 { interface "eth0" '
        "{ type ptp; hello 1; dead 4; }; }; }",
    )
    area = {"id": 0, "interfaces": [{"pattern": "eth0", "type": "ptp", "hello": "1s", "dead": "4s"}]}
    ospf = {"channel": {"import": "all", "export": "services"}, "areas": [area], "expect": "established"}
    pair.apply(
        pair.document(bird({"ospf": {"core": {**ospf, "within": "15s", "announces": [VIP4]}}}), start=True)
    )
    until(
        lambda: set(learnt(pair.other)) == {"192.168.14.88", "10.99.0.0/24"}, 15, lambda: learnt(pair.other)
    )
    withdrawn(pair, run, 10)


@pytest.mark.slow
def test_ospf_version_3(pair, run):
    start(
        pair,
        'protocol ospf v3 o1 { ipv6 { import all; export none; }; area 0 { interface "eth0" '
        "{ type ptp; hello 1; dead 4; }; }; }",
    )
    area = {"id": 0, "interfaces": [{"pattern": "eth0", "type": "ptp", "hello": "1s", "dead": "4s"}]}
    ospf = {"family": "ipv6", "channel": {"export": "services"}, "areas": [area], "expect": "established"}
    pair.apply(
        pair.document(bird({"ospf": {"core": {**ospf, "within": "15s", "announces": [VIP6]}}}), start=True)
    )
    until(
        lambda: set(learnt(pair.other, "-6")) == {"fd14::88", "fd99::/64"},
        15,
        lambda: learnt(pair.other, "-6"),
    )
    withdrawn(pair, run, 10, "-6", VIP6)


BGP_PEER = """
protocol bfd { interface "eth0" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; }; }
protocol static st { ipv4; route 10.50.0.0/16 blackhole; }
protocol bgp b1 { local 10.99.0.2 as 64501; neighbor 10.99.0.1 as 64500; bfd; connect delay time 1; password "k3y"; error wait time 1, 1;
  ipv4 { import all; export where proto = "st"; }; }
"""


def bgp(pair, **more):
    key = pair.home / "key"
    key.write_text("k3y\n")
    return {
        "local_as": 64500,
        "local_address": "10.99.0.1",
        "neighbor": "10.99.0.2",
        "remote_as": 64501,
        "bfd": True,
        "connect_delay_time": "1s",
        "password_file": str(key),
        "channels": {"ipv4": {"import": "all", "export": "services", "next_hop_self": True}},
        "announces": [VIP4],
        **more,
    }


BFD = {"links": {"interfaces": [{"pattern": "eth0", "min_rx": "100ms", "min_tx": "100ms", "multiplier": 3}]}}


def test_bgp_with_bfd_and_an_anycast_address(pair, run):
    start(pair, BGP_PEER)
    document = pair.document(bird({"bfd": BFD, "bgp": {"up": bgp(pair)}}), start=True)
    pair.apply(document)
    until(lambda: learnt(pair.other).get("192.168.14.88") == ("10.99.0.1", 32), 5, lambda: learnt(pair.other))
    assert "192.168.77.1" not in learnt(pair.other)
    # What the neighbour announces is in our kernel.
    (row,) = json.loads(run("ip -j route show 10.50.0.0/16"))
    assert (row["gateway"], row["protocol"]) == ("10.99.0.2", "bird")
    before = pair.bird.protocols()["nc_bgp_up"]
    # Another filter reloads, and loses no session.
    document["bird"]["filters"]["services"]["rules"][0]["set"] = {"add_communities": ["64500:1"]}
    found = pair._planned(document).plan.changes
    assert [change.after.effects for change in found.values()] == [("nc_bgp_up: reload",)]
    pair.apply(document)
    assert pair.bird.protocols()["nc_bgp_up"] == before
    assert withdrawn(pair, run, 5) < 1


def test_a_neighbour_that_refuses_us_undoes_it_and_the_session_before_lives_on(pair, run):
    start(pair, BGP_PEER)
    pair.apply(pair.document(bird({"bfd": BFD, "bgp": {"up": bgp(pair)}}), start=True))
    wrong = bgp(pair, local_as=64999, within="3s")
    ending = pair.ending(pair.document(bird({"bfd": BFD, "bgp": {"up": wrong}}), start=True))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "nc_bgp_up is" in str(ending.cause)
    until(lambda: pair.bird.protocols()["nc_bgp_up"][2] == "Established", 10)
    until(lambda: "192.168.14.88" in learnt(pair.other), 5)


def test_labelled_and_flowspec_routes(pair):
    start(
        pair,
        "flow4 table f4;\nprotocol bgp b1 { local 10.99.0.2 as 64501; neighbor 10.99.0.1 as 64500; connect delay time 1;"
        "ipv4 mpls { import all; export none; }; flow4 { table f4; import all; export none; }; }",
    )
    session = bgp(pair, bfd=False, announces=[])
    del session["password_file"]
    session["channels"] = {"ipv4-mpls": {"export": "all"}, "flow4": {"export": "all"}}
    raw = {
        "after": "protocol static nc_flows { flow4 { table nc_main_flow4; }; route flow4 { dst 10.60.0.0/16; dport = 80; }; }\n"
        "protocol static nc_labels { ipv4; route 10.61.0.0/16 via 10.99.0.9 mpls 100; }"
    }
    pair.apply(pair.document(bird({"kernel": {}, "bgp": {"up": session}}, raw=raw), start=True))
    until(
        lambda: "dport" in "".join(pair.peer.ask("show route table f4")),
        10,
        lambda: pair.peer.ask("show route all"),
    )
    until(
        lambda: "10.61.0.0/16" in "".join(pair.peer.ask("show route")),
        5,
        lambda: pair.peer.ask("show protocols all b1"),
    )


def test_static_routes_with_metric_and_table_in_the_kernel(pair, run):
    static = {
        "a": {"routes": [{"to": "10.70.0.0/16", "via": "10.99.0.2"}, {"to": "fd70::/32", "via": "fd99::2"}]},
        "b": {"table": "t77", "routes": [{"to": "10.80.0.0/16", "kind": "prohibit"}]},
        "c": {
            "routes": [
                {"to": "10.74.0.0/16", "hops": [{"via": "10.99.0.2", "weight": 3}, {"via": "10.99.0.3"}]}
            ]
        },
    }
    kernel = {
        "main4": {"metric": 50, "merge_paths": True, "channel": {"export": "not_direct"}},
        "main6": {"family": "ipv6", "metric": 60, "channel": {"export": "not_direct"}},
        "t77": {"kernel_table": 77, "channel": {"table": "t77", "export": "all"}},
    }
    document = pair.document(
        bird({"static": static, "kernel": kernel}, tables={"t77": {"family": "ipv4"}}), start=True
    )
    pair.apply(document)
    # BIRD 3 hands its routes to the kernel a moment later.
    until(lambda: "10.80.0.0" in run("ip route show table 77"), 5)
    until(lambda: "10.74.0.0" in run("ip route show proto bird"), 5)
    until(lambda: "fd70::" in run("ip -6 route show proto bird"), 5)
    rows = {row["dst"]: row for row in json.loads(run("ip -j route show proto bird"))}
    assert {dst: row["metric"] for dst, row in rows.items()} == {"10.70.0.0/16": 50, "10.74.0.0/16": 50}
    assert [hop["weight"] for hop in rows["10.74.0.0/16"]["nexthops"]] == [3, 1]
    assert [row["metric"] for row in json.loads(run("ip -j -6 route show proto bird"))] == [60]
    (row,) = json.loads(run("ip -j route show table 77"))
    assert (row["dst"], row["type"]) == ("10.80.0.0/16", "prohibit")
    pair.rollback()
    assert json.loads(run("ip -j route show table all proto bird")) == []


def test_babel_and_ripng(pair):
    start(
        pair,
        'protocol babel b1 { ipv4 { import all; export none; }; ipv6 { import none; export none; }; interface "eth0" { type wired; }; }'
        'protocol rip ng r1 { ipv6 { import all; export none; }; interface "eth0"; }',
    )
    protocols = {
        "babel": {
            "mesh": {"ipv4": {"export": "services"}, "interfaces": [{"pattern": "eth0", "type": "wired"}]}
        },
        "rip": {
            "ng": {"family": "ipv6", "channel": {"export": "services"}, "interfaces": [{"pattern": "eth0"}]}
        },
    }
    pair.apply(pair.document(bird(protocols), start=True))
    until(lambda: "192.168.14.88" in learnt(pair.other), 25, lambda: learnt(pair.other))
    until(lambda: "fd14::88" in learnt(pair.other, "-6"), 10, lambda: learnt(pair.other, "-6"))


def test_router_advertisements(pair):
    pair.other.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra=2")
    radv = {
        "interfaces": [
            {
                "pattern": "eth0",
                "max_interval": "4s",
                "min_interval": "3s",
                "default_lifetime": "100s",
                "prefixes": [{"prefix": "fd99::/64", "autonomous": False}],
            }
        ]
    }
    pair.apply(pair.document(bird({"radv": {"lan": radv}}), start=True))
    until(lambda: "proto ra" in pair.other.run("ip", "-6", "route", "show", "default"), 10)


def test_a_cache_of_roas(pair, tmp_path):
    """A cache that isn't there is no reason to undo."""
    pair.apply(pair.document(bird({"rpki": {"cache": {"remote": "10.99.0.2", "port": 3323}}}), start=True))
    assert "nc_rpki_cache" in pair.bird.protocols()


def test_status(pair, capfd):
    start(pair, BGP_PEER)
    ospf = {"areas": [{"id": 0, "interfaces": [{"pattern": "eth0", "type": "ptp"}]}]}
    pair.apply(pair.document(bird({"bfd": BFD, "bgp": {"up": bgp(pair)}, "ospf": {"o": ospf}}), start=True))
    options = ["--state-dir", str(pair.home / "state")]
    assert main(["status", "--bird", *options]) == 0
    text = capfd.readouterr().out
    assert f"revision {pair.running()}" in text
    assert re.search(r"^nc_bgp_up +BGP +up +\S+ \S+ +1 +1 +Established$", text, re.MULTILINE)
    assert re.search(r"^10\.99\.0\.2 +Established +nc_bgp_up$", text, re.MULTILINE)
    assert re.search(r"^10\.99\.0\.2 +eth0 +Up +nc_bfd_links$", text, re.MULTILINE)
    assert "nc_bgp_up announces: 192.168.14.88/32" in text
    assert "nc_bgp_up has learnt: 10.50.0.0/16" in text
    assert main(["status", "--bird", "--json", *options]) == 0
    (daemon,) = json.loads(capfd.readouterr().out)["routing"]
    session = next(row for row in daemon["protocols"] if row["name"] == "nc_bgp_up")
    assert (session["state"], session["announced"], session["learnt"]) == (
        "up",
        ["192.168.14.88/32"],
        ["10.50.0.0/16"],
    )
    pair.bird.stop()
    assert main(["status", "--bird", *options]) == 0
    assert "BIRD isn't running" in capfd.readouterr().out


def test_netlink_leaves_the_routes_of_bird_alone(pair, run):
    """They go with a link that's made again, and it's BIRD that brings them back."""
    links = {
        "vx0": {
            "kind": "vxlan",
            "vxlan": {"id": 5, "port": 4789},
            "state": "up",
            "addresses": ["10.8.0.1/24"],
        }
    }
    static = {
        "a": {
            "routes": [{"to": "10.70.0.0/16", "via": "10.8.0.9"}, {"to": "10.71.0.0/16", "kind": "blackhole"}]
        }
    }
    document = pair.document(bird({"static": static}), start=True, interfaces=links, routes=[])
    pair.apply(document)
    there = {"10.70.0.0/16", "10.71.0.0/16"}
    until(lambda: {row["dst"] for row in json.loads(run("ip -j route show proto bird"))} == there, 10)
    links["vx0"]["vxlan"]["id"] = 6
    planned = pair.plan(document)
    assert planned["link[vx0]"] == "replace"
    assert not [key for key in planned if "10.7" in key]
    pair.apply(document)
    until(lambda: {row["dst"] for row in json.loads(run("ip -j route show proto bird"))} == there, 15)
    pair.rollback()
    until(lambda: {row["dst"] for row in json.loads(run("ip -j route show proto bird"))} == there, 15)


def test_routes_that_a_killed_daemon_left(pair, run, capfd):
    kernel = {"t77": {"kernel_table": 77, "metric": 50, "channel": {"table": "t77", "export": "all"}}}
    static = {"b": {"table": "t77", "routes": [{"to": "10.80.0.0/16", "kind": "prohibit"}]}}
    tables = {"t77": {"family": "ipv4"}}
    pair.apply(pair.document(bird({"static": static, "kernel": kernel}, tables=tables), start=True))
    until(lambda: "10.80.0.0" in run("ip route show table 77"), 5)
    options = ["--state-dir", str(pair.home / "state")]
    told = lambda: json.loads((main(["status", "--bird", "--json", *options]), capfd.readouterr().out)[1])  # noqa: E731
    assert told()["routing"][0]["orphans"] == []
    run("ip route add blackhole 10.66.0.0/16 table 77 metric 51 proto bird")
    run("ip -6 route add blackhole fd66::/32 table 77 metric 50 proto bird")
    assert told()["routing"][0]["orphans"] == [
        "10.66.0.0/16 table 77 metric 51",
        "fd66::/32 table 77 metric 50",
    ]
    # With another metric, what this daemon has put there is taken away by itself; those two aren't.
    kernel["t77"]["metric"] = 52
    document = pair.home / "document.json"
    document.write_text(
        json.dumps(pair.document(bird({"static": static, "kernel": kernel}, tables=tables), start=True))
    )
    assert main(["plan", str(document), *options]) == 0
    said = capfd.readouterr().err
    assert "warning[NC2833]" in said
    assert "10.66.0.0/16 table 77 metric 51, fd66::/32 table 77 metric 50\n" in said
