"""Names, networks and ports at the edges of what's allowed: the kernel takes them, and lists them so that the same
comes of the listing; and a firewall within another namespace.
"""

from __future__ import annotations

import re

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.test_compile import compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from lab.netns import inside

from netconf.domains.firewall.wire import parse
from netconf.system.linux.nft import LinuxNft

pytestmark = pytest.mark.needs("nft:inet")

KEYWORDS = [
    "accept",
    "drop",
    "meter",
    "fwd",
    "set",
    "map",
    "type",
    "input",
    "counter",
    "0",
    "comment",
    "table",
    "rule",
]
EDGES = [
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "255.255.255.255",
    "0.0.0.0",
    "::/0",
    "::",
    "::/1",
    "ffff::/16",
]


def parts(listing):
    found = parse(listing)
    return found.objects, found.elements, found.rules


def fixpoint(firewall):
    """Loaded, and its listing loaded again: the same."""
    nft = LinuxNft()
    first = nft.canonical(compiled({"firewall": firewall}).text(), "inet", "netconf")
    assert isinstance(first, str), (first, firewall)
    second = nft.canonical(re.sub(r" # handle \d+$", "", first, flags=re.MULTILINE), "inet", "netconf")
    assert isinstance(second, str), second
    assert parts(second) == parts(first)
    return first


def test_names():
    names = [*KEYWORDS, "x" * 60, "A.b_c-d", "9lives"]
    rules = [
        {
            "name": name,
            "proto": "tcp",
            "port": 1,
            "rate": {"limit": "1/day", "per": "source"},
            "connections": {"over": 1},
            "ban": "s",
            "action": "drop",
        }
        for name in names
    ]
    sets = {
        name: {"entries": ["10.0.0.0/8"]}
        for name in ("meter", "fwd", "input", "a4", "a", "x" * 24, "a-b", "c_d")
    }
    sets["s"] = {"type": "address", "dynamic": True}
    users = [{"name": f"of-{name}", "from": f"@{name}", "action": "accept"} for name in sets]
    listed = fixpoint({"sets": sets, "rules": [*rules, *users]})
    for name in names:
        assert f'comment "{name}"' in listed


@pytest.mark.parametrize("edge", EDGES)
def test_edges_of_addresses(edge):
    fixpoint(
        {
            "sets": {"s": {"entries": [edge]}},
            "rules": [
                {"name": "a", "from": edge, "action": "accept"},
                {"name": "b", "to": f"!{edge}", "action": "accept"},
                {"name": "c", "from": "@s", "action": "accept"},
            ],
        }
    )


def test_edges_of_ports():
    ports = [1, "1-2", "65535", "1-65535", [1, 65535], ["1-100", "100-200", 150], [7, 9, 11]]
    rules = [
        {"name": f"r{number}", "proto": ["tcp", "udp"], "port": port, "action": "accept"}
        for number, port in enumerate(ports)
    ]
    fixpoint({"rules": rules})


@pytest.mark.parametrize("mark", ["0", "0x0/0x1", 4294967295, "0x80000000/0x80000000", "0x10/0xf0"])
def test_marks(mark):
    fixpoint(
        {
            "mark": [{"name": "m", "mark": mark, "connection": True}],
            "rules": [{"name": "r", "fwmark": mark, "action": "accept"}],
        }
    )


ADDRESSES = st.one_of(
    st.tuples(st.integers(0, (1 << 32) - 1), st.integers(0, 32)).map(
        lambda pair: (
            ".".join(map(str, (pair[0] >> (32 - pair[1]) << (32 - pair[1])).to_bytes(4, "big")))
            + f"/{pair[1]}"
        )
    ),
    st.tuples(st.integers(0, 0xFFFF), st.integers(0, 15)).map(lambda pair: f"{pair[0]:x}:{pair[1]:x}::/32"),
)
PORTS = st.tuples(st.integers(1, 65535), st.integers(0, 20)).map(
    lambda p: f"{p[0]}-{min(65535, p[0] + p[1])}"
)
RULES = st.fixed_dictionaries(
    {"action": st.sampled_from(["accept", "drop", "reject", "return"])},
    optional={
        "hook": st.sampled_from(["input", "forward"]),
        "from": st.lists(ADDRESSES, min_size=1, max_size=6),
        "port": st.lists(PORTS, min_size=1, max_size=5),
        "in": st.lists(st.sampled_from(["eth0", "wg*", "lo", "a.1"]), min_size=1, max_size=3),
        "state": st.lists(
            st.sampled_from(["new", "established", "untracked"]), min_size=1, max_size=3, unique=True
        ),
        "log": st.just("on"),
        "fwmark": st.integers(0, 255).map(lambda n: f"{n}/0xff"),
    },
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(RULES, min_size=1, max_size=8), st.lists(ADDRESSES, max_size=20))
def test_whatever_is_said(rules, entries):
    named = [{"name": f"r{n}", "proto": ["tcp", "udp"], **rule} for n, rule in enumerate(rules)]
    fixpoint({"defaults": {"input": "drop"}, "sets": {"s": {"entries": entries}}, "rules": named})


def test_in_a_namespace(named_namespaces, tmp_path):
    """It has a firewall of its own, and ours is another."""
    quiet()
    subject = Subject(tmp_path)
    rules = [{"name": "there", "proto": "tcp", "port": 1, "action": "drop"}]
    document = {"netconf": 1, "netns": {"blue": {"firewall": {"rules": rules}}}}
    subject.apply(document)
    assert subject.plan(document) == {}
    assert '"there"' in inside("blue", lambda: LinuxNft().table("inet", "netconf"))
    assert LinuxNft().table("inet", "netconf") == ""
    rules[0]["port"] = 2
    assert subject.plan(document) == {"firewall[inet netconf]@blue": "update"}
    subject.apply(document)
    assert "dport 2 " in inside("blue", lambda: LinuxNft().table("inet", "netconf"))
    subject.rollback()
    assert "dport 1 " in inside("blue", lambda: LinuxNft().table("inet", "netconf"))
