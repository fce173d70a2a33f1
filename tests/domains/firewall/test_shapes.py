"""What's foreseen of a table is what the kernel makes of it, in words and in bytes; and nothing else is taken for it."""

from __future__ import annotations

import random
import socket
import subprocess

import pytest
from contract.cases import load_yaml
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.test_compile import ON_KERNEL, compiled
from domains.firewall.test_fields import CASES, NEEDS_FLOWTABLES, planned

from netconf.domains.firewall import shapes
from netconf.domains.firewall.wire import parse
from netconf.system.linux.nft import LinuxNft

pytestmark = pytest.mark.needs("nft:inet")


@pytest.fixture
def always(monkeypatch):
    """Also of tables for which it isn't worth while."""
    monkeypatch.setattr(shapes, "WORTH_WHILE", 0)
    monkeypatch.setattr(shapes, "MOST_SHARE", 0)


def foreseen(source):
    drawn = shapes.sketch(source)
    trial = LinuxNft().trial(drawn.script, "inet", "netconf")
    assert not hasattr(trial, "line"), trial
    return shapes.forecast(drawn, trial)


def is_right(source):
    """Whether there's a forecast, which must be right."""
    found = foreseen(source)
    if found is None:
        return False
    whole = LinuxNft().trial(source, "inet", "netconf")
    listed = parse(whole.text)
    assert (found.objects, found.elements, found.rules) == (listed.objects, listed.elements, listed.rules)
    assert found.is_of(whole.image)
    return True


@pytest.mark.parametrize("case", ON_KERNEL, ids=lambda case: case.stem)
def test_of_whole_documents(case, always):
    assert is_right(compiled(load_yaml(case)).text())


@pytest.mark.slow
def test_of_every_field(always):
    found = [
        is_right(planned(case, turn)[1].source)
        for case in CASES
        if NEEDS_FLOWTABLES not in case.at and "file" not in case.at
        for turn in (0, 1)
    ]
    assert found.count(False) <= len(found) // 10


def address(chance, *, six):
    if six:
        length = chance.choice((None, 128, 127, 64, 60, 56, 48, 33, 32, 20, 8))
        value = (0x20 << 120 | chance.getrandbits(120)) >> (128 - (length or 128)) << (128 - (length or 128))
        text = socket.inet_ntop(socket.AF_INET6, value.to_bytes(16, "big"))
    else:
        length = chance.choice((None, 32, 31, 25, 24, 23, 17, 16, 12, 9, 8, 3))
        value = chance.getrandbits(32) >> (32 - (length or 32)) << (32 - (length or 32))
        text = socket.inet_ntoa(value.to_bytes(4, "big"))
    return text if length is None else f"{text}/{length}"


def rule(chance, number):
    found = {
        "name": f"{chance.choice(('r', 'some-rule', 'R.'))}{number}",
        "action": chance.choice(("accept", "drop", "reject")),
    }
    six = chance.random() < 0.4
    for field in ("from", "to"):
        if chance.random() < 0.6:
            sign = chance.choice(("", "", "", "!"))
            found[field] = [f"{sign}{address(chance, six=six)}" for _ in range(chance.choice((1, 1, 1, 3)))]
    if chance.random() < 0.7:
        found["proto"] = chance.choice(("tcp", "udp"))
        ports = [chance.randrange(1, 65536) for _ in range(chance.choice((1, 1, 3)))]
        found[chance.choice(("port", "source_port"))] = ports
    if chance.random() < 0.2:
        found["log"] = {"prefix": f"10.0.0.{number % 256} %s"}
    if chance.random() < 0.2:
        found["hook"] = ["input", "forward"]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_of_random_rules(seed, always):
    chance = random.Random(seed)
    entries = [address(chance, six=number % 3 == 0) for number in range(300)]
    hosts = [address(chance, six=number % 3 == 0).partition("/")[0] for number in range(300)]
    firewall = {
        "defaults": {"input": chance.choice(("drop", "accept"))},
        "sets": {"nets": {"entries": entries}, "hosts": {"type": "address", "entries": hosts}},
        "rules": [rule(chance, number) for number in range(300)],
    }
    assert is_right(compiled({"firewall": firewall}).text())


BIG = {
    "sets": {"bad": {"entries": [f"11.0.{n >> 7}.{(n & 127) * 2}" for n in range(1000)]}},
    "rules": [
        {"name": "bad", "from": "@bad", "action": "drop"},
        *(
            {"name": f"r{n}", "proto": "udp", "port": 7000 + n, "from": f"127.0.{n}.0/24", "action": "drop"}
            for n in range(200)
        ),
    ],
}
DOCUMENT = {"netconf": 1, "firewall": BIG}


def changed(port):
    rules = [{**found, "port": port} if found["name"] == "r100" else found for found in BIG["rules"]]
    return {"netconf": 1, "firewall": {**BIG, "rules": rules}}


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


@pytest.fixture
def listed(monkeypatch):
    """How many rules each listing by nft had."""
    found = []
    real = LinuxNft.table

    def called(self, *words):
        text = real(self, *words)
        found.append(len(parse(text).rules) if text else 0)
        return text

    monkeypatch.setattr(LinuxNft, "table", called)
    return found


def test_nothing_big_is_listed(subject, listed):
    subject.apply(DOCUMENT)
    assert max(listed) < 10
    assert subject.plan(DOCUMENT) == {}
    subject.apply(changed(9))
    assert max(listed) < 10
    assert len(LinuxNft().image("inet", "netconf").bodies) == 202
    assert subject.plan(changed(9)) == {}


def test_counters_stay_and_come_back(subject, listed):
    subject.apply(DOCUMENT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.sendto(b"x", ("127.0.0.1", 7000))
    subprocess.run(
        ["nft", "-f", "-"],
        input="replace rule inet netconf c_input handle "
        + _handle("r100")
        + ' ip saddr 127.0.100.0/24 udp dport 7100 counter packets 7 bytes 70 drop comment "r100"\n',
        text=True,
        check=True,
    )
    subject.apply(changed(9))
    assert max(listed) < 10
    assert "packets 7" not in _line("r100")
    subject.rollback()
    assert "udp dport 7100 counter packets 7 bytes 70 drop" in _line("r100")
    assert _line("r0").count("packets 1 ")
    assert subject.plan(DOCUMENT) == {}


def _line(name):
    text = subprocess.run(
        ["nft", "-a", "list", "table", "inet", "netconf"], capture_output=True, text=True, check=True
    )
    (found,) = (line for line in text.stdout.splitlines() if f'comment "{name}"' in line)
    return found


def _handle(name):
    return _line(name).rpartition(" ")[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "touch",
    [
        "delete rule inet netconf c_input handle {}",
        'replace rule inet netconf c_input handle {} ip saddr 127.0.100.0/24 udp dport 7101 counter drop comment "r100"',
        'replace rule inet netconf c_input handle {} ip saddr 127.0.100.0/25 udp dport 7100 counter drop comment "r100"',
        'replace rule inet netconf c_input handle {} ip saddr 127.0.100.0/24 udp dport 7100 counter accept comment "r100"',
        'replace rule inet netconf c_input handle {} ip saddr 127.0.100.0/24 udp dport 7100 drop comment "r100"',
        'replace rule inet netconf c_input handle {} ip saddr 127.0.100.0/24 udp dport 7100 counter drop comment "r101"',
        "add rule inet netconf c_input counter",
        "delete element inet netconf s_bad4 {{ 11.0.7.206 }}",
        "add element inet netconf s_bad4 {{ 12.0.0.0/24 }}",
        "add chain inet netconf c_input {{ policy drop; }}",
        "add chain inet netconf more",
        "add set inet netconf more {{ type ipv4_addr; }}",
    ],
)
def test_any_touch_is_seen(touch, subject):
    subject.apply(DOCUMENT)
    subprocess.run(["nft", *touch.format(_handle("r100")).split(" ")], check=True)
    assert list(subject.plan(DOCUMENT)) == ["firewall[inet netconf]"]
    subject.apply(DOCUMENT)
    assert subject.plan(DOCUMENT) == {}
