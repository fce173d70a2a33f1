"""What this host can't do, or nft doesn't take, is refused before anything is done: with the rule and its place."""

from __future__ import annotations

import pytest
from contract.snapshot import NET, quiet
from contract.subject import Subject

from netconf.app import documents
from netconf.core.errors import DiagnosedError, PlanError, UnsupportedError
from netconf.inventory.files import FileContent
from netconf.system.linux.nft import LinuxNft


def refusal(folder, text, kind):
    """The one finding, with its place in the file."""
    content = FileContent("host.yml", text.encode(), "")
    host = Subject(folder).host
    from netconf.app.plan import plan_wish

    with pytest.raises(kind) as caught:
        plan_wish(host, documents.from_content(content), host.peek_state())
    assert type(caught.value) is kind
    (finding,) = caught.value.diagnostics
    assert finding.detail
    assert finding.hint
    return finding


@pytest.fixture
def here(netns):
    quiet()


NO_FLOWTABLES = """\
netconf: 1
firewall:
  rules: [{name: a, action: accept}]
  flow_offload: {interfaces: [lo]}
"""
RAW = """\
netconf: 1
firewall:
  backend: nftables
  raw:
    nft:
      input:
        - tcp dport 22 accept
        - tcp dprt 22 accept
"""
WRONG_HELPER = """\
netconf: 1
firewall:
  helpers:
    - {name: right, helper: tftp, proto: udp, port: 69}
    - {name: wrong, helper: tftp, proto: tcp, port: 69}
"""


@pytest.mark.needs("nft:inet")
def test_flowtables(here, tmp_path):
    finding = refusal(tmp_path, NO_FLOWTABLES, UnsupportedError)
    assert (finding.code, finding.where.line) == ("NC6401", 4)
    assert finding.summary == "this kernel doesn't take it: No such file or directory"


@pytest.mark.needs("nft:inet")
def test_raw_rules(here, tmp_path):
    finding = refusal(tmp_path, RAW, PlanError)
    assert (finding.code, finding.where.line) == ("NC2970", 8)
    assert finding.detail == "what is written for it: tcp dprt 22 accept"


@pytest.mark.needs("nft:inet")
def test_helper_of_another_protocol(here, tmp_path):
    finding = refusal(tmp_path, WRONG_HELPER, UnsupportedError)
    assert (finding.code, finding.where.line) == ("NC6401", 5)


@pytest.mark.needs("nft:inet")
def test_syn_protection_without_its_sysctls(here, tmp_path):
    text = "netconf: 1\nfirewall:\n  syn_protect: [{name: web, port: 443}]\n"
    (NET / "ipv4/tcp_timestamps").write_text("1")
    (NET / "ipv4/tcp_syncookies").write_text("1")
    (NET / "netfilter/nf_conntrack_tcp_loose").write_text("1")
    finding = refusal(tmp_path, text, UnsupportedError)
    assert (finding.code, finding.where.line) == ("NC6402", 3)
    assert "nf_conntrack_tcp_loose to be 0, and it's 1" in finding.summary
    subject = Subject(tmp_path)
    firewall = {"syn_protect": [{"name": "web", "port": 443}]}
    sysctl = {"net.netfilter.nf_conntrack_tcp_loose": 0}
    assert len(subject.plan({"netconf": 1, "sysctl": sysctl, "firewall": firewall})) == 2


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (None, "NC2971", "there is no file"),
        (b"\xff", "NC2971", "can't be read"),
        (b"10.0.0.0/8\n# all\n10.0.0.5/24\n", "NC2972", ":3: 10.0.0.5/24 has host bits set"),
        (b"\nexample.org # a name\n", "NC2972", ':2: "example.org" is not an address'),
    ],
    ids=["missing", "not-text", "host-bits", "name"],
)
def test_files_of_sets(content, code, said, here, tmp_path):
    file = tmp_path / "bad.txt"
    if content is not None:
        file.write_bytes(content)
    text = f"netconf: 1\nfirewall:\n  sets:\n    bad:\n      file: {file}\n"
    finding = refusal(tmp_path / "state", text, PlanError)
    assert (finding.code, finding.where.line) == (code, 5)
    assert said in finding.summary


@pytest.mark.needs("nft:inet")
def test_members_of_a_file(here, tmp_path):
    """Both families, joined with those of the document, and read again for each plan."""
    file = tmp_path / "bad.txt"
    file.write_text("10.0.0.0/9  # half\n\n2001:db8::1-2001:db8::2\n192.0.2.7\n")
    sets = {"bad": {"entries": ["10.128.0.0/9"], "file": str(file)}}
    rules = [{"name": "bad", "from": "@bad", "action": "drop"}]
    document = {"netconf": 1, "firewall": {"sets": sets, "rules": rules}}
    subject = Subject(tmp_path / "state")
    subject.apply(document)
    listed = LinuxNft().table("inet", "netconf")
    assert "elements = { 10.0.0.0/8, 192.0.2.7 }" in listed
    assert "2001:db8::1" in listed
    assert subject.plan(document) == {}
    file.write_text("192.0.2.8\n")
    assert subject.plan(document) == {"firewall[inet netconf]": "update"}
    subject.apply(document)
    assert "elements = { 10.128.0.0/9, 192.0.2.8 }" in LinuxNft().table("inet", "netconf")
    subject.rollback()
    assert "elements = { 10.0.0.0/8, 192.0.2.7 }" in LinuxNft().table("inet", "netconf")


@pytest.mark.needs("guest")
def test_a_kernel_without_the_family(tmp_path):
    """Debian's user-mode kernel has nftables, and no family inet."""
    rules = [{"name": "a", "action": "accept"}]
    with pytest.raises(DiagnosedError) as caught:
        Subject(tmp_path).plan({"netconf": 1, "firewall": {"backend": "nftables", "rules": rules}})
    assert [finding.code for finding in caught.value.diagnostics] == ["NC6401"]
    plan = Subject(tmp_path).plan({"netconf": 1, "firewall": {"rules": rules}})
    assert [key.partition("[")[0] for key in plan] == ["iptables"]
