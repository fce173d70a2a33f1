"""The table of observations, on each backend; a second plan is empty, before and after."""

from __future__ import annotations

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.hosts import three_hosts
from domains.firewall.observations import OBSERVATIONS, document, scene

BACKENDS = [pytest.param("nftables", marks=pytest.mark.needs("nft:inet"))]


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
