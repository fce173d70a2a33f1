"""Links of kinds netconf makes, with something it can't make: never taken for ordinary ones, nor replaced."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError
from netconf.domains.link import wire
from netconf.system.ports import LinkRow

ENDS = {"local": "192.0.2.1", "remote": "192.0.2.2"}
ENDS6 = {"local": "2001:db8::1", "remote": "2001:db8::2"}
SECTIONS = {
    **dict.fromkeys(("gre", "gretap", "ipip", "sit"), ENDS),
    **dict.fromkeys(("ip6gre", "ip6gretap"), ENDS6),
    "erspan": {"version": 1, "okey": 1, **ENDS},
    "ip6erspan": {"version": 1, "okey": 1, **ENDS6},
    "ip6tnl": ENDS6,
    "geneve": {"id": 5, "remote": "192.0.2.2"},
    "vxlan": {"id": 5, "port": 4789},
}

WORDS = {"port": "dstport", "version": "seq erspan_ver"}

STRANGE = [
    ("sit", "local 192.0.2.1 remote any isatap", "ISATAP"),
]


def parameters():
    for kind, words, reason in STRANGE:
        yield pytest.param(kind, words, reason, id=f"{kind}-{words}", marks=pytest.mark.needs(f"link:{kind}"))


@pytest.mark.parametrize(("kind", "words", "reason"), list(parameters()))
def test_a_link_of_another_sort(kind, words, reason, netns, tmp_path):
    quiet()
    subprocess.run(f"ip link add t0 type {kind} {words}", shell=True, check=True)
    subject = Subject(tmp_path)
    captured = subject.capture()
    assert "kind" not in captured["interfaces"]["t0"]
    assert subject.plan(captured) == {}

    before = snapshot()
    with pytest.raises(DiagnosedError) as refused:
        subject.apply({"netconf": 1, "interfaces": {"t0": {"kind": kind, kind: SECTIONS[kind]}}})
    told = [finding for finding in refused.value.diagnostics if finding.code == "NC5101"]
    assert len(told) == 1
    assert reason in told[0].detail
    assert differences(before, snapshot()) == []


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.needs(f"link:{kind}")) for kind in SECTIONS]
)
def test_an_ordinary_link_is_none(kind, netns, tmp_path):
    quiet()
    words = " ".join(f"{WORDS.get(name, name)} {value}" for name, value in SECTIONS[kind].items())
    subprocess.run(f"ip link add t0 type {kind} {words}", shell=True, check=True)
    assert Subject(tmp_path).capture()["interfaces"]["t0"]["kind"] == kind


# What the kernels here can't make.
TOLD = [
    ("ipip", {"IFLA_IPTUN_ENCAP_TYPE": 1}, "in UDP"),
    ("sit", {"IFLA_IPTUN_ENCAP_TYPE": 2}, "in UDP"),
    ("ip6tnl", {"IFLA_IPTUN_ENCAP_TYPE": 1}, "in UDP"),
    ("gre", {"IFLA_GRE_ENCAP_TYPE": 1}, "in UDP"),
    ("sit", {"IFLA_IPTUN_6RD_PREFIX": "2001:db8::"}, "6rd"),
    ("sit", {"IFLA_IPTUN_6RD_PREFIX": "2002::", "IFLA_IPTUN_6RD_PREFIXLEN": 32}, "6rd"),
    ("sit", {"IFLA_IPTUN_6RD_PREFIX": "2002::", "IFLA_IPTUN_6RD_PREFIXLEN": 16}, ""),
    ("vxlan", {"IFLA_VXLAN_REMCSUM_NOPARTIAL": True}, "noremcsumpartial"),
    ("vxlan", {"IFLA_VXLAN_REMCSUM_NOPARTIAL": False}, ""),
    ("macvlan", {"IFLA_MACVLAN_FLAGS": 1}, "nopromisc"),
]


@pytest.mark.parametrize(("kind", "options", "reason"), TOLD)
def test_what_the_kernel_tells(kind, options, reason):
    row = LinkRow(5, "t0", 0, 1400, "", kind, 0, 0, None, "", 0, 1000, (), False, "", options)
    link = next(iter(wire.resources(row, {5: "t0"}, lambda *_: ("", ""))))
    assert link.kind == ("" if reason else kind)
    assert bool(reason) == bool(link.strange)
    assert reason in link.strange
