"""Routes with encapsulations that aren't described: they come back as they were, and kernels that lack one."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, ip_text, quiet, snapshot
from contract.subject import Subject
from lab.needs import met

from netconf.app import capture
from netconf.core.errors import DiagnosedError

FOREIGN = {
    "seg6local": "encap seg6local action End flavors psp",
    "link": "encap seg6local action End.DX2 oif v1 count",
    "l2encap": "encap seg6 mode l2encap segs 2001:db8:5::1",
    "seg6": "encap seg6 mode encap segs 2001:db8:5::1,2001:db8:5::2",
    "ip": "encap ip id 9 dst 198.51.100.9 ttl 7 csum",
}


@pytest.mark.needs("netns", "encap:seg6")
@pytest.mark.parametrize("kind", FOREIGN)
def test_of_others_come_back(kind, netns, tmp_path):
    """The link goes down and up again by a replacement that is rolled back."""
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(state="up"))
    run(f"ip -6 route add 2001:db8:8::/48 {FOREIGN[kind]} dev v0 proto 200")
    before, route = snapshot(), ip_text("-6 route show 2001:db8:8::/48")
    subject.apply(document(state="down"))
    assert not ip_text("-6 route show 2001:db8:8::/48")
    subject.rollback()
    assert ip_text("-6 route show 2001:db8:8::/48") == route
    assert differences(before, snapshot()) == []


@pytest.mark.needs("netns", "encap:seg6")
def test_one_that_cannot_be_described_is_left_out_of_captures(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(state="up"))
    run("ip -6 route add 2001:db8:8::/48 encap seg6local action End flavors psp dev v0 proto static")
    document_found, left_out = capture.capture(subject.host)
    assert not any(route["to"] == "2001:db8:8::/48" for route in document_found.get("routes", ()))
    assert left_out


@pytest.mark.needs("netns", "encap:seg6")
def test_what_is_done_as_an_endpoint_is_captured(netns, tmp_path):
    """But for those of which one leaves by a link that is gone: the kernel keeps its number."""
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(state="up"))
    endpoints = {
        "2001:db8:1::/48": ("End.DX2 oif d0", {"action": "End.DX2", "oif": "d0"}),
        "2001:db8:2::/48": (
            "End.B6 srh segs 2001:db8:5::1,2001:db8:5::2 count",
            {"action": "End.B6", "segments": ["2001:db8:5::1", "2001:db8:5::2"], "count": "on"},
        ),
        "2001:db8:3::/48": ("End.T table 77", {"action": "End.T", "table": 77}),
    }
    run("ip link add d0 type ifb")
    for to, (words, _) in endpoints.items():
        run(f"ip -6 route add {to} encap seg6local action {words} dev v0 proto static")
    shown = {to: {"seg6local": section} for to, (_, section) in endpoints.items()}
    assert {route["to"]: route["encap"] for route in subject.capture()["routes"]} == shown
    run("ip link del d0")
    found, left_out = capture.capture(subject.host)
    assert "routes" not in found
    assert left_out


@pytest.mark.needs("netns", "encap:seg6", "link:vrf")
def test_into_a_vrf_that_comes_with_the_route(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    wanted = document(state="up")
    wanted["interfaces"]["a0"] = {"kind": "vrf", "vrf": {"table": 100}}
    around = {"seg6local": {"action": "End.DT46", "vrftable": 100}}
    wanted["routes"] = [{"to": "2001:db8:8::/48", "dev": "v0", "encap": around}]
    assert codes(subject, wanted) == {"NC6916"}
    assert codes(subject, {**wanted, "sysctl": {"net.vrf.strict_mode": 0}}) == {"NC6916"}
    wanted["sysctl"] = {"net.vrf.strict_mode": 1}
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    assert "routes" in subject.capture()


def codes(subject, wanted):
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(wanted)
    return {finding.code for finding in refused.value.diagnostics}


def test_a_kernel_without_it(netns, tmp_path):
    """Refused before anything is done; a kernel that has it does it."""
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(state="up"))
    routes = [{"to": "10.0.0.0/8", "via": "192.0.2.9", "dev": "v0", "encap": {"mpls": {"labels": [100]}}}]
    wanted = {**document(state="up"), "routes": routes}
    if met({"encap:mpls"}, "host"):
        subject.apply(wanted)
        return
    before = snapshot()
    with pytest.raises(DiagnosedError) as refused:
        subject.apply(wanted)
    assert {finding.code for finding in refused.value.diagnostics} == {"NC6912"}
    assert differences(before, snapshot()) == []


def document(state):
    ends = {"v0": {"kind": "veth", "state": state, "veth": {"peer": "v1"}}, "v1": {"state": "up"}}
    for number, (name, end) in enumerate(ends.items()):
        end["address"] = f"02:00:00:00:00:0{number}"
        end["addresses"] = ["192.0.2.1/24"] if name == "v0" else []
    return {"netconf": 1, "interfaces": ends}


def run(line):
    subprocess.run(line, shell=True, check=True)
