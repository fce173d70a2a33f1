"""Connections that new rules would treat in another way are forgotten if the document says so, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from contract.snapshot import NET, quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, accepted, three_hosts
from domains.firewall.test_compile import compiled
from domains.firewall.test_lockout import is_alive

from netconf.core.errors import ApplyError
from netconf.domains.firewall.purge import affected
from netconf.domains.firewall.resource import Table
from netconf.domains.firewall.wire import parse
from netconf.system.linux.conntrack import LinuxConntrack
from netconf.system.linux.nft import LinuxNft
from netconf.system.ports import Flow

pytestmark = pytest.mark.needs("nft:inet")

HOST, CLIENT, SERVER, OTHER = "198.51.100.1", "198.51.100.2", "192.168.1.100", "192.168.1.50"
PORTS = [81, 82]


def accept(port, **words):
    return {"name": f"p{port}", "proto": "tcp", "port": port, "action": "accept", **words}


def document(*, conntrack="purge-changed", **firewall):
    return {
        "netconf": 1,
        "sysctl": {"net.ipv4.ip_forward": 1},
        "firewall": {"conntrack": conntrack, "management": [{"port": 22}], **firewall},
    }


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


@pytest.mark.parametrize(("conntrack", "goes_on"), [("purge-changed", False), ("keep", True)])
def test_what_is_no_longer_accepted(conntrack, goes_on, hosts, tmp_path):
    client, host, _ = hosts
    subject = Subject(tmp_path)
    closed = {"input": "drop"}
    listeners = {port: host.listen(port) for port in (22, *PORTS)}
    subject.apply(document(conntrack=conntrack, defaults=closed, rules=[accept(81), accept(82)]))
    found = {port: connect(client, listener, HOST, port) for port, listener in listeners.items()}
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text("0")
    subject.apply(document(conntrack=conntrack, defaults=closed, rules=[accept(82)]))
    assert {port: one.alive for port, one in found.items()} == {22: True, 81: goes_on, 82: True}


def test_what_is_dropped_now(hosts, tmp_path):
    client, host, _ = hosts
    subject = Subject(tmp_path)
    listeners = {port: host.listen(port) for port in (22, *PORTS)}
    defaults = {"established": True}
    subject.apply(document(defaults=defaults))
    found = {port: connect(client, listener, HOST, port) for port, listener in listeners.items()}
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text("0")
    bad = {"name": "bad", "from": f"{CLIENT}", "proto": "tcp", "port": [22, 81], "action": "drop"}
    subject.apply(document(defaults=defaults, rules=[bad]))
    assert {port: one.alive for port, one in found.items()} == {22: True, 81: False, 82: True}


def test_another_target_is_for_the_next_packet(hosts, tmp_path):
    client, _, server = hosts
    subject = Subject(tmp_path)
    listeners = {port: server.listen(port) for port in (8080, 8081)}

    def to(address):
        names = {"proto": "tcp", "type": "dnat", "destination": HOST}
        return document(
            nat=[
                {"name": "moves", "port": 80, "to": f"{address}:8080", **names},
                {"name": "stays", "port": 81, "to": f"{SERVER}:8081", **names},
            ]
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


def test_a_new_masquerade_holds_for_what_goes_on(hosts, tmp_path):
    client, _, server = hosts
    subject = Subject(tmp_path)
    subject.apply(document(defaults={"forward": "drop"}, rules=[accept(90, hook="forward")]))
    connection = connect(server, client.listen(90), CLIENT, 90)
    nat = [{"name": "out", "type": "masquerade", "from": SERVER, "out": "up0"}]
    rules = [accept(90, hook="forward")]
    assert connection.alive
    assert LinuxConntrack().flows()
    subject.apply(document(defaults={"forward": "drop"}, rules=rules, nat=nat))
    assert LinuxConntrack().flows() == []


def test_a_rollback_forgets_nothing(hosts, tmp_path):
    client, host, _ = hosts
    subject = Subject(tmp_path)
    rules = [accept(81)]
    subject.apply(document(defaults={"input": "drop"}, rules=rules))
    connection = connect(client, host.listen(81), HOST, 81)

    def fails(place):
        if place == "conclude":
            raise ApplyError("on purpose")

    subject._settings = replace(subject._settings, checkpoint=fails)
    with pytest.raises(AssertionError, match="on purpose"):
        subject.apply(document(defaults={"input": "drop"}))
    assert connection.alive


def flow(source, destination, port, protocol=6, answers=None):
    answering, answering_port = answers or (destination, port)
    return Flow(protocol, source, 40000, destination, port, answering, answering_port, source, 40000)


def table(**firewall):
    found = parse(LinuxNft().canonical(compiled({"firewall": firewall}).text(), "inet", "netconf"))
    return Table("inet", "netconf", found.objects, found.elements, found.rules)


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
        ["through"],
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
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_change_is_about(name):
    before, after, expected = CASES[name]
    found = affected(table(**before), table(**after), FLOWS.values(), frozenset({HOST}))
    names = {value: key for key, value in FLOWS.items()}
    assert sorted(names[one] for one in found) == sorted(expected)
