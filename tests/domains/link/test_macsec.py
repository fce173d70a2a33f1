"""MACsec links: replay protection on and off, and keys, which are never lost with a link that's made again."""

from __future__ import annotations

import json
import socket
import subprocess
import time

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError
from netconf.system import linux

pytestmark = pytest.mark.needs("link:macsec", "link:dummy")
KEY = "11111111111111111111111111111111"


def test_a_link_with_keys_of_others_is_not_replaced(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    subject.apply(document(port=1))
    subprocess.run(f"ip macsec add m0 tx sa 0 pn 1 on key 00 {KEY}", shell=True, check=True)
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


# -- with keys ---------------------------------------------------------------------------------------------------


OTHER = {"system": "02:00:00:00:00:09", "port": 1}
SCI = "0200000000090001"
ID, ID2 = "ab" * 16, "cd" * 16
SALTED = {
    "xpn": f"{KEY}\n{'5a' * 12}",
    "xpn-too": "22" * 16 + "5b" * 12,
    "xpn-long": f"{'44' * 32} {'5c' * 12}",
}
XPN = {"cipher": "gcm-aes-xpn-128"}


@pytest.fixture
def keys(tmp_path, monkeypatch):
    folder = tmp_path / "keys"
    folder.mkdir()
    for name, text in {"one": KEY, "two": "22" * 16, "three": "33" * 16, "long": "44" * 32, **SALTED}.items():
        (folder / name).touch(0o600)
        (folder / name).write_text(f"{text}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


@pytest.fixture
def subject(netns, tmp_path):
    quiet()
    return Subject(tmp_path / "state")


def sa(keys, name, an=0, **fields):
    return {"an": an, "key_file": str(keys / name), **fields}


def told():
    """{(sci or "", an): (active, pn, key ID)}, and {sci: active} of the channels, as iproute2 shows them."""
    (found,) = json.loads(subprocess.check_output(["ip", "-j", "macsec", "show", "m0"]))
    associations = {("", one["an"]): one for one in found["sa_list"]}
    channels = {f"{int(one['sci'], 16):016x}": one for one in found["rx_sc"]}
    associations |= {(sci, one["an"]): one for sci, channel in channels.items() for one in channel["sa_list"]}
    return (
        {
            key: (state(one), one["pn"], one["key"], int(one.get("ssci", "0"), 16))
            for key, one in associations.items()
        },
        {sci: state(one) for sci, one in channels.items()},
    )


def state(one):
    return "on" if one["active"] else "off"


FIELDS = {
    "key_file": ({"tx": ["one"]}, {"tx": ["two"]}),
    "key_credential": ({"tx": ["one"]}, {"tx": [("credential", "two")]}),
    "key_id": ({"tx": [("one", {"key_id": ID})]}, {"tx": [("two", {"key_id": ID2})]}),
    "pn": ({"tx": [("one", {"pn": 5})]}, {"tx": [("one", {"pn": 4294967295})]}),
    "active": ({"tx": [("one", {"active": "on"})]}, {"tx": [("one", {"active": "off"})]}),
    "an": ({"tx": [("one", {"an": 0})]}, {"tx": [("two", {"an": 3})]}),
    "tx": ({"tx": ["one"]}, {"tx": []}),
    "rx": ({"rx": [{**OTHER, "sa": ["two"]}]}, {"rx": []}),
    "rx key": ({"rx": [{**OTHER, "sa": ["two"]}]}, {"rx": [{**OTHER, "sa": ["three"]}]}),
    "rx active": ({"rx": [{**OTHER, "sa": ["two"]}]}, {"rx": [{**OTHER, "active": "off", "sa": ["two"]}]}),
    "rx sa": ({"rx": [{**OTHER, "sa": ["two", ("three", {"an": 1})]}]}, {"rx": [{**OTHER, "sa": []}]}),
    "system": (
        {"rx": [{**OTHER, "sa": ["two"]}]},
        {"rx": [{**OTHER, "system": "02:00:00:00:00:0a", "sa": ["two"]}]},
    ),
    "ssci": (
        {**XPN, "rx": [{**OTHER, "sa": [("xpn-too", {"ssci": 4294967295})]}]},
        {**XPN, "rx": [{**OTHER, "sa": [("xpn-too", {"ssci": 9})]}]},
    ),
    "salt": ({**XPN, "tx": [("xpn", {"ssci": 7})]}, {**XPN, "tx": [("xpn-too", {"ssci": 7})]}),
    "long": (
        {"cipher": "gcm-aes-xpn-256", "tx": [("xpn-long", {"ssci": 7, "pn": 5})]},
        {
            "cipher": "gcm-aes-xpn-256",
            "tx": [("xpn-long", {"ssci": 7, "pn": (5 << 32) + 9, "active": "off"})],
        },
    ),
    "port": ({"rx": [{**OTHER, "sa": []}]}, {"rx": [{**OTHER, "port": 65535, "sa": []}]}),
}


def filled(section, keys):
    """With the key files, by their short names."""

    def entry(one):
        name, fields = one if isinstance(one, tuple) else (one, {})
        if name == "credential":
            return {"an": 0, "key_credential": fields}
        return sa(keys, name, **fields)

    found = dict(section)
    if "tx" in found:
        found["tx"] = [entry(one) for one in found["tx"]]
    if "rx" in found:
        found["rx"] = [{**one, "sa": [entry(part) for part in one["sa"]]} for one in found["rx"]]
    return found


def expected(section, keys):
    """What `told` shall be."""
    found, channels = {}, {}
    lists = [("", section.get("tx", []))]
    for one in section.get("rx", []):
        sci = f"{one['system'].replace(':', '')}{one['port']:04x}"
        channels[sci] = one.get("active", "on")
        lists.append((sci, one["sa"]))
    for sci, entries in lists:
        for one in entries:
            path = one.get("key_file") or str(keys / one["key_credential"])
            key_id = one.get("key_id") or linux.system().macsec.key(path).key_id
            pn = one.get("pn", 1) & 0xFFFFFFFF  # iproute2 6.1 shows the lower half
            found[sci, one["an"]] = (one.get("active", "on"), pn, key_id, one.get("ssci", 0))
    return found, channels


@pytest.mark.parametrize("field", FIELDS)
def test_field(field, subject, keys):
    first, second = (filled(section, keys) for section in FIELDS[field])
    subject.apply(document(port=1, **first))
    assert told() == expected(first, keys)
    assert subject.plan(document(port=1, **first)) == {}
    assert subject.plan(document(port=1, **second)) == {"macsec[m0]": "update"}
    subject.apply(document(port=1, **second))
    assert told() == expected(second, keys)
    assert subject.plan(document(port=1, **second)) == {}
    subject.rollback()
    found, channels = told()
    wanted, wanted_channels = expected(first, keys)
    assert channels == wanted_channels
    assert {key: (one[0], *one[2:]) for key, one in found.items()} == {
        key: (one[0], *one[2:]) for key, one in wanted.items()
    }
    # A number is never used twice with a key.
    assert all(found[key][1] >= wanted[key][1] for key in wanted)


def test_a_link_made_again_gets_its_keys_back(subject, keys):
    wanted = filled({"tx": ["one"], "rx": [{**OTHER, "sa": ["two"]}]}, keys)
    subject.apply(document(port=1, **wanted))
    (keys / "one").unlink()
    (keys / "two").unlink()
    changes = subject.plan(document(port=2))
    assert changes["link[m0]"] == changes["macsec[m0]"] == "replace"
    subject.apply(document(port=2))
    found, channels = told()
    assert {key: one[0] for key, one in found.items()} == {("", 0): "on", (SCI, 0): "on"}
    assert channels == {SCI: "on"}
    assert found["", 0][1] > 1 << 20
    alone = document(port=2)
    del alone["interfaces"]["m0"]
    subject.apply(alone)
    subject.rollback()
    assert told()[1] == {SCI: "on"}


def test_keys_of_others_stay_with_what_is_described(subject, keys):
    subject.apply(document(port=1))
    subprocess.run(f"ip macsec add m0 tx sa 1 pn 7 on key {ID} {KEY}", shell=True, check=True)
    section = filled({"rx": [{**OTHER, "sa": ["two"]}]}, keys)
    subject.apply(document(port=1, **section))
    assert told()[0]["", 1] == ("on", 7, ID, 0)
    # The same key ID is the same key.
    same = filled({"tx": [("one", {"an": 1, "key_id": ID})]}, keys)
    assert subject.plan(document(port=1, **same)) == {}


def test_another_key_with_the_same_id_is_refused(subject, keys):
    subject.apply(document(port=1, **filled({"tx": [("one", {"key_id": ID})]}, keys)))
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(port=1, **filled({"tx": [("two", {"key_id": ID, "active": "off"})]}, keys)))
    assert [finding.code for finding in refused.value.diagnostics] == ["NC2146"]


def test_a_key_that_does_not_fit_is_refused(subject, keys):
    for fields, code in (({"tx": ["long"]}, "NC2144"), ({"tx": ["missing"]}, "NC2143")):
        with pytest.raises(DiagnosedError) as refused:
            subject.plan(document(port=1, **filled(fields, keys)))
        assert [finding.code for finding in refused.value.diagnostics] == [code]
    subject.apply(document(port=1, cipher="gcm-aes-xpn-128"))
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(port=1, **filled({"tx": ["one"]}, keys)))
    assert [finding.code for finding in refused.value.diagnostics] == ["NC2079"]
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(port=1, **filled({"tx": [("one", {"ssci": 1})]}, keys)))
    assert [finding.code for finding in refused.value.diagnostics] == ["NC2144"]
    subject.apply(document(port=1, cipher="gcm-aes-256", **filled({"tx": ["long"]}, keys)))
    with pytest.raises(DiagnosedError) as refused:
        subject.plan(document(port=1, cipher="gcm-aes-256", **filled({"tx": ["one"]}, keys)))
    assert [finding.code for finding in refused.value.diagnostics] == ["NC2144"]


def test_keys_are_told_to_nobody(subject, keys, tmp_path):
    wanted = document(port=1, **filled({"tx": ["one"], "rx": [{**OTHER, "sa": ["two"]}]}, keys))
    commands = "\n".join(subject.commands(wanted))
    subject.apply(wanted)
    kept = tmp_path / "state" / "run" / "keys"
    files = [path for path in (tmp_path / "state").rglob("*") if path.is_file() and kept not in path.parents]
    texts = [commands, str(subject.capture()), *(path.read_text(errors="replace") for path in files)]
    assert not [text for text in texts if KEY in text or "22" * 16 in text]
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
    assert kept.stat().st_mode & 0o777 == 0o700
    subprocess.run(["ip", "link", "del", "m0"], check=True)
    subprocess.run("ip link add link d0 m0 type macsec port 1", shell=True, check=True)
    lines = [line for line in commands.splitlines() if " macsec" in line or "| ip -batch" in line]
    subprocess.run("\n".join(line for line in lines if "link add" not in line), shell=True, check=True)
    assert told() == expected(wanted["interfaces"]["m0"]["macsec"], keys)


def test_extended_packet_numbers(subject, keys):
    """All 64 bits of them, as our own reader has them; a link that's made again goes on behind them, with the salt."""
    section = filled({**XPN, "tx": [("xpn", {"ssci": 7, "pn": 1 << 40})]}, keys)
    subject.apply(document(port=1, **section))
    (row,) = linux.system().macsec.rows().values()
    assert (row.associations[0].pn, row.associations[0].ssci) == (1 << 40, 7)
    captured = subject.capture()["interfaces"]["m0"]["macsec"]["tx"]
    assert (captured[0]["ssci"], captured[0]["key_id"]) == (7, row.associations[0].key_id)
    (keys / "xpn").unlink()
    subject.apply(document(port=2, **XPN))
    (again,) = linux.system().macsec.rows().values()
    assert again.associations[0] == row.associations[0]._replace(pn=(1 << 40) + (1 << 20))


def test_the_other_end_understands(named_namespaces, tmp_path, keys):
    """One that `ip macsec` made, with the same keys, salts and SSCIs: it has to decipher what's sent and answer."""
    quiet()
    channel = {"system": "02:00:00:00:00:02", "port": 1, "sa": [("xpn-too", {"ssci": 9})]}
    section = filled({**XPN, "encrypt": "on", "tx": [("xpn", {"ssci": 7})], "rx": [channel]}, keys)
    below = {"kind": "veth", "address": "02:00:00:00:00:01", "veth": {"peer": "d1", "peer_netns": "other"}}
    wanted = document(port=1, **section)
    wanted["interfaces"]["d0"] = below
    wanted["interfaces"]["m0"]["addresses"] = ["192.0.2.1/24"]
    Subject(tmp_path / "state").apply(wanted)
    lines = """\
        link set d1 address 02:00:00:00:00:02 up
        link add link d1 m1 type macsec port 1 cipher gcm-aes-xpn-128 encrypt on
        macsec add m1 tx sa 0 xpn 1 on salt {salt2} ssci 9 key 02 {key2}
        macsec add m1 rx port 1 address 02:00:00:00:00:01
        macsec add m1 rx port 1 address 02:00:00:00:00:01 sa 0 xpn 1 on salt {salt} ssci 7 key 01 {key}
        address add 192.0.2.2/24 dev m1
        link set m1 up
        """.format(key=KEY, salt="5a" * 12, key2="22" * 16, salt2="5b" * 12)
    subprocess.run(["ip", "-n", "other", "-batch", "-"], input=lines, text=True, check=True)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", ("192.0.2.2", 9))
        if "lladdr" in ip_json("neigh show dev m0")[0]:
            return
        time.sleep(0.05)
    pytest.fail(associations())


def test_commands_give_keys_with_their_salts(subject, keys):
    wanted = document(port=1, **filled({**XPN, "tx": [("xpn", {"ssci": 7, "pn": 5})]}, keys))
    commands = "\n".join(subject.commands(wanted))
    assert KEY not in commands
    assert "5a5a" not in commands
    subprocess.run(f"set -e\n{commands}", shell=True, check=True)
    assert told() == expected(wanted["interfaces"]["m0"]["macsec"], keys)


def test_capture_has_all_but_the_keys(subject, keys):
    subject.apply(
        document(port=1, **filled({"tx": [("one", {"key_id": ID})], "rx": [{**OTHER, "sa": []}]}, keys))
    )
    section = subject.capture()["interfaces"]["m0"]["macsec"]
    assert section["tx"] == [
        {"an": 0, "key_file": "/etc/netconf/macsec/m0-tx-0.key", "key_id": ID, "active": "on"}
    ]
    assert section["rx"] == [{**OTHER, "active": "on", "sa": []}]


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
