"""Whoever is at work stays in: sessions go on, and a firewall that would refuse a new one is refused itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from contract.snapshot import NET, quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, TIMEOUT, accepted, three_hosts

from netconf.core.outcome import ExitStatus
from netconf.system.linux.nft import LinuxNft
from netconf.system.ports import Session

pytestmark = pytest.mark.needs("nft:inet")

HOST, CLIENT = "198.51.100.1", "198.51.100.2"
CLOSED = {"netconf": 1, "firewall": {"defaults": {"input": "drop"}}}
SESSION = f"{CLIENT} 50000 {HOST} 2222"


@pytest.fixture
def hosts(netns):
    quiet()
    with three_hosts() as found:
        yield found


def netconf(document, folder, *, session=SESSION, wrap=()):
    """As a process of its own, as somebody would run it who came by SSH."""
    file = folder / "host.yml"
    file.write_text(document)
    environment = {**os.environ, "SSH_CONNECTION": session}
    words = [*wrap, sys.executable, "-m", "netconf", "apply", "--yes", "--state-dir", folder / "state", file]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def test_who_would_be_locked_out_is_told_so(hosts, tmp_path):
    done = netconf("netconf: 1\nfirewall: {defaults: {input: drop}}\n", tmp_path)
    assert done.returncode == ExitStatus.REFUSED == 5
    assert "NC5401" in done.stderr
    assert f"{CLIENT} to {HOST} port 2222" in done.stderr
    assert f"management: [{{port: 2222, from: {CLIENT}}}]" in done.stderr
    assert LinuxNft().table("inet", "netconf") == ""


def test_also_through_a_shell_that_drops_the_variable(hosts, tmp_path):
    wrap = ["sh", "-c", 'env -u SSH_CONNECTION "$@"; exit $?', "sh"]
    done = netconf("netconf: 1\nfirewall: {defaults: {input: drop}}\n", tmp_path, wrap=wrap)
    assert (done.returncode, "NC5401" in done.stderr) == (5, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "{management: [{port: 2222}], defaults: {input: drop}}",
        "{defaults: {input: drop}, rules: [{name: ssh, proto: tcp, port: 2222, in: up0, action: accept}]}",
        "{defaults: {input: drop}, sets: {us: {}}, rules: [{name: us, from: '!@us', action: accept}]}",
        "{rules: [{name: no-8080, proto: tcp, port: 8080, action: drop}]}",
    ],
    ids=["management", "rule", "set", "open"],
)
def test_who_could_get_in_again_is_not_refused(words, hosts, tmp_path):
    done = netconf(f"netconf: 1\nfirewall: {words}\n", tmp_path)
    assert (done.returncode, done.stderr.replace("Applied and verified: generation 1.\n", "")) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "{defaults: {input: drop}, rules: [{name: ssh, proto: tcp, port: 2222, in: lan0, action: accept}]}",
        "{defaults: {output: drop, established: off}}",
        "{nat: [{name: away, type: dnat, proto: tcp, port: 2222, to: 192.168.1.100}]}",
        "{rules: [{name: all, action: reject}]}",
    ],
    ids=["another-link", "answers", "translated", "rejected"],
)
def test_who_could_not_is(words, hosts, tmp_path):
    done = netconf(f"netconf: 1\nfirewall: {words}\n", tmp_path)
    assert (done.returncode, "NC5401" in done.stderr) == (5, True)


def test_management_is_not_translated(hosts, tmp_path):
    words = "{management: [{port: 2222}], nat: [{name: away, type: dnat, proto: tcp, port: 2222, to: 192.168.1.100}]}"
    done = netconf(f"netconf: 1\nfirewall: {words}\n", tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("session", ["203.0.113.7 50000 203.0.113.1 22", "127.0.0.1 50000 127.0.0.1 22"])
def test_a_session_of_another_namespace_or_of_this_host_is_nobodys(session, hosts, tmp_path):
    done = netconf("netconf: 1\nfirewall: {defaults: {input: drop}}\n", tmp_path, session=session)
    assert done.returncode == 0
    assert "NC2985" in done.stderr


@pytest.mark.parametrize("peer", ["198.51.100.7", "2001:db8::7"])
def test_a_trial_is_about_the_link_and_the_peer(peer):
    local = "2001:db8:1::1" if ":" in peer else "192.0.2.1"
    for rule, expected in (
        ('iifname "wan" tcp dport 22 accept', True),
        ('iifname "lan" tcp dport 22 accept', False),
        ("tcp dport 23 accept", False),
        (f"{'ip6' if ':' in peer else 'ip'} saddr {peer} accept", True),
        ("counter reject with tcp reset", False),
    ):
        chain = f"type filter hook input priority filter; policy drop;\n{rule}"
        script = f"table inet netconf {{\nchain c_input {{\n{chain}\n}}\n}}\n"
        assert LinuxNft().admits(script, Session(peer, local, 22), "wan") is expected, rule


def sessions(client, host):
    """A connection each way, as (near end, far end): from the client, and from the host."""
    listener = host.listen(2222)
    _, near = client.connect(HOST, 2222)
    far, _ = accepted(listener)
    out = client.listen(5001)
    _, mine = host.connect(CLIENT, 5001)
    theirs, _ = accepted(out)
    return (near, far), (mine, theirs)


def is_alive(one, other):
    """Each end says something, this one first."""
    for speaks, hears in ((one, other), (other, one)):
        hears.settimeout(0.7)
        speaks.send(b"x")
        try:
            hears.recv(1)
        except TimeoutError:
            return False
    return True


@pytest.mark.parametrize("loose", ["0", "1"])
def test_sessions_go_on_when_the_first_firewall_comes(loose, hosts, tmp_path):
    client, host, _ = hosts
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text(loose)
    (near, far), (mine, theirs) = sessions(client, host)
    Subject(tmp_path).apply(CLOSED)
    assert is_alive(near, far)
    assert is_alive(theirs, mine)
    assert client.tcp(HOST, 2222) == TIMEOUT
    for end in (near, far, mine, theirs):
        end.close()


def test_they_would_not_by_the_rules_alone(hosts, tmp_path):
    """What's proven above is due to their being made known before."""
    client, host, _ = hosts
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text("0")
    (near, far), others = sessions(client, host)
    [script] = Subject(tmp_path).commands(CLOSED)
    assert LinuxNft().load("\n".join(script.splitlines()[1:-1]) + "\n") is None
    assert not is_alive(near, far)
    for end in (near, far, *others):
        end.close()


def test_management_needs_no_tracking(hosts, tmp_path):
    client, host, _ = hosts
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text("0")
    (near, far), others = sessions(client, host)
    document = {**CLOSED, "firewall": {**CLOSED["firewall"], "management": [{"port": 2222}]}}
    [script] = Subject(tmp_path).commands(document)
    assert LinuxNft().load("\n".join(script.splitlines()[1:-1]) + "\n") is None
    assert is_alive(near, far)
    assert client.tcp(HOST, 2222) == OPEN
    for end in (near, far, *others):
        end.close()


def test_nobody_is_at_work():
    code = "from netconf.system.linux.session import LinuxSessions as S; print(S().current())"
    words = ["env", "SSH_CONNECTION=192.0.2.1 1 2001:db8::1%eth0 22", sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert done.stdout == "Session(peer='192.0.2.1', local='2001:db8::1', port=22)\n"
