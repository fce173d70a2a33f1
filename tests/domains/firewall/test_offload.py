"""flow_offload: what's established goes a short way past the chains."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, accepted, run_ip, three_hosts

from netconf.app import documents, trial
from netconf.app.apply import apply_wish
from netconf.core.errors import DiagnosedError
from netconf.core.outcome import Outcome
from netconf.system.linux.nft import LinuxNft

SERVER = "192.168.1.100"


def document(between, **more):
    firewall = {
        "defaults": {"forward": "drop"},
        "rules": [{"name": "web", "hook": "forward", "proto": "tcp", "port": 80, "action": "accept"}],
        "flow_offload": {"interfaces": between},
    }
    return {"netconf": 1, "sysctl": {"net.ipv4.ip_forward": 1}, "firewall": firewall, **more}


def text():
    return LinuxNft().table("inet", "netconf")


def devices():
    return [line.strip() for line in text().splitlines() if "devices" in line]


@pytest.mark.needs("nft:flowtable")
def test_connections_take_the_short_way(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    wanted = document(["up0", "lan0"])
    with three_hosts() as (client, _, server):
        subject.apply(wanted)
        assert devices() == ["devices = { lan0, up0 }"]
        assert subject.plan(wanted) == {}
        listener = server.listen(80)
        listener.settimeout(5)
        how, near = client.connect(SERVER, 80)
        assert how == OPEN
        far = server.keep(accepted(listener)[0])
        far.settimeout(5)
        for _ in range(20):
            near.send(b"x")
            assert far.recv(1) == b"x"
        entries = subprocess.run(["conntrack", "-L"], capture_output=True, text=True, check=True).stdout
        assert [line for line in entries.splitlines() if "dport=80 " in line and "[OFFLOAD]" in line]
        counted = [line for line in text().splitlines() if "flow add @f_offload" in line]
        packets = int(counted[0].partition("packets ")[2].split()[0])
        assert 0 < packets < 20, "the others went past it"
        _changes(subject)


def _changes(subject):
    """On trial, with other interfaces, taken away."""
    wish = documents.from_plain(document(["up0"]), "document")
    applied = apply_wish(subject.host, wish, lambda _: True, trial=60.0)
    assert applied.ending.outcome is Outcome.ON_TRIAL, applied.ending
    assert devices() == ["devices = { up0 }"]
    assert trial.undo(subject.host, "").ending.outcome is Outcome.ROLLED_BACK
    assert subject.plan(document(["up0", "lan0"])) == {}
    made = {"interfaces": {"br0": {"kind": "bridge"}}}
    subject.apply(document(["br0", "up0"], **made))
    assert devices() == ["devices = { br0, up0 }"]
    assert subject.plan(document(["br0", "up0"], **made)) == {}
    run_ip("link delete br0")
    assert devices() == ["devices = { up0 }"]
    assert subject.plan(document(["br0", "up0"], **made))["offload[br0]"] == "create", (
        "it's seen and repaired"
    )
    subject.apply(document(["br0", "up0"], **made))
    assert devices() == ["devices = { br0, up0 }"]
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(["up0", "eth9"]))
    (finding,) = refused.value.diagnostics
    place = ("firewall", "flow_offload", "interfaces", 1)
    assert (finding.code, finding.where.path) == ("NC6407", place)
    assert finding.summary == "flow_offload: there is no interface eth9"
    run_ip("link add 6in4 type veth peer name x-y_1.2")
    with pytest.raises(DiagnosedError, match="nft can't take the interface 6in4"):
        subject.plan(document(["6in4", "up0"]))
    subject.apply(document(["x-y_1.2", "up0"]))
    assert subject.plan(document(["x-y_1.2", "up0"])) == {}
    subject.rollback()
    assert subject.plan(document(["br0", "up0"], **made)) == {}
    _made_again(subject)
    subject.apply({"netconf": 1})
    assert text() == ""


def _made_again(subject):
    """The kernel takes an interface out of the flowtable with the link; a table made anew has them still."""

    def tunnelled(number, **more):
        tunnel = {"kind": "vxlan", "vxlan": {"id": number, "port": 4789}}
        return document(["up0", "x0"], interfaces={"x0": tunnel}, **more)

    subject.apply(tunnelled(5))
    assert devices() == ["devices = { up0, x0 }"]
    planned = subject.plan(tunnelled(6))
    assert (planned["link[x0]"], planned["offload[x0]"]) == ("replace", "replace")
    assert "firewall[inet netconf]" not in planned
    subject.apply(tunnelled(6))
    assert devices() == ["devices = { up0, x0 }"]
    subject.rollback()
    assert devices() == ["devices = { up0, x0 }"]
    assert subject.plan(tunnelled(5)) == {}
    anew = tunnelled(6)
    anew["firewall"]["sets"] = {"bad": {"entries": ["192.0.2.0/24"]}}
    assert subject.plan(anew)["firewall[inet netconf]"] == "update"
    subject.apply(anew)
    assert devices() == ["devices = { up0, x0 }"]
    without = {**anew, "interfaces": {"x0": {"state": "absent"}}}
    with pytest.raises(DiagnosedError, match="there is no interface x0"):
        subject.plan(without)
