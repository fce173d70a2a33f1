"""MACsec links: replay protection on and off, and keys, which are never lost with a link that's made again."""

from __future__ import annotations

import subprocess

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError

pytestmark = pytest.mark.needs("link:macsec", "link:dummy")
KEY = "11111111111111111111111111111111"


@pytest.mark.parametrize("words", ["tx sa 0 pn 1 on key 00", "rx port 2 address 02:00:00:00:00:09"])
def test_a_link_with_keys_is_not_replaced(words, netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(port=1))
    subprocess.run(f"ip macsec add m0 {words} {KEY if 'key' in words else ''}", shell=True, check=True)
    before, keys = snapshot(), associations()
    with pytest.raises(DiagnosedError) as refused:
        subject.apply(document(port=1, cipher="gcm-aes-256"))
    assert "NC5106" in {finding.code for finding in refused.value.diagnostics}
    assert differences(before, snapshot()) == []

    subject.apply(document(port=1, encrypt="on"))
    assert associations() == keys.replace("encrypt off", "encrypt on")
    subject.rollback()
    assert associations() == keys


def test_replay_protection_on_and_off(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(port=1, replay="off"))
    off = snapshot()
    subject.apply(document(port=1, replay="on", window=7))
    assert shown()["replay_protect"]
    assert shown()["window"] == 7
    assert subject.plan(document(port=1, replay="on", window=8)) == {"link[m0]": "update"}
    subject.rollback()
    assert differences(off, snapshot()) == []


def test_mtu_of_a_new_link(netns, tmp_path):
    """The kernel gives a new one another, whatever it's told."""
    quiet()
    subject = Subject(tmp_path)
    wanted = document(port=1)
    wanted["interfaces"]["m0"]["mtu"] = 1300
    subject.apply(wanted)
    assert next(link for link in ip_json("link show dev m0") if link)["mtu"] == 1300


def document(**section):
    below = {"kind": "dummy", "address": "02:00:00:00:00:01"}
    return {
        "netconf": 1,
        "interfaces": {"d0": below, "m0": {"kind": "macsec", "macsec": {"parent": "d0", **section}}},
    }


def shown():
    return next(link for link in ip_json("link show dev m0") if link)["linkinfo"]["info_data"]


def associations():
    return subprocess.run(["ip", "macsec", "show", "m0"], check=True, capture_output=True, text=True).stdout
