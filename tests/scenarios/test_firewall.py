"""The examples of firewalls: what becomes of packets between three hosts."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from pathlib import Path

import pytest
from contract.cases import load_yaml
from contract.snapshot import NET, quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, TIMEOUT, accepted, three_hosts

from netconf.domains.firewall.status import report
from netconf.system.linux.conntrack import LinuxConntrack
from netconf.system.linux.nft import LinuxNft

EXAMPLES = Path(__file__).parents[2] / "examples"
HOST, SERVER, CLIENT = "198.51.100.1", "192.168.1.100", "198.51.100.2"


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


@pytest.mark.needs("nft:inet")
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


@pytest.mark.needs("nft:inet")
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


@pytest.mark.needs("nft:inet")
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


@pytest.mark.needs("nft:inet")
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


def flood(client, port, number):
    """So many SYN of addresses that nobody has."""

    def send():
        target = socket.inet_aton(HOST)
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            for n in range(number):
                source = bytes((203, 0, 113 + n // 250, 1 + n % 250))
                header = struct.pack("!HHIIBBHHH", 1024 + n, port, n, 0, 5 << 4, 2, 1024, 0, 0)
                pseudo = source + target + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(header))
                header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
                ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0) + source + target
                raw.sendto(ip + header, (HOST, 0))

    client.do(send)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@pytest.mark.needs("nft:inet")
def test_synflood(hosts, subject):
    client, host, _ = hosts
    listener = host.listen(443)
    host.listen(80)
    host.ip("route add 203.0.113.0/24 via 198.51.100.2", "route add 203.0.114.0/23 via 198.51.100.2")
    (NET / "ipv4/conf/all/rp_filter").write_text("0")
    subject.apply(example("synflood"))
    assert subject.plan(example("synflood")) == {}
    flood(client, 443, 500)
    tracked = [flow for flow in LinuxConntrack().flows() if flow.source.startswith("203.0.")]
    assert tracked == [], "none of them is a connection"
    listener.settimeout(5)
    how, near = client.connect(HOST, 443)
    far, sender = accepted(listener)
    near.send(b"hello")
    far.settimeout(5)
    assert (how, sender, far.recv(5)) == (OPEN, CLIENT, b"hello")
    far.close()
    assert client.tcp(HOST, 80) == TIMEOUT


@pytest.mark.needs("nft:inet")
def test_synflood_limits_each_source(hosts, subject):
    """What has finished its handshake with the proxy goes on to the server only within the limits."""
    client, host, _ = hosts
    listener = host.listen(443)
    subject.apply(example("synflood"))
    _, sockets = client.many(60, HOST, 443)
    time.sleep(1.5)
    taken = 0
    listener.settimeout(0.3)
    with suppress(TimeoutError):
        while True:
            host.keep(listener.accept()[0])
            taken += 1
    assert 38 <= taken <= 50, "40 at once, and those that tried again until there were 50"
    assert client.tcp(HOST, 443, source="198.51.100.20") == OPEN, "others have limits of their own"
    for one in sockets:
        one.close()


def lists(folder, number=50000):
    """The example with files of its own: every second /24 from 20.0.0.0 on is blocked."""
    blocked, allowed = folder / "blocked.txt", folder / "allowed.txt"
    networks = (f"{20 + (n >> 15)}.{n >> 7 & 255}.{2 * n & 255}.0/24" for n in range(number))
    blocked.write_text("# generated\n" + "\n".join(networks) + "\n198.51.100.64/29\n2001:db8:1::66\n")
    allowed.write_text("198.51.100.66  # of those 64/29 the one that may\n")
    document = example("lists")
    for name, file in (("blocked", blocked), ("allowed", allowed)):
        document["firewall"]["sets"][name]["file"] = str(file)
    return document


@pytest.mark.slow
@pytest.mark.needs("nft:inet")
def test_lists(hosts, subject, tmp_path):
    client, host, server = hosts
    for port in (80, 81):
        host.listen(port)
    host.listen(82, socket.AF_INET6)
    host.ip("addr add 2001:db8:1::1/64 dev eth0 nodad")
    listener = server.listen(90)
    (NET / "ipv4/ip_forward").write_text("1")
    client.ip(
        "addr add 198.51.100.67/24 dev c0", "addr add 20.23.2.9/32 dev c0", "addr add 20.23.3.9/32 dev c0"
    )
    host.ip("route add 20.0.0.0/8 via 198.51.100.2")
    document = lists(tmp_path)
    subject.apply(document)
    assert subject.plan(document) == {}
    held = LinuxNft().table("inet", "netconf").count("/24")
    assert held == 50002, "and that of the administrators, both ways"
    ways = {source: client.tcp(HOST, 80, source=source) for source in ("198.51.100.2", "198.51.100.66")}
    assert ways == {"198.51.100.2": OPEN, "198.51.100.66": OPEN}
    for source, expected in (("198.51.100.67", TIMEOUT), ("20.23.2.9", TIMEOUT), ("20.23.3.9", OPEN)):
        assert client.tcp(HOST, 80, source=source) == expected, source
        assert client.tcp(SERVER, 90, source=source) == expected, source
    assert client.tcp("2001:db8:1::1", 82) == OPEN
    assert client.tcp("2001:db8:1::1", 82, source="2001:db8:1::66") == TIMEOUT
    assert host.tcp("20.23.2.9", 80) != OPEN
    listener.close()
    document["firewall"]["sets"]["blocked"]["entries"] = ["20.23.3.0/24"]
    assert list(subject.plan(document).values()) == ["update"]
    subject.apply(document)
    assert client.tcp(HOST, 80, source="20.23.3.9") == TIMEOUT


@pytest.mark.needs("nft:inet")
def test_ban(hosts, subject):
    client, host, _ = hosts
    for port in (22, 80):
        host.listen(port)
    host.ip("addr add 192.0.2.1/24 dev eth0")
    client.ip("addr add 192.0.2.2/24 dev c0")
    subject.apply(example("ban"))
    assert subject.plan(example("ban")) == {}
    assert [client.tcp(HOST, 22) for _ in range(5)] == [OPEN] * 5
    assert client.tcp(HOST, 80) == OPEN
    assert client.tcp(HOST, 22) == TIMEOUT
    assert client.tcp(HOST, 80) == TIMEOUT, "nothing at all"
    assert [client.tcp(HOST, port, source="198.51.100.20") for port in (22, 80)] == [OPEN, OPEN]
    assert [client.tcp("192.0.2.1", 22) for _ in range(8)] == [OPEN] * 8
    assert subject.plan(example("ban")) == {}, "a ban is no difference"
    (ban,) = next(found for found in report(subject.host.system).sets if found.name == "banned").bans
    assert ban.address == CLIENT
    assert ban.left.startswith("9m5")


BACKENDS = [
    pytest.param("host", marks=pytest.mark.needs("nft:inet")),
    pytest.param("iptables", marks=pytest.mark.needs("xtables:4", "xtables:6")),
]


@pytest.mark.slow
@pytest.mark.parametrize("file", BACKENDS)
def test_gateway(file, hosts, subject):
    client, host, server = hosts
    host.ip("link set lan0 down", "link set lan0 name eth1", "link set eth1 up")
    listener, outside = server.listen(80), client.listen(90)
    host.listen(22)
    document = load_yaml(EXAMPLES / f"firewall-gateway/{file}.yml")
    subject.apply(document)
    assert subject.plan(document) == {}

    def arrives(who, address, port, at, **more):
        how, near = who.connect(address, port, **more)
        if how != OPEN:
            return how
        far, sender = accepted(at)
        far.close()
        near.close()
        return sender

    assert arrives(client, HOST, 80, listener) == CLIENT
    assert arrives(server, HOST, 80, listener, source="192.168.1.50") == "192.168.1.1", "by the outer address"
    client.ip("route del default via 198.51.100.1")
    assert arrives(server, CLIENT, 90, outside) == HOST
    assert client.ping(HOST) == OPEN
    assert (client.tcp(HOST, 22), server.tcp("192.168.1.1", 22)) == (TIMEOUT, OPEN)
    client.ip("route add 192.168.1.0/24 via 198.51.100.1")
    assert client.tcp(SERVER, 22) == TIMEOUT
    subject.rollback(to=0)
    assert client.tcp(HOST, 22) == OPEN


def test_the_gateway_of_iptables_is_the_same_document():
    one, other = (load_yaml(EXAMPLES / f"firewall-gateway/{file}.yml") for file in ("host", "iptables"))
    assert other["firewall"].pop("backend") == "iptables"
    assert one == other


@pytest.mark.needs("helper:ftp")
def test_ftp(hosts, subject):
    """A passive transfer: the server says on port 21 where it listens, and only there it's open."""
    client, host, _ = hosts
    listener, data = host.listen(21), host.listen(40021)
    host.listen(40022)
    subject.apply(example("ftp"))
    assert subject.plan(example("ftp")) == {}
    assert client.tcp(HOST, 40021) == TIMEOUT
    listener.settimeout(5)
    how, near = client.connect(HOST, 21)
    assert how == OPEN
    far = host.keep(accepted(listener)[0])
    near.settimeout(5)
    far.send(b"220 ready\r\n")
    assert near.recv(100) == b"220 ready\r\n"
    near.send(b"PASV\r\n")
    far.settimeout(5)
    assert far.recv(100) == b"PASV\r\n"
    far.send(f"227 Entering Passive Mode ({HOST.replace('.', ',')},{40021 >> 8},{40021 & 255}).\r\n".encode())
    assert near.recv(100).startswith(b"227 ")
    how, transfer = client.connect(HOST, 40021)
    assert how == OPEN
    data.settimeout(5)
    accepted(data)[0].close()
    transfer.close()
    assert [client.tcp(HOST, port) for port in (40021, 40022)] == [TIMEOUT, TIMEOUT], "for that one transfer"
