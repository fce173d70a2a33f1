"""A port of a bridge that stands in for another one: what the kernel forgets of it comes back."""

from __future__ import annotations

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject
from engine.site import ip


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path)


def document(backup=None, master="b0", kind="ifb", **more):
    """v0 has a backup; i0 is a port that can be made again, as another kind."""
    port = {"bridge_port": {"backup_port": backup}} if backup else {}
    return {
        "netconf": 1,
        "interfaces": {
            "b0": {"kind": "bridge"},
            "b1": {"kind": "bridge"},
            "v0": {"kind": "veth", "veth": {"peer": "v1"}, "master": master, **port},
            "i0": {
                "kind": kind,
                "master": master,
                **({"macvlan": {"parent": "v1"}} if kind == "macvlan" else {}),
            },
            "i1": {"kind": "ifb", "master": master},
            **more,
        },
    }


def backup(name="v0"):
    (link,) = ip_json(f"link show dev {name}")
    return link["linkinfo"].get("info_slave_data", {}).get("backup_port")


def test_it_comes_back_with_a_port_that_is_made_again(subject):
    subject.apply(document("i0"))
    first = snapshot()
    planned = subject.plan(document("i0", kind="macvlan"))
    assert (planned["link[i0]"], planned["backup-port[v0]"]) == ("replace", "replace")
    subject.apply(document("i0", kind="macvlan"))
    assert backup() == "i0"
    subject.rollback()
    assert backup() == "i0"
    assert differences(first, snapshot()) == []


def test_it_comes_along_to_another_bridge(subject):
    subject.apply(document("i0"))
    assert subject.plan(document("i0", master="b1"))["backup-port[v0]"] == "replace"
    subject.apply(document("i0", master="b1"))
    assert backup() == "i0"
    subject.rollback()
    assert backup() == "i0"


def test_two_stand_in_for_each_other(subject):
    both = document("i0", i0={"kind": "ifb", "master": "b0", "bridge_port": {"backup_port": "v0"}})
    subject.apply(both)
    assert (backup(), backup("i0")) == ("i0", "v0")
    assert subject.plan(both) == {}


def test_somebody_elses_comes_back_and_stays(subject):
    subject.apply(document())
    ip("link set v0 type bridge_slave backup_port i0")
    assert subject.plan(document()) == {}
    assert subject.capture()["interfaces"]["v0"]["bridge_port"]["backup_port"] == "i0"
    subject.apply(document(kind="macvlan"))
    assert backup() == "i0"


def test_none_takes_it_away_and_a_rollback_brings_it_back(subject):
    subject.apply(document())
    ip("link set v0 type bridge_slave backup_port i1")
    assert subject.plan(document("none")) == {"backup-port[v0]": "delete"}
    subject.apply(document("none"))
    assert backup() is None
    subject.rollback()
    assert backup() == "i1"


def test_what_is_no_longer_named_is_as_it_was(subject):
    subject.apply(document())
    ip("link set v0 type bridge_slave backup_port i1")
    subject.apply(document("i0"))
    assert backup() == "i0"
    subject.apply(document())
    assert backup() == "i1"


def test_a_failure_leaves_the_old_one(subject):
    subject.apply(document("i0"))
    with pytest.raises(AssertionError, match=r"rolled-back: .*0x10"):  # which the kernel reads back as 16
        subject.apply({**document("i1"), "sysctl": {"net.core.somaxconn": "0x10"}})
    assert backup() == "i0"
