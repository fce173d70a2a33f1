"""Links that reach from one network namespace into another: put there, moved there, paired, on a parent here."""

from __future__ import annotations

import os
import re
import socket
import subprocess

import pytest
from contract.subject import Subject
from engine.site import Strike, Trace, die, forked, ip, killed
from engine.snapshot import objects
from engine.spaces import assert_same, at_rest, everything
from engine.sweep import every
from lab.netns import inside

from netconf.app.plan import operation_rows, plan
from netconf.core.errors import ApplyError, DocumentError, PlanError, RefusedError
from netconf.core.outcome import Outcome
from netconf.system.linux import netns as namespaces
from netconf.system.linux.rtnl import LinuxRtnl
from netconf.system.ports import LinkRequest

NIC = LinkRequest(
    "create",
    "nic0",
    "vxlan",
    options=(("IFLA_VXLAN_ID", 9), ("IFLA_VXLAN_PORT", 4790), ("IFLA_VXLAN_REMCSUM_NOPARTIAL", True)),
)
"""A link of a sort that neither netconf nor iproute2 can make, as a NIC is one."""

FIRST = """
netns:
  {0}:
    interfaces:
      pair0: {{kind: veth, address: "02:00:00:00:00:10", veth: {{peer: pair1, peer_netns: {1}}}, addresses: [10.1.0.1/24]}}
  {1}:
    interfaces:
      pair1: {{address: "02:00:00:00:00:11", addresses: [10.1.0.2/24], mtu: 1400}}
      lo: {{state: up}}
    routes: [{{to: default, via: 10.1.0.1}}]
interfaces:
  nic0: {{netns: {0}, state: up, mtu: 1450, addresses: [198.51.100.9/24]}}
  base0: {{kind: veth, address: "02:00:00:00:00:01", veth: {{peer: base1}}}}
  base1: {{address: "02:00:00:00:00:02"}}
  mv0: {{kind: macvlan, netns: {0}, address: "02:00:00:00:00:03", macvlan: {{parent: base0}}, addresses: [192.0.2.2/24, 192.0.2.3/24], sysctl: {{ipv4.rp_filter: 2}}}}
  vx0: {{kind: vxlan, netns: {0}, address: "02:00:00:00:00:04", vxlan: {{id: 5, port: 4789, parent: base0}}, addresses: [10.5.0.1/24]}}
  br0: {{kind: bridge, netns: {1}, address: "02:00:00:00:00:05"}}
  end0: {{kind: veth, netns: {1}, address: "02:00:00:00:00:06", veth: {{peer: end1}}, addresses: [10.6.0.1/24]}}
  end1: {{address: "02:00:00:00:00:07", addresses: [10.6.0.2/24]}}
"""

SECOND = """
netns:
  {0}:
    interfaces:
      pair0: {{address: "02:00:00:00:00:10", mtu: 1300}}
  {1}:
    interfaces:
      pair1: {{kind: veth, address: "02:00:00:00:00:11", veth: {{peer: pair0, peer_netns: {0}}}, addresses: [10.1.0.3/24]}}
interfaces:
  nic0: {{netns: {1}, addresses: [198.51.100.8/24]}}
  base0: {{kind: veth, address: "02:00:00:00:00:01", veth: {{peer: base1}}}}
  base1: {{address: "02:00:00:00:00:02"}}
  mv0: {{kind: macvlan, netns: {1}, address: "02:00:00:00:00:03", macvlan: {{parent: base0}}, addresses: [192.0.2.3/24]}}
  vx0: {{kind: vxlan, netns: {0}, address: "02:00:00:00:00:04", vxlan: {{id: 6, port: 4789, parent: base0}}, addresses: [10.5.0.1/24]}}
"""


@pytest.fixture
def nic(names):
    assert LinuxRtnl().send([NIC]) == [None]
    ip("link set nic0 address 02:00:00:00:00:09 up", "address add 198.51.100.7/24 dev nic0")


def committed(site, path):
    done = site.apply(path)
    assert done.ending.outcome is Outcome.COMMITTED, done.ending
    assert site.changes(path) == []
    return done


def links(netns=""):
    work = lambda: {row["ifname"]: row for row in objects("link show")}  # noqa: E731
    return inside(netns, work) if netns else work()


def test_made_where_they_belong(site, names, nic):
    committed(site, site.document(FIRST.format(*names)))
    first, second = links(names[0]), links(names[1])
    assert {"nic0", "mv0", "vx0", "pair0"} <= first.keys()
    assert {"pair1", "br0", "end0"} <= second.keys()
    assert {"end1", "base0", "base1"} <= links().keys()
    assert not {"nic0", "mv0", "vx0", "br0", "end0"} & links().keys()
    assert first["mv0"]["link_index"] == links()["base0"]["ifindex"]
    assert "link_netnsid" in first["vx0"], "its packets go out here"
    assert second["pair1"]["mtu"] == 1400
    assert [
        a["local"] for a in inside(names[0], lambda: objects("-4 address show dev nic0"))[0]["addr_info"]
    ] == ["198.51.100.9"]


def test_packets_between_namespaces(site, names, nic):
    committed(site, site.document(FIRST.format(*names)))
    ip("address add 192.0.2.200/24 dev base1")
    with socket.create_server(("192.0.2.200", 7)) as ours, inside(names[0], listener) as theirs:
        for where, to in ((names[0], ours), (names[1], theirs)):
            connection = inside(where, lambda: socket.create_connection(to.getsockname(), timeout=10))
            connection.close()


def listener():
    return socket.create_server(("10.1.0.1", 7))


def test_repaired_and_released(site, names, nic):
    before = everything(names)
    path = site.document(FIRST.format(*names))
    committed(site, path)
    inside(names[0], lambda: ip("link del mv0", "address flush dev nic0"))
    assert {f"link[mv0]@{names[0]}", f"address[nic0 198.51.100.9/24]@{names[0]}"} <= set(site.changes(path))
    committed(site, path)
    committed(site, site.document(""))
    assert not namespaces.exists(names[0])
    assert links()["nic0"]["address"] == "02:00:00:00:00:09"
    gone = {row for row in before if "nic0" in row}
    assert {row for row in everything(names) if "nic0" not in row} == set(before) - gone


@pytest.mark.slow
def test_rolled_back_and_forth(site, names, nic):
    start = at_rest(names)
    committed(site, site.document(FIRST.format(*names)))
    old = at_rest(names)
    committed(site, site.document(SECOND.format(*names)))
    assert links(names[1])["nic0"]["address"] == "02:00:00:00:00:09"
    assert not site.rollback().ending.cause
    assert_same(names, old)
    assert not site.rollback(to=0).ending.cause
    assert_same(names, start)


def fail():
    raise ApplyError("refused by the test")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kill", [False, True])
def test_a_failure_or_a_kill_at_every_checkpoint(site, names, nic, kill):
    committed(site, site.document(FIRST.format(*names)))
    old, second = at_rest(names), site.document(SECOND.format(*names))
    trace = Trace()
    assert site.apply(second, checkpoint=trace, singly=True).ending.cause is None
    new = at_rest(names)
    assert not site.rollback().ending.cause
    points = [n for n, name in enumerate(trace) if kill or not name.startswith("journal")]
    for at in points[:: every(29 if kill else 23)]:
        before = site.generation()
        if kill:
            assert killed(lambda: site.apply(second, checkpoint=Strike(at, die), singly=True))
        else:
            ending = site.apply(second, checkpoint=Strike(at, fail), singly=True).ending
            assert ending.outcome is Outcome.ROLLED_BACK, (at, trace[at], ending)
        site.status()
        wanted = new if site.generation() != before else old
        assert_same(names, wanted, f"{at} {trace[at]}")
        if wanted is new:
            assert not site.rollback().ending.cause


def test_one_that_others_put_elsewhere(site, names, nic):
    """Into a namespace of the document: it's taken from there, and left there when it's no longer named."""
    subprocess.run(["ip", "netns", "add", names[0]], check=True)
    ip(f"link set nic0 netns {names[0]}")
    text = "netns: {{ {0}: {{}}, {1}: {{}} }}\ninterfaces: {{nic0: {{netns: {2}}}}}"
    assert site.changes(site.document(text.format(*names[:2], names[0]))) == [f"netns[{names[1]}]"]
    committed(site, site.document(text.format(*names[:2], names[1])))
    assert "nic0" in links(names[1])
    assert not site.rollback(to=0).ending.cause
    assert "nic0" in links(names[0])


def typed(site, path):
    with site.host() as host:
        lines = [line for row in operation_rows(plan(host, path).found, host.drivers) for line in row[1:]]
    subprocess.run(["sh", "-e"], input="\n".join(lines), text=True, check=True)


def test_commands_do_the_same(site, names, nic):
    first = site.document(FIRST.format(*names))
    typed(site, first)
    assert site.changes(first) == []


def test_commands_of_changes_do_the_same(site, names, nic):
    first, second = (site.document(text.format(*names)) for text in (FIRST, SECOND))
    committed(site, first)
    typed(site, second)
    assert site.changes(second) == []


def test_the_commands_of_the_way_back(site, names, nic):
    committed(site, site.document(FIRST.format(*names)))
    typed(site, site.document(""))
    assert "nic0" in links()
    assert not namespaces.exists(names[0])


def test_captured_in_the_namespace(site, names, nic, tmp_path):
    """What is on links elsewhere can't be made from there: it's described as it is there, without kind."""
    committed(site, site.document(FIRST.format(*names)))

    def in_there():
        namespaces.enter(names[0])
        subject = Subject(tmp_path / "there")
        captured = subject.capture()
        assert "kind" not in captured["interfaces"]["mv0"]
        assert captured["interfaces"]["pair0"]["veth"] == {"peer": "pair1", "peer_netns": names[1]}
        assert subject.plan(captured) == {}

    assert forked(in_there) == 0


VLANS = """
netns: {{ {0}: {{}}, {1}: {{}} }}
interfaces:
  base0: {{kind: dummy, mtu: {2}, address: "02:00:00:00:00:01"}}
  v5: {{kind: vlan, netns: {0}, vlan: {{parent: base0, id: 5}}, addresses: [10.5.0.1/24]}}
  base0.6: {{kind: vlan, netns: {1}, vlan: {{parent: base0, id: 6}}}}
  iv0: {{kind: ipvlan, netns: {1}, ipvlan: {{parent: base0, mode: l2}}, addresses: [10.7.0.1/24]}}
  gre5: {{kind: gre, netns: {0}, gre: {{local: 192.0.2.1, remote: 192.0.2.2, okey: 5, parent: base0}}, addresses: [10.8.0.1/24]}}
  sit5: {{kind: sit, netns: {1}, sit: {{local: 192.0.2.1, remote: 192.0.2.3, ttl: {3}}}}}
  base2: {{kind: dummy, mtu: {2}, address: "02:00:00:00:00:08"}}
  ms0: {{kind: macsec, netns: {0}, macsec: {{parent: base2, port: 5, send_sci: off, end_station: on}}, addresses: [10.9.0.1/24]}}
  t6: {{kind: ip6tnl, netns: {1}, ip6tnl: {{local: "2001:db8::1", remote: "2001:db8::2", hoplimit: {3}}}}}
  er0: {{kind: erspan, netns: {0}, erspan: {{version: 1, local: 192.0.2.1, remote: 192.0.2.4, okey: 5, ttl: {3}}}}}
"""
OVER = [f"link:{kind}" for kind in ("dummy", "vlan", "ipvlan", "gre", "sit", "macsec", "ip6tnl", "erspan")]


@pytest.mark.needs("netns", *OVER)
def test_kinds_that_run_over_what_is_here(site, names):
    """A VLAN's MTU follows its parent's, and comes back with it; tunnels keep sending from here."""
    start = at_rest(names)
    committed(site, site.document(VLANS.format(*names[:2], 1500, 64)))
    old = at_rest(names)
    for netns, name in (
        (names[0], "v5"),
        (names[0], "gre5"),
        (names[1], "sit5"),
        (names[1], "iv0"),
        (names[0], "ms0"),
        (names[1], "t6"),
        (names[0], "er0"),
    ):
        assert "link_netnsid" in links(netns)[name], name
    committed(site, site.document(VLANS.format(*names[:2], 1400, 32)))
    assert links(names[0])["v5"]["mtu"] == 1400
    assert not site.rollback().ending.cause
    assert_same(names, old)
    swapped = VLANS.replace("v5: {{kind: vlan, netns: {0}", "v5: {{kind: vlan, netns: {1}")
    committed(site, site.document(swapped.format(*names[:2], 1500, 64)))
    assert not site.rollback(to=0).ending.cause
    assert_same(names, start)


@pytest.mark.needs("netns", *OVER)
def test_commands_of_kinds_that_run_over_what_is_here(site, names):
    path = site.document(VLANS.format(*names[:2], 1500, 64))
    typed(site, path)
    assert site.changes(path) == []


@pytest.mark.needs("netns", "link:dummy", "link:macsec")
def test_macsec_on_what_is_here(site, names):
    text = f"""
    netns: {{{names[0]}: {{}}}}
    interfaces:
      base0: {{kind: dummy}}
      sec0: {{kind: macsec, netns: {names[0]}, macsec: {{parent: base0, port: 1}}}}
    """
    committed(site, site.document(text))
    assert links(names[0])["sec0"]["link_index"] == links()["base0"]["ifindex"]
    assert not site.rollback(to=0).ending.cause


@pytest.mark.parametrize(
    ("text", "error", "code", "words"),
    [
        ("interfaces: {e0: {netns: blue}}", DocumentError, "NC1036", "write `netns: {blue: {}}` besides"),
        ("interfaces: {e0: {netns: blue}}\nnetns: {blue: {state: absent}}", DocumentError, "NC1036", "absent"),
        ("interfaces: {e0: {netns: blue}}\nnetns: {blue: {interfaces: {e0: {}}}}", DocumentError, "NC1036", "here and under"),
        ("interfaces: {e0: {netns: blue, match: {driver: x}}}\nnetns: {blue: {}}", DocumentError, "NC1036", "match"),
        ("netns: {blue: {interfaces: {e0: {netns: red}}}}", DocumentError, "NC1034", '"netns" is not supported'),
        ("interfaces: {e0: {netns: blue, mtu: 12}}\nnetns: {blue: {}}", DocumentError, "NC1043", "interfaces.e0.mtu"),
        ("interfaces: {e0: {netns: blue}}\nnetns: {blue: {}}", PlanError, "NC2101", "no link e0"),
        ("interfaces: {g0: {kind: geneve, netns: blue, geneve: {id: 5, remote: 192.0.2.4}}}\nnetns: {blue: {}}", PlanError, "NC2126", "netns.blue.interfaces"),
        ("interfaces: {lo: {netns: blue}}\nnetns: {blue: {}}", PlanError, "NC2128", "a lo of its own"),
        ("interfaces: {there0: {netns: blue}}\nnetns: {blue: {}}", PlanError, "NC2128", "the namespace it was made in"),
        ("interfaces: {there1: {netns: blue}}\nnetns: {blue: {}}", PlanError, "NC2127", "write kind: veth"),
        ("interfaces: {m0: {kind: macvlan, netns: blue, macvlan: {parent: there3}}}\nnetns: {blue: {}}", PlanError, "NC2102", "there3 is not there"),
        ("interfaces: {m0: {kind: macvlan, netns: blue, mtu: 1600, macvlan: {parent: there1}}}\nnetns: {blue: {}}", PlanError, "NC2104", "mtu 1600 is above 1500"),
        ("interfaces: {m0: {kind: macvlan, netns: blue, address: '02:00:00:00:00:09', macvlan: {parent: there1}}, m1: {kind: macvlan, address: '02:00:00:00:00:09', macvlan: {parent: there1}}}\nnetns: {blue: {}}", PlanError, "NC2112", "or by another macvlan"),
        ("interfaces: {m0: {kind: macvlan, netns: blue, macvlan: {parent: lo}}}\nnetns: {blue: {}}", PlanError, "NC2112", "no Ethernet frames"),
        ("interfaces: {m0: {kind: macvlan, netns: blue, macvlan: {parent: there2}}}\nnetns: {blue: {}}", PlanError, "NC2112", "a port of there0"),
        ("interfaces: {o0: {kind: veth, veth: {peer: i0, peer_netns: blue}}}\nnetns: {blue: {interfaces: {i0: {kind: bridge}}}}", PlanError, "NC2106", "leave kind and veth of i0 out"),
    ],
)  # fmt: skip
def test_mistakes(site, names, text, error, code, words):
    ip(
        "link add there0 type bridge",
        "link add there1 type veth peer name there2",
        "link set there2 master there0",
    )
    text = re.sub("blue", names[0], text)
    with pytest.raises(error) as caught:
        site.plan(site.document(text))
    (finding,) = caught.value.diagnostics
    place = ".".join(map(str, finding.where.path))
    told = f"{place} {finding.summary} {finding.detail} {finding.hint}"
    assert (finding.code, words.replace("blue", names[0]) in told) == (code, True), told
    assert finding.where.line == 2


def test_what_would_be_lost_with_the_move_is_refused(site, names, nic):
    subprocess.run(
        ["tc", "qdisc", "add", "dev", "nic0", "root", "tbf", "rate", "1mbit", "burst", "10k", "limit", "10k"],
        check=False,
    )
    path = site.document(f"netns: {{{names[0]}: {{}}}}\ninterfaces: {{nic0: {{netns: {names[0]}}}}}")
    if "tbf" in str(objects("link show dev nic0")):
        with pytest.raises(RefusedError) as caught:
            site.plan(path)
        assert "tbf" in caught.value.diagnostics[0].detail


def test_one_that_somebody_took_back_is_moved_again(site, names, nic):
    path = site.document(FIRST.format(*names))
    committed(site, path)
    subprocess.run(["ip", "-n", names[0], "link", "set", "nic0", "netns", str(os.getpid())], check=True)
    assert f"placement[nic0 {names[0]}]" in site.changes(path)
    committed(site, path)
