"""What python-iptables is known to do wrong, and that none of it gets as far as a table.

It leaves out what it doesn't understand, crashes, cuts texts, takes no lock, keeps its handles in the namespace
they were opened in, and knows one family in a process.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys

import pytest
from domains.firewall.iptables.conftest import document, everything, port, run, saved

from netconf.core.errors import ApplyError, DiagnosedError
from netconf.domains.firewall.iptables import live
from netconf.system import linux
from netconf.system.linux import netns as namespaces
from netconf.system.linux import xtables
from netconf.system.xtables import Commit, Edit, Listing

pytestmark = pytest.mark.needs("xtables:4", "xtables:6")


def commit(words, family=4, table="filter", chain="NC-INPUT"):
    after = Listing((chain,), (), ((chain, words),))
    return Commit(
        family, table, "NC-", (Edit("create", chain), Edit("insert", chain, 0, words)), Listing(), after
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("-p tcp -m tcp --dport httpx -j ACCEPT", "httpx"),
        ("-m limit --limit 3/fortnight -j ACCEPT", "fortnight"),
        ("-m nonsense --x 1 -j ACCEPT", "nonsense"),
        ("-m tcp --x 1 -j ACCEPT", "x"),
        ("-m set --match-set missing src -j DROP", "missing"),
        ("-m tcp --dport 22 -j ACCEPT", "can't commit"),
        ("-j NC-MISSING", "NC-MISSING"),
        ('-p tcp -m tcp --dport "" -j ACCEPT', "crashed"),
    ],
)
def test_what_is_wrong_is_never_left_out(netns, words, why):
    """Nothing of the commit is done; a crash is the writing process's alone."""
    adapter = xtables.LinuxXtables()
    with pytest.raises(ApplyError, match=why):
        adapter.commit(commit(words))
    assert "NC-" not in saved()
    complaint = adapter.rehearse("", [commit(words)])
    assert why in complaint.text
    assert complaint.line == (0 if why == "can't commit" else 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("filter", "-m policy --dir in --pol ipsec --proto esp --mode tunnel -j ACCEPT"),
        ("filter", "-s 10.0.1.0/255.0.255.0 -j ACCEPT"),
        ("filter", "-m hashlimit --hashlimit-upto 20/sec --hashlimit-burst 5 --hashlimit-name y -j ACCEPT"),
        ("filter", "-m hashlimit --hashlimit-above 1mb/s --hashlimit-burst 2mb --hashlimit-name x -j DROP"),
        ("filter", "-m recent --set --name a --mask 255.255.255.255 --rsource"),
        ("filter", "-j NFLOG --nflog-group 1 --nflog-size 64"),
        ("filter", "! -i eth+ ! -p tcp -m conntrack ! --ctstate NEW -j DROP"),
        ("raw", "-j CT --notrack"),
    ],
)
def test_what_its_own_reader_and_writer_lose_is_written(subject, table, words):
    chain = "NC-PREROUTING" if table == "raw" else "NC-INPUT"
    wanted = document(raw={"iptables": {table: [f"-A {chain} {words}"]}})
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    assert f"-A {chain} {words}" in saved().splitlines()


def test_what_it_can_not_write_is_refused_where_it_stands(subject):
    """It takes the old name for the new one, and forgets what that was short for."""
    lines = ["-A NC-PREROUTING -p esp -j ACCEPT", "-A NC-PREROUTING -j NOTRACK"]
    with pytest.raises(DiagnosedError, match="it becomes -j CT") as refused:
        subject.plan(document(raw={"iptables": {"raw": lines}}))
    [finding] = refused.value.diagnostics
    assert finding.where.path == ("firewall", "raw", "iptables", "raw", 1)
    assert finding.code == "NC6406"


def test_what_is_longer_than_is_kept_is_cut_by_the_library(netns):
    """Texts of rules are refused before (NC2963): this is the net below."""
    found = xtables.LinuxXtables().rehearse("", [commit(f'-j LOG --log-prefix "{"x" * 30}"')])
    assert found.line == 1
    assert "it becomes" in found.text


def test_both_families_in_one_apply(subject):
    nat = [
        {"name": "a", "type": "dnat", "proto": "tcp", "port": 80, "to": "192.0.2.1:81"},
        {"name": "b", "type": "dnat", "proto": "tcp", "port": 80, "to": "[2001:db8::1]:82"},
    ]
    subject.apply(document(nat=nat))
    assert "--to-destination 192.0.2.1:81" in saved()
    assert "--to-destination [2001:db8::1]:82" in saved("ip6tables")


def test_dropping_any_match_of_any_rule_is_seen(subject):
    """So the comparison would see it, if the library ever left out one."""
    rules = [
        port("a", 22, **{"from": "192.0.2.0/24", "in": "eth0"}),
        port("b", [1, 3], rate={"limit": "3/second", "per": "source"}),
        {"name": "c", "fwmark": "0x1/0xf", "state": ["new"], "action": "drop"},
    ]
    subject.apply(document(rules=rules))
    system = linux.system()
    wanted = live.look(system)
    lines = [line for line in saved(table="filter").splitlines() if line.startswith("-A NC-INPUT")]
    for number, line in enumerate(lines, 1):
        parts = line.split(" -")
        for gone in range(1, len(parts) - 1):
            if not parts[gone].startswith(("m ", "s ", "i ")) or parts[gone] == f"m {parts[gone][2:5]}":
                continue
            kept = [part for at, part in enumerate(parts) if at != gone]
            shorter = " -".join(kept).split(" ", 2)[2]
            done = subprocess.run(
                ["iptables-legacy", "-R", "NC-INPUT", str(number), *shorter.split()],
                capture_output=True,
                check=False,
            )
            if done.returncode == 0:
                assert live.look(system) != wanted, (line, parts[gone])
                run("iptables-legacy", "-R", "NC-INPUT", str(number), *line.split(" ")[2:])
    assert live.look(system) == wanted


def test_lock_of_iptables_is_waited_for(netns, monkeypatch):
    monkeypatch.setattr(xtables, "LOCK_SECONDS", 0.2)
    adapter = xtables.LinuxXtables()
    with xtables.LOCK.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ApplyError, match=r"xtables\.lock"):
            adapter.commit(commit("-j ACCEPT"))
    assert "NC-" not in saved()
    adapter.commit(commit("-j ACCEPT"))


def test_iptables_waits_for_ours(netns):
    with xtables._locked():
        done = subprocess.run(
            ["iptables-legacy", "-w", "1", "-A", "INPUT", "-j", "ACCEPT"], capture_output=True, check=False
        )
    assert done.returncode == 4


def test_what_somebody_changed_meanwhile_is_not_overwritten(netns):
    """It's looked at under the lock: the library would put back what it saw, or count on it."""
    adapter = xtables.LinuxXtables()
    adapter.commit(commit("-p tcp -j ACCEPT"))
    run("iptables-legacy", "-R", "NC-INPUT", "1", "-p", "udp", "-j", "ACCEPT")
    before = commit("-p tcp -j ACCEPT").after
    change = Commit(4, "filter", "NC-", (Edit("remove", "NC-INPUT", 0),), before, Listing(("NC-INPUT",)))
    with pytest.raises(ApplyError, match="changed by somebody else"):
        adapter.commit(change)
    assert "-A NC-INPUT -p udp -j ACCEPT" in saved()


def test_writes_in_the_namespace_it_is_in(netns):
    """Also if it has written in another one before."""
    adapter = xtables.LinuxXtables()
    adapter.commit(commit("-p tcp -j ACCEPT"))
    here = everything()

    def elsewhere():
        namespaces.unshare()
        assert "NC-" not in saved()
        adapter.commit(commit("-p udp -j ACCEPT"))
        return saved()

    assert "-A NC-INPUT -p udp -j ACCEPT" in namespaces.in_thread(elsewhere)
    assert everything() == here


def test_looking_loads_no_table(netns):
    assert live.look(linux.system()) is None
    assert xtables.LinuxXtables().tables(4) == []
    assert xtables.LinuxXtables().tables(6) == []


def test_only_the_writing_process_has_the_library(subject):
    subject.apply(document(rules=[port("a", 1)]))
    assert "iptc" not in sys.modules


@pytest.mark.needs("bin:strace")
def test_writing_starts_no_compiler(netns, tmp_path):
    """The library looks for its parts with ldconfig, gcc and ld, if it's let."""
    trace = tmp_path / "trace"
    words = [
        "strace",
        "-f",
        "-e",
        "trace=execve",
        "-o",
        str(trace),
        sys.executable,
        "-P",
        "-W",
        "ignore",
        "-m",
    ]
    environment = {**xtables._ENVIRONMENT, **xtables._WRITER}
    done = subprocess.run(
        [*words, "netconf.system.linux.xtables_worker"],
        input=xtables.encode(commit("-j ACCEPT")),
        capture_output=True,
        check=False,
        env=environment,
    )
    assert done.stdout == b"[]", done.stderr
    started = [
        line for line in trace.read_text().splitlines() if "execve(" in line and "modprobe" not in line
    ]
    assert len(started) == 1


@pytest.mark.parametrize(
    ("firewall", "place"),
    [
        ({"flow_offload": {"interfaces": ["lo"]}}, ("firewall", "flow_offload")),
        (
            {"rules": [port("a", 1, rate={"limit": "1/day"})]},
            ("firewall", "rules", 0, "rate"),
        ),
    ],
)
def test_what_xtables_has_no_words_for_is_refused(subject, firewall, place):
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(**firewall))
    assert [(d.code, d.where.path) for d in refused.value.diagnostics] == [("NC6404", place)]


def test_without_the_library_it_is_said_how_to_get_it(subject, monkeypatch):
    monkeypatch.setattr(xtables.LinuxXtables, "can_write", lambda self: False)
    with pytest.raises(DiagnosedError, match="python-iptables is not installed"):
        subject.plan(document(rules=[port("a", 1)]))


def test_auto_is_xtables_where_there_is_no_nft(subject, monkeypatch):
    monkeypatch.setattr("netconf.system.linux.nft._PLACES", ("/nowhere/nft",))
    wanted = document(backend="auto", rules=[port("a", 1)])
    assert subject.plan(wanted) == {"iptables[NC]": "create"}
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    assert "--comment a -j ACCEPT" in saved()


def test_another_backend_takes_the_place_of_the_one(subject):
    subject.apply(document(rules=[port("a", 1)]))
    subject.apply(document(backend="nftables", rules=[port("a", 1)]))
    assert "NC-" not in saved()
    assert "table inet netconf" in run("nft", "list", "tables")
    subject.apply(document(rules=[port("a", 1)]))
    assert "table inet netconf" not in run("nft", "list", "tables")
    assert "NC-INPUT" in saved()


def test_who_is_at_work_is_not_locked_out(subject, monkeypatch):
    from netconf.system.linux.session import LinuxSessions
    from netconf.system.ports import Session

    run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "c0")
    run("ip", "addr", "add", "198.51.100.1/24", "dev", "up0")
    run("ip", "link", "set", "up0", "up")
    monkeypatch.setattr(LinuxSessions, "current", lambda self: Session("198.51.100.2", "198.51.100.1", 22))
    closed = {"defaults": {"input": "drop"}}
    with pytest.raises(DiagnosedError, match="would lock you out"):
        subject.plan(document(**closed))
    subject.plan(document(**closed, management=[{"port": 22, "from": "198.51.100.0/24"}]))
