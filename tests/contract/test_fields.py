"""Every field of every spec, on a real kernel: set, seen by iproute2, changed, rolled back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contract import models
from contract.cases import elsewhere, field_cases, parameters
from contract.snapshot import NET, differences, ip_json, ip_text, quiet, snapshot
from contract.subject import Subject

from netconf import domains

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", parameters())
def test_field(case, request, tmp_path):
    if "guest" not in case.needs:
        request.getfixturevalue("named_namespaces")
        quiet()
    subject = Subject(tmp_path)
    empty = snapshot()

    subject.apply(case.document(0))
    assert_shown(case, 0)
    assert subject.plan(case.document(0)) == {}
    first, look = snapshot(), subject.look(case.document(0))

    assert changes(subject.plan(case.document(1)), case) == case.changes
    subject.apply(case.document(1))
    assert_shown(case, 1)
    assert subject.plan(case.document(1)) == {}
    assert not (case.changes and subject.looks(look))

    look = subject.look(case.document(1))
    subject.rollback()
    assert not (case.changes and subject.looks(look))
    assert_same(first, snapshot())
    subject.rollback(to=0)
    assert_same(empty, snapshot())


def changes(planned, case):
    """Without the sysctls of links that are made again or go, which are carried over, unless they are the matter."""
    return {
        key: action for key, action in planned.items() if "sysctl" in case.at or not key.startswith("sysctl[")
    }


def assert_same(before, after):
    told = differences(before, after)
    assert not told, "\n".join(told)


def assert_shown(case, turn):
    if case.words:
        text = ip_text(case.show)
        assert [bool(word) and word in text for word in case.words] == [
            bool(word) and number == turn for number, word in enumerate(case.words)
        ], text
    elif case.read:
        assert (NET.parent / case.read).read_text().split() == str(case.expected(turn)).split()
    else:
        assert found(ip_json(case.show), case.find) == case.expected(turn)


def found(shown, path):
    """The value at a path of the first object; None where there is nothing. Empty braces are iproute2's for
    what it has filtered out.
    """
    value = next((entry for entry in shown if entry), None)
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


@pytest.mark.parametrize("domain", domains.REGISTRY)
def test_every_field_has_a_case(domain):
    places = [tuple(case.at) for case in field_cases(domain)]
    other = elsewhere(domain)
    without = [path for path in models.fields(domain) if not any(models.is_at(path, at) for at in places)]
    assert [path for path in without if path.rpartition(".")[2] not in other] == []
    for field, file in other.items():
        assert re.search(rf"\b{field}\b", (ROOT / file).read_text())


@pytest.mark.parametrize("domain", domains.REGISTRY)
def test_every_word_has_a_case(domain):
    """Each of the words a field may have stands in some document, or is what it means to leave it out."""
    documents = [case.document(turn) for case in field_cases(domain) for turn in (0, 1)]
    values = [pair for document in documents for pair in leaves(document, ())]
    without = {
        path: sorted(missing)
        for path, words in models.fields(domain).items()
        if (missing := words - {value for at, value in values if models.is_at(path, at)})
    }
    assert without == {}


def leaves(value, at):
    """(path, value) of everything in a document; of a list of words, each of them at the list's path."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*at, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from leaves(part, (*at, number) if isinstance(part, dict) else at)
    else:
        yield at, value
