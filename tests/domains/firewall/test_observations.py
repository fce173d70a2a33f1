"""The table of observations, on each backend; a second plan is empty, before and after."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, accepted, three_hosts
from domains.firewall.observations import CLIENT, OBSERVATIONS, SERVER, SYSCTL, document, scene

BACKENDS = [
    pytest.param("nftables", marks=pytest.mark.needs("nft:inet")),
    pytest.param("iptables", marks=pytest.mark.needs("xtables:4", "xtables:6")),
]


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_packets_come_to(backend, netns, tmp_path):
    quiet()
    subject, wanted = Subject(tmp_path), document(backend)
    with three_hosts() as hosts, scene(hosts) as there:
        subject.apply(wanted)
        assert subject.plan(wanted) == {}
        found = {name: tried(there) for name, tried, _ in OBSERVATIONS}
        expected = {name: wanted for name, _, wanted in OBSERVATIONS}
        assert [(name, found[name], expected[name]) for name in found if found[name] != expected[name]] == []
        assert subject.plan(wanted) == {}
        subject.rollback(to=0)
        assert there.client.tcp("198.51.100.1", 8080) == "open"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_syn_proxy_for_a_server_behind(backend, netns, tmp_path):
    """The server sees a connection only when the client has finished its handshake with the proxy."""
    quiet()
    rules = [{"name": "web", "hook": "forward", "proto": "tcp", "port": 8443, "action": "accept"}]
    firewall = {
        "backend": backend,
        "defaults": {"forward": "drop"},
        "syn_protect": [{"name": "syn", "port": 8443, "hook": "forward"}],
        "rules": rules,
    }
    with three_hosts() as (client, _, server):
        Subject(tmp_path).apply({"netconf": 1, "sysctl": SYSCTL, "firewall": firewall})
        listener = server.listen(8443)
        listener.settimeout(5)
        how, near = client.connect(SERVER, 8443)
        far, sender = accepted(listener)
        with near, far:
            near.send(b"x")
            far.settimeout(5)
            assert (how, sender, far.recv(1)) == (OPEN, CLIENT, b"x")
        valid = [
            int(line.split()[3], 16)
            for line in Path("/proc/thread-self/net/stat/synproxy").read_text().splitlines()[1:]
        ]
        assert sum(valid) == 1
