"""Ends of tunnels that a document gives, and takes away again: a rollback leaves none where there was none."""

from __future__ import annotations

import pytest
from contract.snapshot import differences, quiet, snapshot
from contract.subject import Subject

LOCAL, REMOTE = {"local": "192.0.2.1"}, {"remote": "192.0.2.2"}
LOCAL6, REMOTE6 = {"local": "2001:db8::1"}, {"remote": "2001:db8::2"}
VXLAN = {"id": 5, "port": 4789}

CASES = [
    ("vxlan", VXLAN, LOCAL, "update"),
    ("vxlan", VXLAN, LOCAL6, "replace"),
    ("vxlan", VXLAN, REMOTE, "update"),
    ("vxlan", VXLAN, {"source_ports": "1000-2000"}, "replace"),
    ("vxlan", {**VXLAN, **LOCAL, **REMOTE}, {**LOCAL6, **REMOTE6}, "replace"),
    ("vxlan", {**VXLAN, **REMOTE6}, LOCAL6, "update"),
    ("gre", LOCAL, REMOTE, "replace"),
    ("vti", REMOTE, LOCAL, "replace"),
    ("ip6gre", REMOTE6, LOCAL6, "replace"),
    ("ip6tnl", REMOTE6, LOCAL6, "replace"),
]


def parameters():
    for kind, before, more, action in CASES:
        name = f"{kind}-{'-'.join([*before, 'and', *more])}"
        yield pytest.param(kind, before, more, action, id=name, marks=pytest.mark.needs(f"link:{kind}"))


@pytest.mark.parametrize(("kind", "before", "more", "action"), list(parameters()))
def test_none_again(kind, before, more, action, netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(kind, before))
    first = snapshot()
    assert subject.plan(document(kind, {**before, **more}))["link[t0]"] == action
    subject.apply(document(kind, {**before, **more}))
    assert subject.plan(document(kind, {**before, **more})) == {}
    subject.rollback()
    assert differences(first, snapshot()) == []


def test_mtu_and_options_of_a_vxlan(netns, tmp_path):
    """The kernel takes no message with both."""
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document("vxlan", VXLAN))
    first = snapshot()
    wanted = document("vxlan", {**VXLAN, "ttl": 7})
    wanted["interfaces"]["t0"]["mtu"] = 1400
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    subject.rollback()
    assert differences(first, snapshot()) == []


def document(kind, section):
    return {"netconf": 1, "interfaces": {"t0": {"kind": kind, kind: section}}}
