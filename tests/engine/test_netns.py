"""Network namespaces in the one transaction: made, filled, changed, taken away, rolled back, recovered."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from engine.site import Strike, Trace, die, ip, killed
from engine.snapshot import objects
from engine.spaces import assert_same, at_rest, everything
from engine.sweep import every
from lab.netns import inside

from netconf.app.plan import commands_by_id, plan
from netconf.core.errors import ApplyError, DocumentError, PlanError, RefusedError
from netconf.core.outcome import Outcome
from netconf.system.linux import netns as namespaces

RUN = Path("/run/netns")


FIRST = """
netns:
  {0}:
    interfaces:
      lo: {{state: up}}
      in0: {{address: "02:00:00:00:00:02", addresses: [192.0.2.2/24, 192.0.2.3/24], sysctl: {{ipv4.rp_filter: 2}}}}
      br0: {{kind: bridge, address: "02:00:00:00:00:03", addresses: [10.0.0.1/24]}}
    routes:
      - {{to: default, via: 192.0.2.1}}
      - {{to: 10.9.0.0/16, via: 10.0.0.9}}
    sysctl: {{net.ipv4.ip_forward: 1}}
interfaces:
  out0: {{kind: veth, address: "02:00:00:00:00:01", veth: {{peer: in0, peer_netns: {0}}}, addresses: [192.0.2.1/24]}}
"""

SECOND = """
netns:
  {0}:
    interfaces:
      in0: {{address: "02:00:00:00:00:02", addresses: [192.0.2.3/24, 192.0.2.4/24], mtu: 1400}}
      br0: {{kind: bridge, address: "02:00:00:00:00:03", addresses: [10.0.0.2/24]}}
    routes:
      - {{to: default, via: 192.0.2.1, initcwnd: 20}}
  {1}:
    interfaces:
      in1: {{address: "02:00:00:00:00:05", addresses: [198.51.100.2/24]}}
    routes: [{{to: default, via: 198.51.100.1}}]
interfaces:
  out0: {{kind: veth, address: "02:00:00:00:00:01", veth: {{peer: in0, peer_netns: {0}}}, addresses: [192.0.2.1/25]}}
  out1: {{kind: veth, address: "02:00:00:00:00:04", veth: {{peer: in1, peer_netns: {1}}}, addresses: [198.51.100.1/24]}}
"""


def committed(site, path):
    done = site.apply(path)
    assert done.ending.outcome is Outcome.COMMITTED, done.ending
    assert site.changes(path) == []
    return done


def test_made_filled_repaired_and_taken_away(site, names):
    path = site.document(FIRST.format(*names))
    before = everything(names)
    committed(site, path)
    shown = inside(names[0], lambda: objects("address show dev in0")[0])
    assert [row["local"] for row in shown["addr_info"] if row["family"] == "inet"] == [
        "192.0.2.2",
        "192.0.2.3",
    ]
    assert inside(names[0], lambda: objects("route show default")[0]["gateway"]) == "192.0.2.1"
    assert inside(names[0], lambda: Path("/proc/sys/net/ipv4/ip_forward").read_text()) == "1\n"
    inside(names[0], lambda: ip("address del 192.0.2.2/24 dev in0", "route add 203.0.113.0/24 via 10.0.0.7"))
    assert f"address[in0 192.0.2.2/24]@{names[0]}" in site.changes(path)
    committed(site, path)
    assert inside(names[0], lambda: [row["dst"] for row in objects("route show proto boot")]) == [
        "203.0.113.0/24"
    ]
    committed(site, site.document(""))
    assert not namespaces.exists(names[0])
    assert_same(names, before)


def test_rolled_back_and_forth(site, names):
    committed(site, site.document(FIRST.format(*names)))
    inside(names[0], lambda: ip("route add 203.0.113.0/24 via 10.0.0.7"))
    old = at_rest(names)
    committed(site, site.document(SECOND.format(*names)))
    assert not site.rollback().ending.cause
    assert_same(names, old)
    committed(site, site.document(""))
    assert not site.rollback().ending.cause, "the namespace comes back with what others had in it"
    assert_same(names, old)


def fail():
    raise ApplyError("refused by the test")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("singly", [False, True])
@pytest.mark.parametrize("kill", [False, True])
def test_a_failure_or_a_kill_at_every_checkpoint(site, names, kill, singly):
    committed(site, site.document(FIRST.format(*names)))
    old, second = at_rest(names), site.document(SECOND.format(*names))
    trace = Trace()
    assert site.apply(second, checkpoint=trace, singly=singly).ending.cause is None
    new = at_rest(names)
    assert not site.rollback().ending.cause
    points = [n for n, name in enumerate(trace) if kill or not name.startswith("journal")]
    assert len(points) > 5
    for at in points[:: every(5 if singly else 2)]:
        before = site.generation()
        if kill:
            assert killed(lambda: site.apply(second, checkpoint=Strike(at, die), singly=singly))
        else:
            ending = site.apply(second, checkpoint=Strike(at, fail), singly=singly).ending
            assert ending.outcome is Outcome.ROLLED_BACK, (at, trace[at], ending)
        site.status()
        wanted = new if site.generation() != before else old
        assert_same(names, wanted, f"{at} {trace[at]}")
        if wanted is new:
            assert not site.rollback().ending.cause


def test_commands_do_the_same(site, names):
    path = site.document(FIRST.format(*names))
    with site.host() as host:
        planned = plan(host, path)
        lines = [line for lines in commands_by_id(planned.found, host.drivers).values() for line in lines]
    subprocess.run(["sh", "-e"], input="\n".join(lines), text=True, check=True)
    assert site.changes(path) == []


def test_one_that_is_used_stays(site, names):
    committed(site, site.document(f"netns: {{{names[0]}: {{}}}}"))
    process = subprocess.Popen(["ip", "netns", "exec", names[0], "sleep", "60"])
    try:
        with pytest.raises(RefusedError) as caught:
            while True:  # until it has moved there
                site.plan(site.document(""))
        assert f"{process.pid} (" in caught.value.diagnostics[0].detail
    finally:
        process.kill()
        process.wait()
    committed(site, site.document(""))
    assert not namespaces.exists(names[0])


def test_one_of_others_is_released(site, names):
    subprocess.run(["ip", "netns", "add", names[0]], check=True)
    committed(site, site.document(f"netns: {{{names[0]}: {{interfaces: {{lo: {{state: up}}}}}}}}"))
    committed(site, site.document(""))
    assert namespaces.exists(names[0])
    committed(site, site.document(f"netns: {{{names[0]}: {{state: absent}}}}"))
    assert not namespaces.exists(names[0])


def test_what_is_left_of_a_creation_that_was_cut_off(site, names):
    (RUN / names[0]).touch(0o000)
    committed(site, site.document(f"netns: {{{names[0]}: {{}}}}"))
    assert namespaces.exists(names[0])


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("netns: {blue: {netns: {red: {}}}}", DocumentError, 'netns" is not supported'),
        ("netns: {blue: {interface: {}}}", DocumentError, "interfaces"),
        ("netns: {blue: {state: absent, routes: []}}", DocumentError, "absent"),
        ("netns: {a/b: {}}", DocumentError, "a/b"),
        ("netns: {blue: }", DocumentError, "blue"),
        ("netns: [blue]", DocumentError, "mapping"),
        ("netns: {blue: {interfaces: {e0: {mtu: 12}}}}", DocumentError, "netns.blue.interfaces.e0.mtu"),
        ("netns: {blue: {interfaces: {e0: {mtu: 1400}}}}", PlanError, "no link e0"),
        ("netns: {blue: {routes: [{to: default, via: 192.0.2.1}]}}", PlanError, "192.0.2.1"),
    ],
)
def test_mistakes(site, names, text, error, words):
    with pytest.raises(error) as caught:
        site.plan(site.document(text.replace("blue", names[0])))
    (finding,) = caught.value.diagnostics
    place = ".".join(map(str, finding.where.path))
    told = f"{place} {finding.summary} {finding.detail} {finding.hint}"
    assert words.replace("blue", names[0]) in told, told
    assert finding.where.line == 2
    assert not namespaces.exists(names[0])
