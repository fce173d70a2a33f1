"""Connections that new rules would treat in another way are forgotten if the document says so, and no others."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from contract.snapshot import NET, quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, accepted, three_hosts
from domains.firewall.test_compile import compiled
from domains.firewall.test_lockout import is_alive

from netconf.core.errors import ApplyError
from netconf.domains.firewall import reading
from netconf.domains.firewall.iptables import reading as reading_chains
from netconf.domains.firewall.iptables.requirements import canonical
from netconf.domains.firewall.plan import chains
from netconf.domains.firewall.purge import affected
from netconf.domains.firewall.resolve import resolve
from netconf.domains.firewall.resource import Table
from netconf.domains.firewall.spec import Spec
from netconf.domains.firewall.wire import parse
from netconf.system.linux import system
from netconf.system.linux.conntrack import LinuxConntrack
from netconf.system.linux.nft import LinuxNft
from netconf.system.linux.session import LinuxSessions
from netconf.system.ports import Flow, Session

BACKENDS = [
    pytest.param("nftables", marks=pytest.mark.needs("nft:inet")),
    pytest.param("iptables", marks=pytest.mark.needs("xtables:4", "xtables:6")),
]
both = pytest.mark.parametrize("backend", BACKENDS)

HOST, CLIENT, SERVER, OTHER = "198.51.100.1", "198.51.100.2", "192.168.1.100", "192.168.1.50"
PORTS = [81, 82]


def accept(port, **words):
    return {"name": f"p{port}", "proto": "tcp", "port": port, "action": "accept", **words}


def document(backend, *, conntrack="purge-changed", **firewall):
    words = {"backend": backend, "conntrack": conntrack, "management": [{"port": 22}]}
    return {"netconf": 1, "sysctl": {"net.ipv4.ip_forward": 1}, "firewall": {**words, **firewall}}


@pytest.fixture
def hosts(netns):
    quiet()
    with three_hosts() as found:
        yield found


class Connection:
    def __init__(self, near, far):
        self.near, self.far = near, far

    @property
    def alive(self):
        return is_alive(self.near, self.far)


def connect(source, listener, address, port):
    how, near = source.connect(address, port)
    assert how == OPEN
    return Connection(near, source.keep(accepted(listener)[0]))


@pytest.mark.slow
@both
@pytest.mark.parametrize(("conntrack", "goes_on"), [("purge-changed", False), ("keep", True)])
def test_what_is_no_longer_accepted(backend, conntrack, goes_on, hosts, tmp_path):
    client, host, _ = hosts
    subject = Subject(tmp_path)
    closed = {"input": "drop"}
    listeners = {port: host.listen(port) for port in (22, *PORTS)}
    subject.apply(document(backend, conntrack=conntrack, defaults=closed, rules=[accept(81), accept(82)]))
    found = {port: connect(client, listener, HOST, port) for port, listener in listeners.items()}
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text("0")
    subject.apply(document(backend, conntrack=conntrack, defaults=closed, rules=[accept(82)]))
    assert {port: one.alive for port, one in found.items()} == {22: True, 81: goes_on, 82: True}


@both
def test_what_is_dropped_now(backend, hosts, tmp_path):
    client, host, _ = hosts
    subject = Subject(tmp_path)
    listeners = {port: host.listen(port) for port in (22, *PORTS)}
    defaults = {"established": True}
    subject.apply(document(backend, defaults=defaults))
    found = {port: connect(client, listener, HOST, port) for port, listener in listeners.items()}
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text("0")
    bad = {"name": "bad", "from": f"{CLIENT}", "proto": "tcp", "port": [22, 81], "action": "drop"}
    subject.apply(document(backend, defaults=defaults, rules=[bad]))
    assert {port: one.alive for port, one in found.items()} == {22: True, 81: False, 82: True}


@pytest.mark.slow
@both
def test_another_target_is_for_the_next_packet(backend, hosts, tmp_path):
    client, _, server = hosts
    subject = Subject(tmp_path)
    listeners = {port: server.listen(port) for port in (8080, 8081)}

    def to(address):
        names = {"proto": "tcp", "type": "dnat", "destination": HOST}
        return document(
            backend,
            nat=[
                {"name": "moves", "port": 80, "to": f"{address}:8080", **names},
                {"name": "stays", "port": 81, "to": f"{SERVER}:8081", **names},
            ],
        )

    subject.apply(to(SERVER))
    connections = [connect(client, listeners[8080], HOST, 80), connect(client, listeners[8081], HOST, 81)]
    answers = {flow.destination_port: flow.answers_from for flow in LinuxConntrack().flows()}
    assert answers == {80: SERVER, 81: SERVER}
    subject.apply(to(OTHER))
    assert [flow.destination_port for flow in LinuxConntrack().flows()] == [81]
    assert connections[1].alive
    connections.append(connect(client, listeners[8080], HOST, 80))
    answers = {flow.destination_port: flow.answers_from for flow in LinuxConntrack().flows()}
    assert answers == {80: OTHER, 81: SERVER}


@pytest.mark.slow
@both
def test_a_new_masquerade_holds_for_what_goes_on(backend, hosts, tmp_path):
    client, _, server = hosts
    subject = Subject(tmp_path)
    subject.apply(document(backend, defaults={"forward": "drop"}, rules=[accept(90, hook="forward")]))
    connection = connect(server, client.listen(90), CLIENT, 90)
    nat = [{"name": "out", "type": "masquerade", "from": SERVER, "out": "up0"}]
    rules = [accept(90, hook="forward")]
    assert connection.alive
    assert LinuxConntrack().flows()
    subject.apply(document(backend, defaults={"forward": "drop"}, rules=rules, nat=nat))
    assert LinuxConntrack().flows() == []


@pytest.mark.slow
@both
def test_a_rollback_forgets_nothing(backend, hosts, tmp_path):
    client, host, _ = hosts
    subject = Subject(tmp_path)
    rules = [accept(81)]
    subject.apply(document(backend, defaults={"input": "drop"}, rules=rules))
    connection = connect(client, host.listen(81), HOST, 81)

    def fails(place):
        if place == "conclude":
            raise ApplyError("on purpose")

    subject._settings = replace(subject._settings, checkpoint=fails)
    with pytest.raises(AssertionError, match="on purpose"):
        subject.apply(document(backend, defaults={"input": "drop"}))
    assert connection.alive


def flow(source, destination, port, protocol=6, answers=None):
    answering, answering_port = answers or (destination, port)
    return Flow(protocol, source, 40000, destination, port, answering, answering_port, source, 40000)


def ruleset(backend, firewall):
    if backend == "iptables":
        spec = Spec.model_validate({"firewall": firewall})
        return reading_chains.ruleset(canonical(chains(resolve(spec.firewall)), system()))
    found = parse(LinuxNft().canonical(compiled({"firewall": firewall}).text(), "inet", "netconf"))
    return reading.ruleset(Table("inet", "netconf", found.objects, found.elements, found.rules))


CASES = {
    "nothing-changes": ({}, {}, []),
    "a-set-gains-a-network": (
        {
            "sets": {"bad": {"entries": ["10.0.0.0/8"]}},
            "rules": [{"name": "r", "from": "@bad", "action": "drop"}],
        },
        {
            "sets": {"bad": {"entries": ["10.0.0.0/8", "198.51.100.0/24"]}},
            "rules": [{"name": "r", "from": "@bad", "action": "drop"}],
        },
        ["in81", "in82", "udp"],
    ),
    "default": (
        {"defaults": {"input": "accept"}},
        {"defaults": {"input": "drop"}, "rules": [accept(81)]},
        ["far", "in82", "udp"],
    ),
    "udp-alone": (
        {},
        {"rules": [{"name": "r", "proto": "udp", "port": "80-90", "action": "reject"}]},
        ["udp"],
    ),
    "forward": (
        {},
        {"rules": [{"name": "r", "hook": "forward", "to": SERVER, "action": "drop"}]},
        ["through", "translated"],
    ),
    "output": ({}, {"rules": [{"name": "r", "hook": "output", "proto": "tcp", "action": "drop"}]}, ["out"]),
    "not": ({}, {"rules": [{"name": "r", "from": "!198.51.100.0/24", "action": "drop"}]}, ["far"]),
    "ban": (
        {},
        {
            "sets": {"b": {"type": "address", "dynamic": True}},
            "rules": [{"name": "r", "proto": "tcp", "port": 81, "ban": "b", "action": "drop"}],
        },
        ["in81"],
    ),
    "behind-what-accepts": (
        {"rules": [accept(81)]},
        {"rules": [accept(81), {"name": "r", "proto": "tcp", "port": "80-90", "action": "drop"}]},
        ["far", "in82"],
    ),
    "another-log": (
        {"rules": [{"name": "r", "proto": "tcp", "port": 81, "action": "drop"}]},
        {
            "rules": [
                {"name": "s", "proto": "tcp", "port": 81, "action": "drop", "log": {"prefix": "accept "}}
            ]
        },
        [],
    ),
    "return": (
        {"defaults": {"input": "drop"}, "rules": [accept(81), accept(82)]},
        {
            "defaults": {"input": "drop"},
            "rules": [{"name": "r", "proto": "tcp", "port": 81, "action": "return"}, accept(81), accept(82)],
        },
        ["in81"],
    ),
    "several-ports-and-networks": (
        {},
        {
            "rules": [
                {
                    "name": "r",
                    "proto": "tcp",
                    "port": [1, 3, "82-84"],
                    "from": ["203.0.113.0/24", "10.0.0.0/8", "2001:db8::/32"],
                    "action": "reject",
                }
            ]
        },
        ["far"],
    ),
    "gone": (
        {"rules": [{"name": "r", "proto": "tcp", "port": 81, "action": "drop"}]},
        {},
        [],
    ),
    "translated-otherwise": (
        {},
        {"nat": [{"name": "n", "type": "dnat", "proto": "tcp", "port": 82, "to": f"{SERVER}:8082"}]},
        ["far", "in82"],
    ),
    "translated-so-already": (
        {"nat": [{"name": "n", "type": "dnat", "proto": "tcp", "port": "80-90", "to": SERVER}]},
        {"nat": [{"name": "n", "type": "dnat", "proto": "tcp", "port": 90, "to": f"{SERVER}:8090"}]},
        ["translated"],
    ),
    "masked": (
        {},
        {"nat": [{"name": "n", "type": "masquerade", "out": "up0"}]},
        ["out", "through", "translated"],
    ),
    "uncertain": (
        {"rules": [accept(81)]},
        {"defaults": {"input": "drop"}, "rules": [accept(81, **{"in": "up0"}), accept(82)]},
        ["in81", "udp"],
    ),
    "accepted-anew": ({"rules": [accept(81)]}, {"rules": [accept(81), accept(82)]}, []),
    "moved": ({"rules": [accept(81), accept(82)]}, {"rules": [accept(82), accept(81)]}, []),
    "management": (
        {},
        {"management": [{"port": 81}], "rules": [{"name": "r", "proto": "tcp", "action": "drop"}]},
        ["far", "in82"],
    ),
}
FLOWS = {
    "in81": flow(CLIENT, HOST, 81),
    "in82": flow(CLIENT, HOST, 82),
    "udp": flow(CLIENT, HOST, 81, protocol=17),
    "through": flow(CLIENT, SERVER, 81),
    "out": flow(HOST, CLIENT, 81),
    "far": flow("203.0.113.9", HOST, 82),
    "within": flow(HOST, HOST, 81),
    "translated": flow(CLIENT, HOST, 90, answers=(SERVER, 8080)),
}


@pytest.mark.slow
@both
@pytest.mark.parametrize("name", CASES)
def test_what_a_change_is_about(backend, name, netns):
    before, after, expected = CASES[name]
    local = frozenset({HOST})
    rulesets = ruleset(backend, before), ruleset(backend, after)
    names = {value: key for key, value in FLOWS.items()}
    assert sorted(names[one] for one in affected(*rulesets, FLOWS.values(), local)) == sorted(expected)
    nothing = affected(rulesets[1], rulesets[1], FLOWS.values(), local)
    assert nothing == [], "what hasn't changed is about nobody"
    mine = Session(CLIENT, HOST, 81)
    spared = affected(*rulesets, FLOWS.values(), local, mine)
    assert sorted(names[one] for one in spared) == sorted({*expected} - {"in81", "udp"})


@pytest.mark.needs("nft:inet")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tcp dport vmap { 81 : accept, 82 : drop }", ["far", "in81", "in82"]),
        ("tcp dport 82 tcp option maxseg size 100 drop", ["far", "in82"]),
        ("ip saddr . tcp dport { 198.51.100.2 . 81 } drop", ["far", "in81", "in82"]),
        ('tcp dport 81 log prefix "ip saddr 10.0.0.0/8 drop" accept', []),
        ("ip6 hoplimit 3 drop", ["far", "in81", "in82", "udp"]),
        ("ct state invalid drop", []),
        ("ct state != established tcp dport 81 reject", ["in81"]),
        ("ct state new,established udp dport 81 drop", ["udp"]),
        ("meta l4proto != tcp drop", ["udp"]),
        ("th dport != 82 drop", ["in81", "udp"]),
    ],
)
def test_lines_in_nfts_own_language(line, expected):
    """What nobody can see is uncertain: then what may be refused by it is affected."""
    before, after = {}, {"backend": "nftables", "raw": {"nft": {"input": [line]}}}
    found = affected(
        ruleset("nftables", before), ruleset("nftables", after), FLOWS.values(), frozenset({HOST})
    )
    names = {value: key for key, value in FLOWS.items()}
    assert sorted(names[one] for one in found) == expected


@pytest.mark.slow
@both
def test_who_is_at_work_goes_on(backend, hosts, tmp_path, monkeypatch):
    """Also where the rule that lets them in is another one, and there's no way of management."""
    client, host, _ = hosts
    subject = Subject(tmp_path)
    listeners = {port: host.listen(port) for port in PORTS}
    words = {"management": [], "defaults": {"input": "drop"}}
    subject.apply(document(backend, rules=[accept(81), accept(82)], **words))
    found = {port: connect(client, listener, HOST, port) for port, listener in listeners.items()}
    monkeypatch.setattr(LinuxSessions, "current", lambda self: Session(CLIENT, HOST, 81))
    assert found[81].alive
    limited = {"rate": {"limit": "100/second", "burst": 100}}
    subject.apply(document(backend, rules=[accept(81, **limited), accept(82, **limited)], **words))
    left = {flow.destination_port for flow in LinuxConntrack().flows() if flow.source == CLIENT}
    assert left == {81}


@pytest.mark.slow
@pytest.mark.needs("nft:inet")
def test_many_of_both():
    """A list of 50 000 networks and 20 000 connections."""
    members = [f"{n >> 8 & 255}.{n & 255}.{n % 100}.0/24" for n in range(256 * 11, 256 * 11 + 50000)]
    bad = {"sets": {"bad": {"entries": members}}, "rules": [{"name": "r", "from": "@bad", "action": "drop"}]}
    flows = [flow(f"11.{n >> 8}.{n % 100}.7", HOST, 80) for n in range(20000)]
    before, after = ruleset("nftables", {}), ruleset("nftables", bad)
    start = time.process_time()
    found = affected(before, after, flows, frozenset({HOST}))
    spent = time.process_time() - start
    held = {member.rpartition(".")[0] for member in members}
    assert {one.source for one in found} == {
        one.source for one in flows if one.source.rpartition(".")[0] in held
    }
    assert 0 < len(found) < len(flows)
    assert spent < 5
