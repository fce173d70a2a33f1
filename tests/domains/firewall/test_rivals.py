"""Other services that look after a firewall are named, with what they do and what to do about them."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

from netconf.app import documents
from netconf.app.plan import plan_wish
from netconf.core.errors import DiagnosedError
from netconf.domains.firewall.rivals import RIVALS
from netconf.inventory.files import FileContent
from netconf.system.linux import supervisor
from netconf.system.linux.nft import LinuxNft
from netconf.system.linux.process import LinuxProcess
from netconf.system.linux.supervisor import LinuxSupervisor
from netconf.system.linux.xtables import LinuxXtables
from netconf.system.ports import NftComplaint

TEXT = "netconf: 1\nfirewall:\n  rules: [{name: a, action: accept}]\n"

# As systemctl(1): a line for each unit, and an exit status that only says whether all are active.
SYSTEMCTL = """\
#!/bin/sh
[ "$1 $2" = "is-active --" ] || exit 64
shift 2
status=0
for unit; do
    state=$(cat "$STATES/$unit" 2>/dev/null || echo inactive)
    echo "$state"
    [ "$state" = active ] || status=3
done
exit $status
"""


@pytest.fixture
def states(tmp_path, monkeypatch):
    """A folder with a file for each unit: a host whose service manager answers so."""
    folder = tmp_path / "states"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(SYSTEMCTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("STATES", str(folder))
    monkeypatch.setattr(supervisor, "RUNS", folder)
    return folder


def active():
    return LinuxSupervisor(LinuxProcess()).active(tuple(RIVALS))


def test_what_is_active(states):
    assert active() == ()
    (states / "ufw.service").write_text("active\n")
    (states / "nftables.service").write_text("activating\n")
    (states / "firewalld.service").write_text("failed\n")
    assert active() == ("ufw.service", "nftables.service")


def test_a_manager_that_doesnt_answer(states):
    (states / "systemctl").write_text("#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
    assert active() == ()
    (states / "systemctl").unlink()
    assert active() == (), "the one of this machine, which isn't run by it"


def test_without_a_manager_nobody_is_asked(states, monkeypatch):
    (states / "ufw.service").write_text("active\n")
    monkeypatch.setattr(supervisor, "RUNS", states / "none")
    assert active() == ()


class First:
    """The kernel as it is, of a host's first network namespace."""

    def __init__(self, kernel):
        self._kernel = kernel

    def __getattr__(self, name):
        return getattr(self._kernel, name)

    def initial_namespace(self):
        return True


def warnings(subject, text, *, first):
    host = subject.host
    wish = documents.from_content(FileContent("host.yml", text.encode(), ""))
    state = host.peek_state()
    if first:
        host.system = replace(host.system, kernel=First(host.system.kernel))
    return plan_wish(host, wish, state).diagnostics


@pytest.mark.needs("nft:inet")
def test_they_are_named(states, netns, tmp_path):
    quiet()
    subject = Subject(tmp_path / "state")
    for unit in RIVALS:
        (states / unit).write_text("active\n")
    found = warnings(subject, TEXT, first=True)
    assert [(one.code, one.summary) for one in found] == [
        ("NC2983", f"{unit} is active on this host") for unit in RIVALS
    ]
    assert {(one.where.line, one.where.column, str(one.where.path)) for one in found} == {
        (3, 3, "('firewall',)")
    }
    assert "flush ruleset" in found[-1].detail
    assert "systemctl disable --now nftables.service" in found[-1].hint
    assert warnings(subject, TEXT, first=False) == [], "they don't care for other namespaces"
    (states / "firewalld.service").write_text("inactive\n")
    (states / "nftables.service").write_text("inactive\n")
    assert [one.summary for one in warnings(subject, TEXT, first=True)] == [
        "ufw.service is active on this host"
    ]


@pytest.mark.needs("xtables:4", "xtables:6")
def test_the_chains_of_xtables_have_them_too(states, netns, tmp_path):
    quiet()
    (states / "ufw.service").write_text("active\n")
    text = TEXT.replace("firewall:\n", "firewall:\n  backend: iptables\n")
    found = warnings(Subject(tmp_path / "state"), text, first=True)
    assert [one.code for one in found] == ["NC2983"]


class Without(LinuxNft):
    """The nftables of kernels that lack a family."""

    def canonical(self, script, family, name):
        if family == "inet":
            return NftComplaint(1, "Could not process rule: Operation not supported")
        return super().canonical(script, family, name)


@pytest.fixture
def no_inet(netns, monkeypatch):
    quiet()
    monkeypatch.setattr("netconf.system.linux.assembled.LinuxNft", Without)


@pytest.mark.needs("nft:inet", "xtables:4", "xtables:6")
def test_auto_says_what_it_takes_and_why(no_inet, tmp_path):
    subject = Subject(tmp_path)
    (found,) = warnings(subject, TEXT, first=False)
    assert (found.code, found.where.line, found.where.column) == ("NC2986", 3, 3)
    assert found.summary == "backend auto takes iptables on this host: its nftables has no family inet"
    assert found.hint == "write backend: iptables to say so, or nftables to have it refused"
    said = warnings(subject, TEXT.replace("firewall:\n", "firewall:\n  backend: iptables\n"), first=False)
    assert said == []


@pytest.mark.needs("nft:inet", "xtables:4", "xtables:6")
def test_auto_says_why_it_finds_none(no_inet, tmp_path, monkeypatch):
    monkeypatch.setattr(LinuxXtables, "can_write", lambda self: False)
    with pytest.raises(DiagnosedError) as refused:
        warnings(Subject(tmp_path), TEXT, first=False)
    first, second = refused.value.diagnostics
    assert (first.code, second.code) == ("NC6409", "NC6405")
    assert first.summary == "backend auto finds none for this host; nftables: its nftables has no family inet"


@pytest.mark.needs("guest")
def test_auto_on_a_kernel_without_nftables(tmp_path):
    """Debian's user-mode kernel."""
    with pytest.raises(DiagnosedError) as refused:
        Subject(tmp_path).plan({"netconf": 1, "firewall": {"backend": "nftables"}})
    assert [one.code for one in refused.value.diagnostics] == ["NC6401"]
    (found,) = warnings(Subject(tmp_path), TEXT, first=False)
    assert found.code == "NC2986"
    assert found.summary == "backend auto takes iptables on this host: its kernel has no nftables"


@pytest.mark.needs("nft:inet")
def test_a_line_that_isnt_right_is_no_reason_for_the_other(netns, tmp_path):
    quiet()
    text = "netconf: 1\nfirewall:\n  helpers: [{name: h, helper: tftp, proto: tcp, port: 69}]\n"
    with pytest.raises(DiagnosedError) as refused:
        warnings(Subject(tmp_path), text, first=False)
    assert [one.code for one in refused.value.diagnostics] == ["NC6401"]
