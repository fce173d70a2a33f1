"""Rules of others, order among equals, and that the way back is exact."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import ip_text, quiet
from contract.subject import Subject


def rule(words):
    subprocess.run(["ip", "rule", *words.split()], check=True)


def shown():
    return ip_text("rule show").splitlines()


def document(*rules):
    return {"netconf": 1, "rules": list(rules)}


A = {"priority": 1000, "from": "10.0.0.0/8", "lookup": 100}
B = {"priority": 1000, "from": "10.1.0.0/16", "lookup": 200}
NARROW = {"priority": 1000, "from": "10.0.0.0/8", "iif": "lo", "lookup": 100}


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("first", [[], [A], [A, B], [B, A], [NARROW, A], [A, NARROW], [NARROW, B, A]])
@pytest.mark.parametrize("second", [[], [A], [B, A], [A, B], [NARROW], [A, NARROW], [B, NARROW, A]])
def test_every_order_of_equals_becomes_every_other(subject, first, second):
    subject.apply(document(*first))
    before = shown()
    subject.apply(document(*second))
    tables = [line.split("lookup ")[1].split()[0] for line in shown() if line.startswith("1000:")]
    assert tables == [str(entry["lookup"]) for entry in second]
    assert subject.plan(document(*second)) == {}
    if first != second:
        subject.rollback()
    assert shown() == before


def test_rules_of_programs_stay(subject):
    rule("add priority 1000 from 10.0.0.0/8 iif lo lookup 100 protocol bird")
    rule("add priority 1000 from 10.0.0.0/8 lookup 100 protocol bird")
    theirs = [line for line in shown() if "proto bird" in line]
    subject.apply(document(A, B))
    subject.apply(document(B))
    subject.apply(document())
    assert [line for line in shown() if line.startswith("1000:")] == theirs


def test_rules_made_by_hand_are_taken_over_and_come_back(subject):
    rule("add priority 1000 from 10.0.0.0/8 lookup 100")
    rule("add priority 1000 from 10.2.0.0/16 lookup 300 protocol static")
    rule("add priority 1001 from 10.2.0.0/16 lookup 300")
    before = shown()
    subject.apply(document(A))
    assert [line for line in shown() if line.startswith("100")] == [before[1], before[3]]
    subject.rollback()
    assert shown() == before


def test_a_rule_without_protocol_is_left_beside_one_of_a_program(subject):
    """The kernel would delete the program's for it."""
    rule("add priority 1000 from 10.2.0.0/16 iif lo lookup 300 protocol bird")
    rule("add priority 1000 from 10.2.0.0/16 lookup 300")
    before = shown()
    subject.apply(document(A))
    subject.rollback()
    assert shown() == before


def test_what_the_kernel_begins_with_stays(subject):
    before = shown()
    subject.apply(document(A))
    subject.apply(document())
    assert shown() == before
