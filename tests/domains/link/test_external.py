"""ip6tnl tunnels and IPsec interfaces that are external, of which a namespace has one: one that isn't becomes it,
and turns back.
"""

from __future__ import annotations

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

ENDS = {"local": "2001:db8::1", "remote": "2001:db8::2"}


@pytest.mark.needs("link:ip6tnl")
def test_external_on_and_off(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document({"external": "on", "mode": "ipip6"}))
    external = snapshot()
    assert shown() == (True, "ipip6", None)
    assert subject.capture()["interfaces"]["t0"]["ip6tnl"] == {"external": "on", "mode": "ipip6"}

    with_ends = document({"external": "off", **ENDS})
    assert subject.plan(with_ends)["link[t0]"] == "replace"
    subject.apply(with_ends)
    assert shown() == (None, "ipip6", "2001:db8::2")
    assert subject.plan(with_ends) == {}
    assert subject.plan(document({"external": "on"}))["link[t0]"] == "replace"
    subject.apply(document({"external": "on"}))
    assert shown() == (True, "ipip6", None)
    subject.rollback(to=1)
    assert differences(external, snapshot()) == []


@pytest.mark.needs("link:xfrm")
def test_external_xfrm(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document({"if_id": 5}, "xfrm"))
    before = snapshot()
    external = document({"external": "on"}, "xfrm")
    assert subject.plan(external)["link[t0]"] == "replace"
    subject.apply(external)
    assert subject.capture()["interfaces"]["t0"]["xfrm"] == {"external": "on"}
    assert subject.plan(external) == {}
    subject.rollback()
    assert differences(before, snapshot()) == []


def document(section, kind="ip6tnl"):
    return {"netconf": 1, "interfaces": {"t0": {"kind": kind, kind: section}}}


def shown():
    data = next(link for link in ip_json("link show dev t0") if link)["linkinfo"]["info_data"]
    remote = data.get("remote")
    return data.get("external"), data["proto"], None if remote == "any" else remote
