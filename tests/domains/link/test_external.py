"""Tunnels and IPsec interfaces that are external, of which a namespace has one: one that isn't becomes it,
and turns back.
"""

from __future__ import annotations

import re
import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError

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


ENDS4 = {"local": "192.0.2.1", "remote": "192.0.2.2"}
WITH_ENDS = {
    "gre": {**ENDS4, "okey": 5, "ikey": 5},
    "gretap": {**ENDS4, "ttl": 9},
    "ip6gre": {**ENDS, "hoplimit": 9},
    "ip6gretap": {**ENDS, "okey": 5},
    "ipip": {**ENDS4, "mode": "mplsip"},
    "vxlan": {**ENDS4, "id": 5, "port": 4789, "learning": "on"},
    "geneve": {"id": 5, "remote": "192.0.2.2", "port": 7000, "ttl": 5},
    "erspan": {**ENDS4, "version": 2, "okey": 5, "direction": "egress"},
    "ip6erspan": {**ENDS, "version": 1, "okey": 5, "index": 7},
}
BESIDE = {"ipip": {"mode": "mplsip"}, "vxlan": {"port": 4789}, "geneve": {"port": 7000}}
"""What counts of an external one, too."""


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.needs(f"link:{kind}")) for kind in WITH_ENDS]
)
def test_external_tunnels(kind, netns, tmp_path):
    """As iproute2 makes them; a second one is refused, as the kernel would."""
    quiet()
    subject = Subject(tmp_path)
    beside = BESIDE.get(kind, {})
    wanted = document({"external": "on", **beside}, kind)
    subject.apply(wanted)
    external = snapshot()
    assert found()["external"] is True
    assert {"external": "on", **beside}.items() <= subject.capture()["interfaces"]["t0"][kind].items()
    assert not WITH_ENDS[kind].keys() - beside.keys() & subject.capture()["interfaces"]["t0"][kind].keys() - {
        "learning"
    }
    assert subject.plan(wanted) == {}
    wanted["interfaces"]["t1"] = {"kind": kind, kind: {"external": "on", **beside}}
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(wanted)
    assert {finding.code for finding in refused.value.diagnostics} == {"NC2113"}

    with_ends = document({"external": "off", **WITH_ENDS[kind]}, kind)
    assert subject.plan(with_ends)["link[t0]"] == "replace"
    subject.apply(with_ends)
    assert (found().get("external"), found()["remote"]) == (None, WITH_ENDS[kind]["remote"])
    assert subject.plan(with_ends) == {}
    subject.rollback()
    assert differences(external, snapshot()) == []


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.needs(f"link:{kind}")) for kind in WITH_ENDS]
)
def test_commands_make_external_tunnels(kind, netns, tmp_path):
    quiet()
    wanted = document({"external": "on", **BESIDE.get(kind, {})}, kind)
    lines = Subject(tmp_path / "typed").commands(wanted)
    Subject(tmp_path / "made").apply(wanted)
    made = snapshot()
    Subject(tmp_path / "gone").apply({"netconf": 1, "interfaces": {"t0": {"state": "absent"}}})
    subprocess.run("\n".join(lines), shell=True, check=True)
    assert [line for line in differences(made, snapshot()) if not MOVING.search(line)] == []
    assert Subject(tmp_path / "seen").plan(wanted) == {}


MOVING = re.compile(r"/(ifindex|address|permaddr|link_netnsid|stats\d*)")


@pytest.mark.needs("link:vrf", "link:dummy")
def test_a_port_in_each_vrf(netns, tmp_path):
    """Vxlans of different sorts may have the same one there: their sockets are bound to the VRFs."""
    wanted = {"netconf": 1, "interfaces": {}}
    for number, section in enumerate(({"external": "on"}, {"id": 5})):
        vrf, parent = f"red{number}", f"d{number}"
        wanted["interfaces"] |= {
            vrf: {"kind": "vrf", "vrf": {"table": 1001 + number}},
            parent: {"kind": "dummy", "master": vrf},
            f"x{number}": {"kind": "vxlan", "vxlan": {"port": 4789, "parent": parent, **section}},
        }
    subject = Subject(tmp_path)
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    wanted["interfaces"]["d1"]["master"] = "none"
    wanted["interfaces"]["x2"] = {"kind": "vxlan", "vxlan": {"port": 4789, "id": 6, "parent": "d1"}}
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(wanted)
    assert {finding.code for finding in refused.value.diagnostics} == {"NC2138"}


def test_captured_without_ethernet(netns, tmp_path):
    """With the MTU that the kernel gives it below its parent."""
    quiet()
    subprocess.run(
        "ip link add name d0 type ifb; ip link add name t0 type vxlan external gpe dstport 4790 dev d0",
        shell=True,
        check=True,
    )
    there, captured = snapshot(), Subject(tmp_path).capture()
    subprocess.run("ip link del t0; ip link del d0", shell=True, check=True)
    Subject(tmp_path / "new").apply(captured)
    assert [line for line in differences(there, snapshot()) if not MOVING.search(line)] == []


@pytest.mark.needs("link:geneve")
def test_geneves_share_a_port(netns, tmp_path):
    """One that is external takes it from the others: they go first."""
    quiet()
    subject = Subject(tmp_path)
    others = {
        f"g{number}": {"kind": "geneve", "geneve": {"id": number, "remote": "192.0.2.2"}} for number in (1, 2)
    }
    subject.apply({"netconf": 1, "interfaces": others})
    before = snapshot()
    wanted = {"a0": {"kind": "geneve", "geneve": {"external": "on"}}}
    with pytest.raises(DiagnosedError) as refused:
        subject.plan({"netconf": 1, "interfaces": {**others, **wanted}})
    assert {finding.code for finding in refused.value.diagnostics} == {"NC2139"}
    subject.apply({"netconf": 1, "interfaces": wanted})
    subject.rollback()
    assert differences(before, snapshot()) == []


@pytest.mark.needs("link:ip6gre", "link:ip6gretap", "link:ip6erspan")
def test_one_for_ip6gre_and_ip6gretap(netns, tmp_path):
    """Together they have one external tunnel, ip6erspan has its own (ip6gre_newlink of net/ipv6/ip6_gre.c)."""
    subject = Subject(tmp_path)
    links = {
        kind[2:]: {"kind": kind, kind: {"external": "on"}} for kind in ("ip6gre", "ip6gretap", "ip6erspan")
    }
    with pytest.raises(DiagnosedError) as refused:
        subject.plan({"netconf": 1, "interfaces": links})
    assert [finding.code for finding in refused.value.diagnostics] == ["NC2113", "NC2113"]
    del links["6gre"]
    subject.apply({"netconf": 1, "interfaces": links})
    assert subject.plan({"netconf": 1, "interfaces": links}) == {}


@pytest.mark.needs("link:gre")
def test_ends_make_it_one_that_is_not(netns, tmp_path):
    """Where a document says nothing of external, it isn't."""
    subject = Subject(tmp_path)
    subprocess.run("ip link add name t0 type gre external", shell=True, check=True)
    assert subject.plan(document(ENDS4, "gre"))["link[t0]"] == "replace"
    subject.apply(document(ENDS4, "gre"))
    assert (found().get("external"), found()["remote"]) == (None, "192.0.2.2")


def found():
    return next(link for link in ip_json("link show dev t0") if link)["linkinfo"]["info_data"]


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
