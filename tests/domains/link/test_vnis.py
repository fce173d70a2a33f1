"""VNIs that a vxlan filters by, as `bridge vni` shows them, with the entries of the FDB that come with them."""

from __future__ import annotations

import json
import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject
from contract.ways import both_ways
from engine.site import Site, Strike, Trace
from lab import netns as namespaces

from netconf.core.errors import ApplyError, DiagnosedError
from netconf.core.outcome import Outcome
from netconf.domains.link.vni.resource import Range, Vnis, difference, words
from netconf.engine.rollback import Exactness
from netconf.system.linux.kernel import LinuxKernel


def document(vnis=None, more=None, **fields):
    filtering = {"external": "on", "vnifilter": "on", "port": 4789, "learning": "off", **fields}
    vxlan = filtering | ({} if vnis is None else {"vnis": vnis})
    links = {"i0": {"kind": "ifb"}, "x0": {"kind": "vxlan", "vxlan": vxlan}}
    return {"netconf": 1, "interfaces": {**links, **(more or {})}}


def other(vnis, port=4789):
    return {
        "x1": {"kind": "vxlan", "vxlan": {"external": "on", "vnifilter": "on", "port": port, "vnis": vnis}}
    }


A, B, GROUP = "192.0.2.1", "2001:db8::1", "239.1.1.1"

CASES = {
    "a range comes": (document([10]), document([10, "20-30"])),
    "a range is cut": (document([10, "20-30"]), document([10, "20-24", "26-30"])),
    "ranges grow together": (document(["20-24", "26-30"]), document(["20-30"])),
    "another remote": (document([{"vni": "20-22", "remote": A}]), document([{"vni": "20-22", "remote": B}])),
    "no remote": (document([{"vni": "20-22", "remote": A}]), document(["20-22"])),
    "a remote": (document(["20-22"]), document([20, {"vni": 21, "remote": A}, 22])),
    "a group": (
        document([{"vni": 20, "remote": GROUP}], parent="i0"),
        document([{"vni": 20, "remote": "239.1.1.2"}], parent="i0"),
    ),
    "none": (document([10, "20-30"]), document([])),
    "no longer said": (document(), document([7])),
    "the last one": (document([16777214]), document([16777215])),
    "another remote of the link": (
        document([10, {"vni": 11, "remote": A}], remote="192.0.2.9"),
        document([10, {"vni": 11, "remote": A}], remote="192.0.2.8"),
    ),
    "made again": (document(["20-22", {"vni": 30, "remote": A}], port=4789), document(["20-22"], port=4790)),
    "without a filter": (document([10]), document(vnifilter="off")),
    "no external one": (
        document(["10-20"]),
        {"netconf": 1, "interfaces": {"x0": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4789}}}},
    ),
    "on another link": (document(["10-20"], other([21])), document(["10-19"], other(["20-21"]))),
    "back from another link": (document([10], other(["20-21"])), document([10, 20], other([21]))),
    "on a link of its own": (document(["10-20"]), document(["10-19"], other([20]))),
}


FAST = ("another remote", "made again", "on another link")


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[] if case in FAST else pytest.mark.slow) for case in CASES]
)
def test_vnis(case, netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    first, second = CASES[case]
    empty = snapshot()
    subject.apply(first)
    assert subject.plan(first) == {}
    assert shown() == expected(first)
    before = snapshot()
    subject.apply(second)
    assert subject.plan(second) == {}
    assert shown() == expected(second)
    subject.rollback()
    assert differences(before, snapshot()) == []
    subject.rollback(to=0)
    assert differences(empty, snapshot()) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_commands(case, netns, tmp_path):
    applied, typed = both_ways(CASES[case], tmp_path, lambda _: (shown(), entries()))
    assert applied == typed


def test_of_others(netns, tmp_path):
    """What isn't mentioned stays, also where its link is made again, with its entries of the FDB."""
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(remote="192.0.2.9"))
    run(f"bridge vni add vni 7-8 dev x0\nbridge vni add vni 20 remote {A} dev x0")
    run(f"bridge fdb append 00:00:00:00:00:00 dev x0 dst {A} src_vni 7 vni 7")
    there, others = shown(), entries()
    assert there == {"x0": {7: "", 8: "", 20: A}}
    assert subject.plan(document(remote="192.0.2.9")) == {}
    assert subject.capture()["interfaces"]["x0"]["fdb"] == [
        {"lladdr": "00:00:00:00:00:00", "dst": A, "vni": 7, "src_vni": 7}
    ]
    subject.apply(document(remote="192.0.2.9", port=4790))
    assert (shown(), entries()) == (there, others)
    subject.rollback()
    assert (shown(), entries()) == (there, others)


def test_captured(netns, tmp_path):
    wanted = document(
        [10, "20-30", {"vni": 40, "remote": A}, {"vni": "50-51", "remote": B}], remote="192.0.2.9"
    )
    with namespaces.fresh():
        quiet()
        here = Subject(tmp_path / "here")
        here.apply(wanted)
        captured = here.capture()
        assert captured["interfaces"]["x0"]["vxlan"]["vnis"] == [
            "10",
            "20-30",
            {"vni": "40", "remote": A},
            {"vni": "50-51", "remote": B},
        ]
        assert "fdb" not in captured["interfaces"]["x0"]
        assert here.plan(captured) == {}
        there = (shown(), entries())
    with namespaces.fresh():
        quiet()
        Subject(tmp_path / "there").apply(captured)
        assert (shown(), entries()) == there


def test_a_vni_of_another_link(netns, tmp_path):
    """The kernel has a VNI once at a port: refused while planning; at another port it's another one."""
    quiet()
    subject = Subject(tmp_path)
    run("ip link add name x1 type vxlan external vnifilter dstport 4789\nbridge vni add vni 15-17 dev x1")
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(["10-15"]))
    assert [finding.code for finding in refused.value.diagnostics] == ["NC2137"]
    subject.apply(document(["10-15"], port=4790))
    assert shown()["x0"].keys() == set(range(10, 16))


def test_what_differs():
    have = Vnis("x0", words([Range(10, 20, A), Range(30, 40), Range(50, 60, A)]))
    want = Vnis(
        "x0", words([Range(15, 16, B), Range(17, 20, A), Range(30, 34), Range(36, 41), Range(50, 60)])
    )
    assert difference(have, want) == (
        (Range(10, 16, A), Range(35, 35), Range(50, 60, A)),
        (Range(15, 16, B), Range(41, 41), Range(50, 60)),
    )
    assert difference(None, want)[0] == ()
    assert words([Range(5, 6), Range(1, 4)]) == ("1-6",)


def expected(wanted):
    found = {}
    for name, link in wanted["interfaces"].items():
        for entry in link.get("vxlan", {}).get("vnis", []):
            entry = entry if isinstance(entry, dict) else {"vni": entry}
            first, _, last = str(entry["vni"]).partition("-")
            for number in range(int(first), int(last or first) + 1):
                found.setdefault(name, {})[number] = entry.get("remote", "")
    return found


def shown():
    """{link: {VNI: its remote}}"""
    found = {}
    for link in ip_json("bridge vni show"):
        for one in link.get("vnis", []):
            for number in range(one["vni"], one.get("vniEnd", one["vni"]) + 1):
                found.setdefault(link["ifname"], {})[number] = one.get("remote", one.get("group", ""))
    return found


def entries():
    return sorted(str(row) for row in ip_json("bridge fdb show dev x0"))


def run(lines):
    subprocess.run(["sh", "-e"], input=lines, text=True, check=True)


def test_a_kernel_that_filters_none(netns, tmp_path):
    subject = Subject(tmp_path)
    if LinuxKernel().refuses_vni_filters():
        with pytest.raises(DiagnosedError) as refused:
            subject.apply(document([5]))
        assert [finding.code for finding in refused.value.diagnostics] == ["NC6914"]
    else:
        subject.apply(document([5]))
        assert shown() == {"x0": {5: ""}}


def text(wanted):
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in wanted.items())


def refuse():
    raise ApplyError("refused by the test")


@pytest.mark.slow
def test_a_failure_at_every_step(netns, tmp_path):
    """Whatever fails where VNIs move and their links are made again, the end is the old state, that of others too."""
    quiet()
    site = Site(tmp_path)
    first = document(
        ["10-20", {"vni": 30, "remote": A}],
        {**other([40]), "x2": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4800}}},
        remote="192.0.2.9",
    )
    second = document(
        ["10-14", {"vni": 30, "remote": B}],
        {
            **other(["15-16", 40], port=4791),
            "x2": {"kind": "vxlan", "vxlan": {"external": "on", "port": 4800}},
        },
        remote="192.0.2.8",
        ttl="inherit",
    )
    second["interfaces"]["x0"]["fdb"] = [{"lladdr": "02:00:00:00:00:0a", "src_vni": 10, "dst": A}]
    assert site.apply(site.document(text(first))).ending.cause is None
    run(
        "bridge vni add vni 50-51 dev x1\nbridge fdb append 00:00:00:00:00:00 dev x0 dst 192.0.2.7 src_vni 10 vni 10"
    )
    new, old = site.document(text(second)), snapshot()
    trace = Trace()
    assert site.apply(new, checkpoint=trace, singly=True).ending.cause is None
    assert site.plan(new).found.plan.changes == {}
    assert site.rollback().ending.cause is None
    assert differences(old, snapshot()) == []
    steps = [at for at, name in enumerate(trace) if name.startswith(("apply.", "verify."))]
    assert len(steps) > 10
    for at in steps:
        ending = site.apply(new, checkpoint=Strike(at, refuse), singly=True).ending
        assert ending.outcome is Outcome.ROLLED_BACK, (at, trace[at])
        assert ending.restored.exactness is Exactness.EXACT, (at, trace[at], ending.restored.differences)
        assert differences(old, snapshot()) == [], (at, trace[at])
