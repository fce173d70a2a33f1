"""`plan` asks the kernel and nothing else. Seen by strace, so that nothing gets past a fake."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from cli import harness
from lab import needs

from netconf.domains.link.spec import LinkKind

TRACE = [
    "strace",
    "-f",
    "-qq",
    "-s",
    "128",
    "-e",
    "trace=unshare,setns,sendto,sendmsg,sendmmsg,openat,mkdir,mkdirat",
]
DOCUMENT = """
netconf: 1
interfaces:
  br0: {kind: bridge, addresses: [192.0.2.1/24], sysctl: {ipv4.rp_filter: 1}}
  v0: {kind: veth, veth: {peer: v1}, master: br0, mtu: 1400}
  old: {state: absent}
  there: {mtu: 1400, alias: x, state: up}
routes: [{to: 10.0.0.0/8, via: 192.0.2.2}]
sysctl: {net.ipv4.ip_forward: 1}
"""


@pytest.fixture
def trace(host, state, write, tmp_path):
    """The lines of the system calls of one command."""
    harness.shell("ip link add name old type veth peer name far\nip link add name there type bridge")

    def trace(*argv: str) -> list[str]:
        write(DOCUMENT)
        log = tmp_path / "trace"
        done = harness.process(*argv, "--state-dir", str(state), "host.yml", before=[*TRACE, "-o", str(log)])
        assert done.status == 0, done.err
        return log.read_text().splitlines()

    return trace


QUESTION = re.compile(r'nlmsg_type=(?:nlctrl,|mptcp_pm,[^"]*"\\x0[36])')
"""Of generic netlink: nlctrl can only be asked; MPTCP_PM_CMD_GET_ADDR and GET_LIMITS of linux/mptcp_pm.h."""


@pytest.mark.needs("bin:strace")
def test_no_message_but_questions(trace):
    """What kinds the kernel has is tried, in a namespace that ends with the thread that made it."""
    elsewhere: set[str] = set()
    asked = 0
    for line in trace("plan"):
        thread = line.split()[0]
        if "unshare(CLONE_NEWNET)" in line:
            elsewhere.add(thread)
        for kind in re.findall(r"nlmsg_type=([^,]*),", line):
            if thread not in elsewhere:
                assert kind.startswith("RTM_GET") or QUESTION.search(line), line
                asked += 1
    assert asked > 3


@pytest.mark.needs("bin:strace")
def test_no_file_is_opened_for_writing(trace, state):
    for line in trace("plan", "--json"):
        name = re.search(r'"([^"]*)"', line)
        if "openat" in line and re.search("O_WRONLY|O_RDWR|O_CREAT", line):
            assert name is not None
            assert name[1] in ("/dev/null", "/dev/net/tun"), line
        assert "mkdir" not in line
    assert not state.exists()


@pytest.mark.needs("bin:strace")
def test_the_trace_sees_an_apply(trace):
    """That the two tests above could fail."""
    lines = trace("apply", "-q")
    assert any("RTM_NEWLINK" in line or "nlmsg_type=0x10" in line for line in lines)
    assert any("/proc/sys/net/ipv4/ip_forward" in line and "O_WRONLY" in line for line in lines)


def test_the_namespace_is_the_same(host, state, write):
    harness.shell("ip link add name old type veth peer name far\nip link add name there type bridge")
    write(DOCUMENT)
    before = harness.namespace()
    for options in ([], ["--json"], ["--commands"], ["--out", "plan.json"]):
        assert host("plan", *options, "host.yml").status == 0
        assert harness.namespace() == before
    assert not state.exists()


SECTIONS = {
    "vlan": "vlan: {parent: p, id: 5}",
    "macvlan": "macvlan: {parent: p}",
    "vxlan": "vxlan: {id: 5, port: 4789}",
    "veth": "veth: {peer: y}",
    "netkit": "netkit: {peer: y}",
    "vrf": "vrf: {table: 100}",
    "geneve": "geneve: {id: 5, remote: 192.0.2.1}",
    "macsec": "macsec: {parent: p, port: 5}",
    "xfrm": "xfrm: {if_id: 5}",
    **{kind: f"{kind}: {{parent: p}}" for kind in ("macvtap", "ipvlan")},
    **{kind: f"{kind}: {{local: 192.0.2.1}}" for kind in ("gre", "gretap", "ipip", "sit", "vti")},
    **{kind: f'{kind}: {{local: "2001:db8::1"}}' for kind in ("ip6gre", "ip6gretap", "ip6tnl", "vti6")},
    "l2tp": "l2tp: {tunnel_id: 1, peer_tunnel_id: 1, encap: ip, local: 192.0.2.1, remote: 192.0.2.2, session_id: 1, peer_session_id: 1}",
    "erspan": "erspan: {version: 1, okey: 1, local: 192.0.2.1}",
    "ip6erspan": 'ip6erspan: {version: 1, okey: 1, local: "2001:db8::1"}',
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", get_args(LinkKind))
def test_a_kind_the_kernel_lacks_is_found_before_anything_is_done(kind, host, write):
    """69 if and only if the kernel can't make one, whatever this kernel has."""
    harness.shell("ip link add name p type veth peer name q\nip link set dev p up")
    section = f", {SECTIONS[kind]}" if kind in SECTIONS else ""
    write(f"netconf: 1\ninterfaces:\n  other: {{kind: bridge}}\n  x: {{kind: {kind}{section}}}\n")
    before = harness.namespace()
    done = host("plan", "host.yml")
    assert harness.namespace() == before
    need = "l2tp:ip" if kind == "l2tp" else f"link:{kind}"
    if (kind in needs.KINDS or kind == "l2tp") and not needs.met([need], needs.HOST):
        assert done.status == host("apply", "host.yml").status == 69
        links = "x, y" if kind == "netkit" else "x"
        told = f"NC6901] host.yml:4:6: interfaces.x: this kernel can't make links of kind {kind} ({links})"
        if kind == "l2tp":
            told = "NC6913] host.yml:4:37: interfaces.x.l2tp.tunnel_id: this kernel can't make L2TPv3 tunnels over ip (1)"
        assert f"error[{told}" in done.err
        assert "  why: " in done.err
        assert "  fix: load or build in " in done.err
        assert harness.namespace() == before
    else:
        assert done.status == 0, done.err
