"""The examples of firewalls: what becomes of packets between three hosts."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.cases import load_yaml
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, TIMEOUT, accepted, three_hosts

EXAMPLES = Path(__file__).parents[2] / "examples"
HOST, SERVER, CLIENT = "198.51.100.1", "192.168.1.100", "198.51.100.2"

pytestmark = pytest.mark.needs("nft:inet")


def example(name):
    return load_yaml(EXAMPLES / f"firewall-{name}/host.yml")


@pytest.fixture
def hosts(netns):
    """With the uplink under the name it has in the examples."""
    quiet()
    with three_hosts() as (client, host, server):
        host.ip("link set up0 down", "link set up0 name eth0", "link set eth0 up")
        yield client, host, server


@pytest.fixture
def subject(tmp_path):
    return Subject(tmp_path)


def test_drop(hosts, subject):
    client, host, _ = hosts
    for port in (8080, 8081):
        host.listen(port)
    _, old = client.connect(HOST, 8080)
    subject.apply(example("drop"))
    assert subject.plan(example("drop")) == {}
    assert (client.tcp(HOST, 8080), client.tcp(HOST, 8081)) == (TIMEOUT, OPEN)
    old.close()
    subject.rollback(to=0)
    assert client.tcp(HOST, 8080) == OPEN


def test_dnat(hosts, subject):
    client, _, server = hosts
    listener = server.listen(80)
    server.listen(81)
    subject.apply(example("dnat"))
    assert subject.plan(example("dnat")) == {}
    how, near = client.connect(HOST, 80)
    far, sender = accepted(listener)
    assert (how, sender) == (OPEN, CLIENT)
    near.send(b"hello")
    assert far.recv(5) == b"hello"
    far.close()
    assert client.tcp(SERVER, 80) == TIMEOUT
    assert client.tcp(SERVER, 81) == TIMEOUT


def test_masquerade(hosts, subject):
    client, _, server = hosts
    listener = client.listen(90)
    client.ip("route del default via 198.51.100.1")
    subject.apply(example("masquerade"))
    assert subject.plan(example("masquerade")) == {}
    how, _ = server.connect(CLIENT, 90)
    far, sender = accepted(listener)
    far.close()
    assert (how, sender) == (OPEN, HOST)


def test_ssh_limit(hosts, subject):
    client, host, _ = hosts
    host.listen(22)
    host.listen(23)
    host.ip("addr add 192.0.2.1/24 dev eth0")
    client.ip("addr add 192.0.2.2/24 dev c0")
    subject.apply(example("ssh-limit"))
    assert subject.plan(example("ssh-limit")) == {}
    assert client.many(12, HOST, 22)[0] == 5
    assert client.many(12, "192.0.2.1", 22)[0] == 12
    assert client.tcp(HOST, 23) == TIMEOUT
    assert client.ping(HOST) == OPEN
