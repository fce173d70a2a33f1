"""Labels of the kernel, and of links that go."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

MINE = {"prefix": "2001:db8::/32", "label": 20}


def labels():
    return {
        (row["address"], row["prefixlen"], row.get("ifname"), row["label"])
        for row in ip_json("addrlabel show")
    }


def document(found=None, **interfaces):
    sections = {} if found is None else {"address_labels": found}
    return {"netconf": 1, "interfaces": interfaces, **sections}


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


def test_those_the_kernel_begins_with(subject):
    """They are what our table says, stay, and come back."""
    before = labels()
    assert subject.plan(document([])) == {}
    assert subject.capture()["address_labels"] == []
    subject.apply(document([MINE, {"prefix": "fc00::/7", "label": 1}]))
    assert labels() == before - {("fc00::", 7, None, 5)} | {
        ("2001:db8::", 32, None, 20),
        ("fc00::", 7, None, 1),
    }
    assert subject.capture()["address_labels"] == [MINE, {"prefix": "fc00::/7", "label": 1}]
    subject.apply(document())
    assert labels() == before


def test_a_usual_label_changed_by_hand_is_put_right_by_a_list(subject):
    before = labels()
    for words in (
        "del prefix fc00::/7 label 5",
        "add prefix fc00::/7 label 9",
        "add prefix 2001:db8:9::/48 label 9",
    ):
        subprocess.run(["ip", "addrlabel", *words.split()], check=True)
    first = snapshot()
    assert subject.plan(document()) == {}
    subject.apply(document([]))
    assert labels() == before
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_two_of_a_prefix(subject):
    """The kernel lets it come to that; the first counts."""
    for label in (7, 8):
        subprocess.run(f"ip addrlabel add prefix 2001:db8:{label}::/48 label {label}".split(), check=True)
    subprocess.run(["ip", "addrlabel", "add", "prefix", "2001:db8:7::/48", "label", "9"], check=True)
    assert [row["label"] for row in ip_json("addrlabel show") if row["address"] == "2001:db8:7::"] == [9, 7]
    subject.apply(document([{"prefix": "2001:db8:7::/48", "label": 10}]))
    assert [row["label"] for row in ip_json("addrlabel show") if row["address"] == "2001:db8:7::"] == [10]


def test_one_that_somebody_removed_comes_back_with_a_list(subject):
    before = labels()
    subprocess.run(["ip", "addrlabel", "del", "prefix", "3ffe::/16", "label", "12"], check=True)
    assert subject.plan(document()) == {}
    subject.apply(document([]))
    assert labels() == before
    subject.rollback()
    assert labels() == before - {("3ffe::", 16, None, 12)}
    subject.apply(document([]))
    subject.apply(document())
    assert labels() == before


def test_on_a_link_that_is_made_again_and_goes(subject):
    subject.apply(document([{**MINE, "dev": "x0"}], x0={"kind": "vxlan", "vxlan": {"id": 5, "port": 4789}}))
    subprocess.run(
        ["ip", "addrlabel", "add", "prefix", "2001:db8:9::/48", "dev", "x0", "label", "9"], check=True
    )
    first = snapshot()
    both = {("2001:db8::", 32, "x0", 20), ("2001:db8:9::", 48, "x0", 9)}
    subject.apply(document(x0={"kind": "vxlan", "vxlan": {"id": 6, "port": 4789}}))
    assert labels() & both == {("2001:db8:9::", 48, "x0", 9)}
    subject.rollback()
    assert differences(first, snapshot()) == []
    subject.apply(document())
    assert {row for row in labels() if row[2]} == set()
