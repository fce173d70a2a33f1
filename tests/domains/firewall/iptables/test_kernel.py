"""Our chains among those of others, on a real kernel: what stays keeps its state, what fails is undone."""

from __future__ import annotations

import os
import socket

import pytest
from domains.firewall.iptables.conftest import (
    counters,
    document,
    everything,
    port,
    run,
    saved,
    theirs,
)

from netconf.app.status import status
from netconf.core.errors import DiagnosedError
from netconf.system.linux.xtables import LinuxXtables

pytestmark = pytest.mark.needs("xtables:4", "xtables:6")

DOCKER = """\
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "somebody's" -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
"""
WHOLE = {
    "management": [{"port": 22}],
    "defaults": {"input": "drop", "forward": "drop"},
    "sets": {"bad": {"entries": ["192.0.2.0/24", "2001:db8::/32"]}},
    "rules": [{"name": "bad", "from": "@bad", "action": "drop"}, port("web", 80)],
    "nat": [
        {"name": "out", "type": "masquerade", "out": "eth0"},
        {"name": "in", "type": "dnat", "proto": "tcp", "port": 80, "to": "192.0.2.7:80"},
    ],
    "notrack": [{"name": "dns", "proto": "udp", "port": 53}],
    "mark": [{"name": "m", "mark": 5}],
}


@pytest.fixture
def others(subject):
    run("iptables-legacy-restore", given=DOCKER)
    run("ip6tables-legacy", "-A", "OUTPUT", "-j", "ACCEPT")
    run("ipset", "create", "theirs", "hash:ip")


@pytest.mark.slow
def test_those_of_others_are_the_same_byte_for_byte(subject, others):
    before, sets = (rules(theirs()), rules(theirs("ip6tables"))), everything()[2]
    subject.apply(document(**WHOLE))
    assert (rules(theirs()), rules(theirs("ip6tables"))) == before
    first = next(line for line in saved(table="filter").splitlines() if line.startswith("-A INPUT"))
    assert first == "-A INPUT -m comment --comment netconf -j NC-INPUT"
    subject.rollback(to=0)
    assert (rules(theirs()), rules(theirs("ip6tables"))) == before
    assert "NC-" not in saved() + saved("ip6tables")
    assert everything()[2] == sets


def rules(lines):
    """Without what's there by itself once a table is looked at."""
    policies = [line for line in lines if line.startswith(":") and not line.endswith(" ACCEPT")]
    return policies + [line for line in lines if line.startswith("-A ")]


def test_nothing_is_changed_by_a_plan(subject, others):
    before = everything()
    assert subject.plan(document(**WHOLE)) == {"iptables[NC]": "create"}
    assert everything() == before


@pytest.mark.slow
def test_no_longer_asked_for_is_gone_and_second_apply_changes_nothing(subject):
    subject.apply(document(**WHOLE))
    assert subject.plan(document(**WHOLE)) == {}
    subject.apply({"netconf": 1})
    assert "NC-" not in saved() + saved("ip6tables")
    assert run("ipset", "list", "-n") == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ports", "kept"),
    [
        ((1, 2, 3), {"p1": 2, "p2": 1, "p3": 0}),
        ((3, 1, 2), {"p3": 0, "p1": 2, "p2": 1}),
        ((1, 3, 4, 2), {"p1": 2, "p3": 0, "p4": 0, "p2": 1}),
        ((2,), {"p2": 1}),
        ((3, 2), {"p3": 0, "p2": 1}),
    ],
)
def test_rules_that_stay_keep_their_counters(subject, ports, kept):
    subject.apply(document(rules=[port("p1", 1), port("p2", 2)]))
    for number in (1, 1, 2):
        with socket.socket() as client:
            client.connect_ex(("127.0.0.1", number))
    subject.apply(document(rules=[port(f"p{number}", number) for number in ports]))
    assert list(counters().items()) == list(kept.items())


def test_counters_are_back_after_a_rollback(subject):
    subject.apply(document(rules=[port("p1", 1), port("p2", 2)]))
    with socket.socket() as client:
        client.connect_ex(("127.0.0.1", 1))
    subject.apply(document(rules=[port("p2", 2)]))
    subject.rollback()
    assert counters() == {"p1": 1, "p2": 0}


@pytest.mark.slow
@pytest.mark.parametrize(
    "meddle",
    [
        ("iptables-legacy", "-I", "INPUT", "-p", "tcp", "-j", "DROP"),
        ("iptables-legacy", "-D", "INPUT", "1"),
        ("iptables-legacy", "-I", "INPUT", "-m", "comment", "--comment", "netconf", "-j", "NC-INPUT"),
        ("iptables-legacy", "-I", "NC-INPUT", "-j", "ACCEPT"),
        ("iptables-legacy", "-D", "NC-INPUT", "1"),
        ("iptables-legacy", "-N", "NC-mine"),
        ("iptables-legacy", "-t", "nat", "-F"),
        ("ip6tables-legacy", "-F"),
        ("ipset", "del", "nc4-bad", "192.0.2.0/24"),
        ("ipset", "add", "nc6-bad", "2001:db9::/32"),
        ("ipset", "create", "nc-new", "hash:ip"),
        ("ipset", "create", "nc4-old", "hash:net"),
    ],
    ids=" ".join,
)
def test_drift_is_seen_and_put_right(subject, meddle):
    subject.apply(document(**WHOLE))
    run(*meddle)
    assert subject.plan(document(**WHOLE)) == {"iptables[NC]": "update"}
    subject.apply(document(**WHOLE))
    assert subject.plan(document(**WHOLE)) == {}


def test_members_packets_brought_are_no_drift_and_stay(subject):
    banned = {"type": "address", "dynamic": True, "timeout": "10min"}
    rules = [{"name": "ban", "proto": "tcp", "port": 9, "ban": "banned", "action": "drop"}]
    subject.apply(document(sets={"banned": banned}, rules=rules))
    run("ipset", "add", "nc4d-banned", "192.0.2.66")
    assert subject.plan(document(sets={"banned": banned}, rules=rules)) == {}
    subject.apply(document(sets={"banned": {**banned, "timeout": "20min"}}, rules=[port("new", 1), *rules]))
    assert "add nc4d-banned 192.0.2.66 timeout" in run("ipset", "save", "nc4d-banned")
    assert "timeout 1200" in run("ipset", "save", "nc4d-banned")
    subject.apply(document())
    subject.rollback()
    assert "add nc4d-banned 192.0.2.66 timeout" in run("ipset", "save", "nc4d-banned")


def test_set_of_another_sort_takes_its_place_while_rules_use_it(subject):
    rule = {"name": "a", "from": "@a", "action": "drop"}
    subject.apply(document(sets={"a": {"entries": ["192.0.2.1"]}}, rules=[rule]))
    dynamic = {"type": "address", "dynamic": True}
    subject.apply(document(sets={"a": dynamic}, rules=[rule]))
    assert run("ipset", "list", "-n").split() == ["nc4d-a", "nc6d-a"]


def test_files_of_sets_are_read(subject, tmp_path):
    file = tmp_path / "bad.txt"
    file.write_text("203.0.113.0/24\n0.0.0.0/0 # everybody\n2001:db8::1\n")
    wanted = document(
        sets={"bad": {"file": str(file)}}, rules=[{"name": "a", "from": "@bad", "action": "drop"}]
    )
    subject.apply(wanted)
    added = [line for line in run("ipset", "save").splitlines() if line.startswith("add")]
    assert sorted(added) == [
        "add nc4-bad 0.0.0.0/1",
        "add nc4-bad 128.0.0.0/1",
        "add nc6-bad 2001:db8::1",
    ]
    assert subject.plan(wanted) == {}
    file.unlink()
    with pytest.raises(DiagnosedError, match="there is no file"):
        subject.plan(wanted)


SMALL = {"rules": [port("ssh", 22)], "nat": [{"name": "x", "type": "masquerade", "out": ["!a", "!b"]}]}


@pytest.mark.slow
def test_failure_in_the_last_table_undoes_the_others(subject, others):
    """Somebody's rule holds a chain that's to go: nat can't be written, when raw, mangle, filter are."""
    subject.apply(document(**SMALL))
    before = everything()
    run("iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-j", "NC-R-T-x")
    with pytest.raises(AssertionError, match="can't delete chain NC-R-T-x"):
        subject.apply(document(**{**WHOLE, "nat": []}))
    run("iptables-legacy", "-t", "nat", "-D", "POSTROUTING", "-j", "NC-R-T-x")
    assert without_new_tables(everything()) == without_new_tables(before)
    assert subject.plan(document(**SMALL)) == {}


def without_new_tables(found):
    """Once there, a table stays, with nothing in it."""
    keep = [
        [line for line in text.splitlines() if line.startswith("-A ") or line.endswith((" DROP", " -"))]
        for text in found[:2]
    ]
    return keep, found[2]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 9))
def test_killed_between_tables(subject, others, monkeypatch, number):
    """By the number-th commit; what comes next brings back the old state."""
    subject.apply(document(**SMALL))
    before = everything()
    child = os.fork()
    if not child:
        _die_at(number, monkeypatch)
        subject.apply(document(**WHOLE))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert everything() != before
    assert "rolled back" in status(subject.host).recovered.notes[0]
    assert without_new_tables(everything()) == without_new_tables(before)
    assert subject.plan(document(**SMALL)) == {}


def _die_at(number, monkeypatch):
    commits = []
    real = LinuxXtables.commit

    def commit(self, found):
        commits.append(found)
        if len(commits) == number:
            os._exit(9)
        real(self, found)

    monkeypatch.setattr(LinuxXtables, "commit", commit)


@pytest.mark.slow
def test_commands_do_the_same(subject, others):
    subject.apply(document(**SMALL))
    commands = subject.commands(document(**WHOLE))
    subject.apply(document(**WHOLE))
    wanted = everything()
    subject.rollback()
    run("sh", "-e", "-c", "\n".join(line for line in commands if not line.startswith("#")))
    assert everything() == wanted


def test_nft_rules_in_the_same_hooks_are_named(subject):
    run(
        "nft",
        "add table inet other; add chain inet other in { type filter hook input priority 0; policy drop; }",
    )
    host = subject.host
    from netconf.app import documents
    from netconf.app.plan import plan_wish

    wish = documents.from_plain(document(**SMALL), "document")
    told = [w.summary for w in plan_wish(host, wish, host.peek_state()).found.warnings if w.code == "NC2982"]
    assert any("chain in of table inet other, and drops by default" in text for text in told)


@pytest.mark.slow
def test_within_a_network_namespace(subject):
    wanted = {"netconf": 1, "netns": {"ncxt": document(**WHOLE)}}
    del wanted["netns"]["ncxt"]["netconf"]
    try:
        subject.apply(wanted)
        assert subject.plan(wanted) == {}
        assert "NC-INPUT" in run("ip", "netns", "exec", "ncxt", "iptables-legacy-save")
        assert "NC-INPUT" not in saved()
        assert run("ipset", "list", "-n") == ""
    finally:
        subject.rollback(to=0)
