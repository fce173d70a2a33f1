"""L2TPv3 as `ip l2tp` shows it: every field, tunnels that sessions share, and the way back.

iproute2 shows the cookies of one session for the next, too: each is asked for by itself.
"""

from __future__ import annotations

import json
import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import ApplyError, DiagnosedError
from netconf.domains.link.l2tp import live
from netconf.domains.link.l2tp.operation import AddTunnel
from netconf.system import linux
from netconf.system.ports import L2tpTunnel

in_kernel = pytest.mark.needs("l2tp:udp", "l2tp:ip", "link:dummy")
BELOW = {
    "kind": "dummy",
    "address": "02:00:00:00:00:01",
    "addresses": ["192.0.2.1/24", "192.0.2.3/24", "2001:db8::1/64"],
}
UDP = {"encap": "udp", "local": "192.0.2.1", "remote": "192.0.2.2", "udp_sport": 1701, "udp_dport": 1702}
UDP6 = {**UDP, "local": "2001:db8::1", "remote": "2001:db8::2"}
IP = {"encap": "ip", "local": "192.0.2.1", "remote": "192.0.2.2"}


def session(tunnel=UDP, **fields):
    ids = {"tunnel_id": 7, "peer_tunnel_id": 8, "session_id": 9, "peer_session_id": 10}
    return {"kind": "l2tp", "address": "02:00:00:00:00:02", "l2tp": {**ids, **tunnel, **fields}}


def document(**links):
    return {"netconf": 1, "interfaces": {"d0": BELOW, **links}}


def shown(name="l0"):
    """What iproute2 says of a session and its tunnel, in the words of documents."""
    every = ask("session")
    found = next((one for one in every if one["interface"] == name), None)
    if found is None:
        return None
    one = of(found, "session", "tunnel_id", "session_id")
    tunnel = of(found, "tunnel", "tunnel_id")
    seq = (("send_seq" in one) << 1) | ("recv_seq" in one)
    switches = {"udp_csum": "checksum", "udp6_csum_tx": "checksum_tx", "udp6_csum_rx": "checksum_rx"}
    return {
        "tunnel_id": tunnel["tunnel_id"],
        "peer_tunnel_id": tunnel["peer_tunnel"],
        "encap": tunnel["encap"].lower(),
        "local": tunnel["local"],
        "remote": tunnel["peer"],
        "udp_sport": tunnel.get("local_port"),
        "udp_dport": tunnel.get("peer_port"),
        **{word: {True: "on", False: "off"}.get(tunnel.get(name)) for word, name in switches.items()},
        "session_id": one["session_id"],
        "peer_session_id": one["peer_session_id"],
        "cookie": one.get("cookie", "none"),
        "peer_cookie": one.get("peer_cookie", "none"),
        "seq": ("none", "recv", "send", "both")[seq],
    }


def of(found, what, *keys):
    """The one that is asked for; iproute2 may show more."""
    words = " ".join(f"{key} {found[key]}" for key in keys)
    return next(one for one in ask(f"{what} {words}") if all(one[key] == found[key] for key in keys))


def ask(what):
    done = subprocess.run(
        ["ip", "-j", "l2tp", "show", *what.split()], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout or "[]")


def everything():
    """All of the namespace; a session that was made again stands behind the others."""
    found = snapshot()
    for what in ("link show", "addr show"):
        found[what].sort(key=lambda one: str(one["ifname"]))
    names = [one["interface"] for one in ask("session")]
    return {**found, "tunnels": ask("tunnel"), "sessions": {name: shown(name) for name in names}}


def planned(subject, wish):
    """Without the sysctls of links that are made again."""
    return {key: action for key, action in subject.plan(wish).items() if not key.startswith("sysctl")}


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path / "state")


OF_SESSION = {"link[l0]": "replace", "admin-up[l0]": "replace"}
OF_TUNNEL = {**OF_SESSION, "l2tp-tunnel[7]": "replace"}
STEPS = {
    "UDP": (
        UDP,
        [
            ({"peer_tunnel_id": 4294967295}, OF_TUNNEL),
            ({"local": "192.0.2.3"}, OF_TUNNEL),
            ({"remote": "192.0.2.4"}, OF_TUNNEL),
            ({"udp_sport": 65535}, OF_TUNNEL),
            ({"udp_dport": 1}, OF_TUNNEL),
            ({"udp_csum": "on"}, OF_TUNNEL),
            ({"udp_csum": "off"}, OF_TUNNEL),
            ({"tunnel_id": 4294967295}, {**OF_SESSION, "l2tp-tunnel[7]": "delete", "l2tp-tunnel[4294967295]": "create"}),
        ],
    ),
    "UDP over IPv6": (
        UDP6,
        [
            ({"udp6_csum_tx": "off"}, OF_TUNNEL),
            ({"udp6_csum_rx": "off"}, OF_TUNNEL),
            ({"udp6_csum_tx": "on"}, OF_TUNNEL),
            ({"udp6_csum_rx": "on"}, OF_TUNNEL),
        ],
    ),
    "IP": (
        IP,
        [
            ({"session_id": 4294967295}, OF_SESSION),
            ({"peer_session_id": 4294967295}, OF_SESSION),
            ({"cookie": "0a0b0c0d"}, OF_SESSION),
            ({"peer_cookie": "0102030405060708"}, OF_SESSION),
            ({"cookie": "none"}, OF_SESSION),
        ],
    ),
    "numbers of packets": (
        IP,
        [
            ({"seq": "send"}, OF_SESSION),
            ({"seq": "recv"}, OF_SESSION),
            ({"seq": "both"}, OF_SESSION),
            ({"seq": "none"}, OF_SESSION),
            ({"encap": "udp", "udp_sport": 1701, "udp_dport": 1702}, OF_TUNNEL),
        ],
    ),
}  # fmt: skip


@in_kernel
@pytest.mark.parametrize("case", STEPS)
def test_field(case, subject):
    """One after the other, each with what was before."""
    fields, steps = STEPS[case]
    subject.apply(document())
    before = everything()
    subject.apply(document(l0=session(fields)))
    first = everything()
    wanted = dict(fields)
    for step, expected in steps:
        wanted |= step
        assert planned(subject, document(l0=session(wanted))) == expected
        subject.apply(document(l0=session(wanted)))
        told = shown()
        assert {name: told[name] for name in wanted} == wanted
    assert subject.plan(document(l0=session(wanted))) == {}
    subject.rollback(to=2)
    assert differences(first, everything()) == []
    subject.apply(document())
    assert differences(before, everything()) == []


@in_kernel
def test_sublayer(subject):
    """The kernel doesn't tell of it, but its MTU does: there are four octets less without."""
    subject.apply(document(l0=session(IP, l2spec_type="default")))
    (most,) = [link["mtu"] for link in ip_json("link show dev l0") if link]
    assert planned(subject, document(l0=session(IP, l2spec_type="none"))) == OF_SESSION
    subject.apply(document(l0=session(IP), l1=session(IP, session_id=11, l2spec_type="none")))
    (other,) = [link["mtu"] for link in ip_json("link show dev l1") if link]
    assert other == most + 4
    assert subject.plan(document(l1=session(IP, session_id=11, l2spec_type="none"), l0=session(IP))) == {}


@in_kernel
def test_sessions_of_one_tunnel(subject):
    """It's there before the first and goes after the last; another end makes both of them again."""
    one, two = session(), session(session_id=11, peer_session_id=12)
    subject.apply(document(l0=one))
    assert subject.plan(document(l0=one, l1=two)) == {"link[l1]": "create", "admin-up[l1]": "create"}
    subject.apply(document(l0=one, l1=two))
    two["addresses"] = ["10.0.0.1/30"]
    subject.apply(document(l0=one, l1=two))
    before = everything()

    moved = {"remote": "192.0.2.9"}
    other_end = document(l0=session(**moved), l1={**two, "l2tp": {**two["l2tp"], **moved}})
    assert {key for key, action in planned(subject, other_end).items() if action == "replace"} >= {
        "l2tp-tunnel[7]", "link[l0]", "link[l1]", "address[l1 10.0.0.1/30]",
    }  # fmt: skip
    subject.apply(other_end)
    assert {shown(name)["remote"] for name in ("l0", "l1")} == {"192.0.2.9"}
    subject.rollback()
    assert differences(before, everything()) == []

    subject.apply(document(l1=two))
    assert shown("l0") is None
    assert shown("l1")["tunnel_id"] == 7
    assert planned(subject, document()) == {
        "l2tp-tunnel[7]": "delete", "link[l1]": "delete", "admin-up[l1]": "delete", "address[l1 10.0.0.1/30]": "delete",
    }  # fmt: skip
    subject.apply(document())
    assert ask("tunnel") == []


@in_kernel
def test_failure_is_undone(subject, monkeypatch):
    subject.apply(document(l0=session()))
    before = everything()
    changed = document(l0=session(udp_dport=99), l1=session(udp_dport=99, session_id=11))
    real = live.apply

    def fail(operations, system):
        if any(operation.describe() == "create l2tp l1" for operation in operations):
            raise ApplyError("no")
        real(operations, system)

    monkeypatch.setattr(live, "apply", fail)
    with pytest.raises(AssertionError, match="rolled-back"):
        subject.apply(changed)
    assert differences(before, everything()) == []


@in_kernel
def test_sessions_of_others(subject):
    """Those of another program: described as they are they stay, and what the kernel doesn't tell isn't guessed."""
    subject.apply(document())
    for line in (
        "tunnel tunnel_id 7 peer_tunnel_id 8 local 192.0.2.1 remote 192.0.2.2 encap ip",
        "session name l0 tunnel_id 7 session_id 9 peer_session_id 10 l2spec_type none",
    ):
        subprocess.run(["ip", "l2tp", "add", *line.split()], check=True)
    captured = subject.capture()["interfaces"]["l0"]["l2tp"]
    assert captured == {
        "tunnel_id": 7, "peer_tunnel_id": 8, "session_id": 9, "peer_session_id": 10,
        "cookie": "none", "peer_cookie": "none", "seq": "none", **IP,
    }  # fmt: skip
    as_it_is = session(IP)
    subject.apply(document(l0=as_it_is))
    for wish in (session(IP, seq="both"), session(IP, l2spec_type="none"), {"state": "absent"}):
        with pytest.raises(DiagnosedError) as refused:
            subject.plan(document(l0=wish))
        assert "NC5107" in {finding.code for finding in refused.value.diagnostics}
    subject.apply(document())
    assert shown()["session_id"] == 9


@in_kernel
def test_a_session_whose_link_was_renamed(subject):
    subject.apply(document(l0=session()))
    subprocess.run(["ip", "link", "set", "l0", "down"], check=True)
    subprocess.run(["ip", "link", "set", "l0", "name", "other"], check=True)
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(l0=session()))
    assert "NC2136" in {finding.code for finding in refused.value.diagnostics}


@in_kernel
def test_a_way_that_comes_with_the_document(subject):
    """The kernel wants a local address and a way to the other end: both may be of the same document, as may an address
    that's looked for duplicates of.
    """
    far = session({**UDP, "remote": "203.0.113.9"})
    wanted = document(
        l0={**far, "addresses": ["10.0.0.1/30"]},
        l1=session({**UDP6, "remote": "2001:db8:9::1"}, tunnel_id=9, session_id=30, udp_sport=1703),
    )
    wanted["routes"] = [
        {"to": "203.0.113.0/24", "via": "192.0.2.2"},
        {"to": "2001:db8:9::/48", "via": "2001:db8::2"},
        {"to": "default", "via": "10.0.0.2"},
    ]
    wanted["sysctl"] = {"net.ipv6.conf.default.accept_dad": 1}
    empty = everything()
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    subject.rollback()
    assert differences(empty, everything()) == []


@in_kernel
def test_an_address_that_is_nobodys(subject):
    subject.apply(document())
    with pytest.raises(AssertionError, match=r"192\.0\.2\.77 has to be an address of this host"):
        subject.apply(document(l0=session(local="192.0.2.77")))
    assert ask("tunnel") == []


@in_kernel
def test_in_another_namespace(named_namespaces, tmp_path):
    """It's made there, with its tunnel."""
    subject = Subject(tmp_path / "state")
    below = {"kind": "veth", "veth": {"peer": "p0"}, "netns": "zz9", "addresses": ["192.0.2.1/24"]}
    still = {"net.ipv6.conf.default.accept_dad": 0, "net.ipv6.conf.default.addr_gen_mode": 1}
    wanted = {
        "netconf": 1,
        "netns": {"zz9": {"sysctl": still}},
        "interfaces": {"v0": below, "l0": {**session(), "netns": "zz9"}},
    }
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    assert ask("tunnel") == []
    there = subprocess.run(
        ["ip", "-n", "zz9", "-j", "l2tp", "show", "session"], check=True, capture_output=True, text=True
    )
    assert [one["interface"] for one in json.loads(there.stdout)] == ["l0"]
    wanted["interfaces"]["l0"]["l2tp"]["l2spec_type"] = "none"
    assert "link[l0]@zz9" in subject.plan(wanted)
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    subject.rollback(to=0)


def test_a_kernel_without(netns, tmp_path):
    """On this one if it has none: told before anything is done."""
    if not linux.system().l2tp.refused("udp", v6=False):
        assert linux.system().l2tp.add_tunnel(L2tpTunnel(1, 1, "udp", "127.0.0.1", "127.0.0.1", 1, 1)) is None
        return
    quiet()
    subject, before = Subject(tmp_path / "state"), snapshot()
    wanted = {"netconf": 1, "interfaces": {"i0": {"kind": "ifb"}, "l0": session()}}
    for act in (subject.plan, subject.apply):
        with pytest.raises(DiagnosedError) as refused:
            act(wanted)
        assert "NC6913" in {finding.code for finding in refused.value.diagnostics}
    assert differences(before, snapshot()) == []


def test_commands_are_those_of_iproute2():
    tunnel = AddTunnel(L2tpTunnel(1, 2, "udp", "2001:db8::1", "2001:db8::2", 3, 4, udp6_csum_tx=False))
    assert tunnel.commands()[-1] == (
        "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 2 encap udp local 2001:db8::1 remote 2001:db8::2 "
        "udp_sport 3 udp_dport 4 udp6_csum_tx off"
    )
