"""Virtual functions in transactions: numbers by way of 0, settings kept and put back, refusals. On a NIC that is a model
(nic.py): no hardware was at hand.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.subject import Subject
from domains.sriov.nic import Nic
from engine.site import Strike, Trace, die, killed

from netconf.app import documents
from netconf.app.capture import capture
from netconf.core.errors import ApplyError, DocumentError, PlanError, RefusedError, UnsupportedError
from netconf.core.outcome import Outcome
from netconf.inventory.writer import to_yaml

FULL = """
interfaces:
  pf0:
    state: up
    sriov:
      vfs: 4
      vf:
        0: {mac: "02:00:00:00:00:01", vlan: 100, qos: 3, spoofcheck: on, trust: off, link_state: enable}
        1: {vlan: 200, vlan_protocol: 802.1ad, max_tx_rate: 1gbit, min_tx_rate: 100mbit}
        3: {mac: "02:00:00:00:00:04", link_state: disable}
"""
MORE = FULL.replace("vfs: 4", "vfs: 6").replace("vlan: 100, qos: 3", "vlan: 101")


@pytest.fixture
def nic(tmp_path):
    return Nic(tmp_path / "sys")


def applied(site, nic, text, **more):
    path = site.document(text)
    ending = site.apply(path, wrap=nic.wrap, **more).ending
    assert ending.outcome is Outcome.COMMITTED, ending
    assert not site.plan(path, wrap=nic.wrap).found.plan
    return path


def test_made_and_set(site, nic):
    applied(site, nic, FULL)
    first, second, third, fourth = nic.functions
    assert (first["mac"].hex(":"), first["tag"], first[5]) == ("02:00:00:00:00:01", (100, 3, 0x8100), 1)
    assert (second["tag"], second["rates"]) == ((200, 0, 0x88A8), (100, 1000))
    assert third["tag"] == (0, 0, 0x8100)
    assert fourth[5] == 2


def test_another_number_by_way_of_zero(site, nic):
    applied(site, nic, FULL)
    nic.change(2, tag=(7, 0, 0x8100))
    applied(site, nic, MORE)
    assert nic.written == [4, 0, 6]
    assert [found["tag"][0] for found in nic.functions] == [101, 200, 7, 0, 0, 0], (
        "those of others are put back"
    )
    assert not site.rollback(wrap=nic.wrap).ending.cause
    assert [found["tag"][0] for found in nic.functions] == [100, 200, 7, 0]


def test_given_back_when_no_longer_named(site, nic):
    applied(site, nic, FULL)
    applied(site, nic, "")
    assert nic.written == [4, 0]


def test_only_settings(site, nic):
    nic.set_count(2)
    applied(site, nic, "interfaces: {pf0: {sriov: {vf: {1: {vlan: 5}}}}}")
    assert (nic.written, nic.functions[1]["tag"]) == ([2], (5, 0, 0x8100))
    applied(site, nic, "")
    assert nic.functions[1]["tag"] == (0, 0, 0x8100)


def test_drift_is_repaired(site, nic):
    path = applied(site, nic, FULL)
    nic.change(0, tag=(9, 0, 0x8100), _4=0)
    assert [str(key) for key in site.plan(path, wrap=nic.wrap).found.plan.changes] == ["vf[pf0 0]"]
    applied(site, nic, FULL)
    assert nic.functions[0]["tag"] == (100, 3, 0x8100)


def fail():
    raise ApplyError("refused by the test")


@pytest.mark.slow
@pytest.mark.parametrize("kill", [False, True])
def test_a_failure_or_a_kill_at_every_checkpoint(site, nic, kill):
    applied(site, nic, FULL)
    second, trace = site.document(MORE), Trace()
    old = nic.functions
    assert not site.apply(second, wrap=nic.wrap, checkpoint=trace, singly=True).ending.cause
    new = nic.functions
    assert not site.rollback(wrap=nic.wrap).ending.cause
    assert nic.functions == old
    for at, name in enumerate(trace):
        before = site.generation()
        if kill:
            assert killed(lambda: site.apply(second, wrap=nic.wrap, checkpoint=Strike(at, die), singly=True))
        elif not name.startswith("journal"):
            ending = site.apply(second, wrap=nic.wrap, checkpoint=Strike(at, fail), singly=True).ending
            assert ending.outcome is Outcome.ROLLED_BACK, (name, ending)
        site.status(wrap=nic.wrap)
        committed = site.generation() != before
        assert nic.functions == (new if committed else old), (at, name)
        if committed:
            assert not site.rollback(wrap=nic.wrap).ending.cause


def test_a_vf_that_is_refused_rolls_all_back(site, tmp_path):
    nic = Nic(tmp_path / "sys", refuses=3)
    ending = site.apply(site.document(FULL), wrap=nic.wrap).ending
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "VF 3 of pf0: Invalid argument" in str(ending.cause)
    assert nic.functions == []


def test_the_example(site, nic):
    example = (Path(__file__).parents[3] / "examples/sriov/host.yml").read_text().replace("eth0", "pf0")
    applied(site, nic, example[example.index("netconf: 1") :])
    made = nic.functions
    assert [found["tag"][0] for found in made] == [100, 200, 300, 0]
    with site.host(wrap=nic.wrap) as host:
        captured, left_out = capture(host)
    assert not left_out
    applied(site, nic, "")
    applied(site, nic, to_yaml(captured))
    assert nic.functions == made
    with site.host(wrap=nic.wrap) as host:
        assert capture(host) == (captured, [])


def test_captured(site, nic):
    applied(site, nic, FULL)
    with site.host(wrap=nic.wrap) as host:
        document, left_out = capture(host)
        assert not left_out
        assert document["interfaces"]["pf0"]["sriov"]["vf"]["1"]["vlan_protocol"] == "802.1ad"
        from netconf.app.plan import plan_wish

        wish = documents.from_plain(document, "captured")
        assert not plan_wish(host, wish, host.peek_state()).found.plan


def test_what_the_driver_does_not_tell_is_left_out_and_refused(site, tmp_path):
    nic = Nic(tmp_path / "sys", lacks=(9,))
    nic.set_count(1)
    with site.host(wrap=nic.wrap) as host:
        document, _ = capture(host)
    assert "trust" not in document["interfaces"]["pf0"]["sriov"]["vf"]["0"]
    refused(site, nic, "interfaces: {pf0: {sriov: {vf: {0: {trust: on}}}}}", UnsupportedError, "NC6910")


def refused(site, nic, text, error, code):
    with pytest.raises(error) as caught:
        site.plan(site.document(text), wrap=nic.wrap)
    assert [finding.code for finding in caught.value.diagnostics] == [code]
    assert caught.value.diagnostics[0].where.path[:2] == ("interfaces", "pf0")


def test_what_is_used_stays(site, nic):
    applied(site, nic, FULL)
    nic.use(2)
    refused(site, nic, MORE, RefusedError, "NC5108")
    applied(site, nic, FULL.replace("vlan: 100", "vlan: 102"))


@pytest.mark.parametrize(
    ("sriov", "error", "code"),
    [
        ("{vfs: 9}", PlanError, "NC3606"),
        ("{vfs: 65536}", DocumentError, "NC1043"),
        ("{vf: {0: {vlan: 5}}}", PlanError, "NC3608"),
        ("{vfs: 2, vf: {2: {vlan: 5}}}", DocumentError, "NC3605"),
        ("{vfs: 2, vf: {01: {vlan: 5}}}", DocumentError, "NC3601"),
        ("{vfs: 2, vf: {1: {vlan: 4095}}}", DocumentError, "NC1043"),
        ("{vfs: 2, vf: {1: {qos: 3}}}", DocumentError, "NC3603"),
        ("{vfs: 2, vf: {1: {vlan: 0, vlan_protocol: 802.1ad}}}", DocumentError, "NC3603"),
        ("{vfs: 2, vf: {1: {max_tx_rate: 100}}}", DocumentError, "NC3602"),
        ("{vfs: 2, vf: {1: {max_tx_rate: 10mb}}}", DocumentError, "NC3602"),
        ("{vfs: 2, vf: {1: {max_tx_rate: 10mbit, min_tx_rate: 20mbit}}}", DocumentError, "NC3604"),
        ("{vfs: 2, vf: {1: {mac: 01:00:00:00:00:01}}}", DocumentError, "NC2014"),
    ],
)
def test_mistakes(site, nic, sriov, error, code):
    refused(site, nic, f"interfaces: {{pf0: {{sriov: {sriov}}}}}", error, code)


def test_a_link_without(site, tmp_path):
    """The real system: an ifb has no virtual functions."""
    with pytest.raises(PlanError) as caught:
        site.plan(site.document("interfaces: {pf0: {sriov: {vfs: 2}}}"))
    assert [finding.code for finding in caught.value.diagnostics] == ["NC3607"]
    assert "sriov" not in str(Subject(tmp_path / "subject").capture())
