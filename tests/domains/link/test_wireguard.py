"""WireGuard links, as `wg` shows them: every field, and keys that are told to nobody."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.link.wg import ANOTHER, ONE, OURS, PEER, PRESHARED, TWO, document, in_kernel, public, shown, wg

from netconf.core.change import Change
from netconf.core.errors import DiagnosedError
from netconf.domains.link.wireguard import live
from netconf.domains.link.wireguard.resource import UNKNOWN, KeyFile, Wireguard
from netconf.system import linux
from netconf.system.linux import curve25519, keys

FIELDS = {
    "private_key_file": ({}, {"private_key_file": "another"}, "PrivateKey", [OURS, ANOTHER]),
    "private_key_credential": (
        {},
        {"private_key_file": None, "private_key_credential": "another"},
        "PrivateKey",
        [OURS, ANOTHER],
    ),
    "listen_port": ({"listen_port": 51820}, {"listen_port": 51821}, "ListenPort", ["51820", "51821"]),
    "fwmark": ({"fwmark": 0}, {"fwmark": 255}, "FwMark", [None, "0xff"]),
    "public_key": (PEER, {"public_key": TWO}, "PublicKey", [ONE, TWO]),
    "preshared_key_file": (
        {**PEER, "preshared_key_file": "psk"},
        {**PEER, "preshared_key_file": "psk2"},
        "PresharedKey",
        [PRESHARED, ANOTHER],
    ),
    "preshared_key_credential": (
        {**PEER, "preshared_key_credential": "psk"},
        PEER,
        "PresharedKey",
        [PRESHARED, None],
    ),
    "endpoint": (
        {**PEER, "endpoint": "192.0.2.1:51820"},
        {**PEER, "endpoint": "[2001:db8::1]:5"},
        "Endpoint",
        ["192.0.2.1:51820", "[2001:db8::1]:5"],
    ),
    "allowed_ips": (
        {**PEER, "allowed_ips": ["10.9.0.2/32", "2001:db8::/64"]},
        {**PEER, "allowed_ips": ["10.9.0.0/24"]},
        "AllowedIPs",
        [["10.9.0.2/32", "2001:db8::/64"], ["10.9.0.0/24"]],
    ),
    "persistent_keepalive": (
        {**PEER, "persistent_keepalive": "25s"},
        {**PEER, "persistent_keepalive": "0s"},
        "PersistentKeepalive",
        ["25", None],
    ),
}


def _both(field, files):
    return [
        document(files, options) if "public_key" in options else document(files, **options)
        for options in FIELDS[field][:2]
    ]


@in_kernel
@pytest.mark.parametrize("field", FIELDS)
def test_field(field, subject, files):
    first, second = _both(field, files)
    subject.apply(first)
    assert subject.plan(first) == {}
    before = shown()
    option, values = FIELDS[field][2:]
    assert value(before, option) == values[0]
    assert subject.plan(second) == {"wireguard[wg0]": "update"}
    subject.apply(second)
    assert subject.plan(second) == {}
    assert value(shown(), option) == values[1]
    subject.rollback()
    assert shown() == before


def value(found, option):
    """That of the one peer, or of the link where there's none; None where it isn't."""
    return found[max(found)].get(option)


@in_kernel
def test_what_nobody_says_is_left_alone(subject, files):
    subject.apply(document(files, {**PEER, "endpoint": "192.0.2.1:5"}, listen_port=5555, fwmark=7))
    assert subject.plan(document(files)) == {}
    assert subject.plan(document(files, PEER)) == {}
    assert subject.plan(document(files, private_key_file=None, peers={})) == {"wireguard[wg0]": "update"}


@in_kernel
def test_the_commands_do_what_apply_does(netns, tmp_path, files, monkeypatch):
    quiet()
    peers = [
        {**PEER, "preshared_key_file": "psk", "endpoint": "192.0.2.1:5", "persistent_keepalive": "5s"},
        {"public_key": TWO, "preshared_key_credential": "psk2", "allowed_ips": ["10.9.0.2/32"]},
    ]
    first = document(files, *peers, listen_port=5555, fwmark=7)
    second = document(files, {**PEER, "allowed_ips": ["10.9.0.2/32"]}, private_key_file="another", fwmark=0)
    states = []
    for name in ("applied", "typed"):
        subject = Subject(tmp_path / name)
        for stage in (first, second):
            if name == "applied":
                subject.apply(stage)
            else:
                lines = "\n".join(subject.commands(stage))
                subprocess.run(["sh", "-e"], input=lines, text=True, check=True)
            states.append(shown())
        subprocess.run(["ip", "link", "del", "wg0"], check=True)
    assert states[:2] == states[2:]
    assert states[0] != states[1]


@in_kernel
def test_what_is_captured_is_there(subject, files):
    peers = [{**PEER, "preshared_key_file": "psk", "allowed_ips": ["10.9.0.2/32"]}, {"public_key": TWO}]
    subject.apply(document(files, *peers, listen_port=5555))
    captured = subject.capture()
    section = captured["interfaces"]["wg0"]["wireguard"]
    psks = [peer["preshared_key_file"] for peer in section["peers"].values() if "preshared_key_file" in peer]
    assert section["private_key_file"] == "/etc/netconf/wireguard/wg0.key"
    assert len(psks) == 1
    assert told(json.dumps(captured)) == []
    with pytest.raises(DiagnosedError, match="no key in /etc/netconf/wireguard/wg0"):
        subject.plan(captured)
    text = json.dumps(captured).replace(section["private_key_file"], str(files / "ours"))
    assert subject.plan(json.loads(text.replace(psks[0], str(files / "psk")))) == {}


def told(text):
    """The keys that stand in a text, in base64, hexadecimal or as they are."""
    raw = text if isinstance(text, bytes) else text.encode()
    return [
        key
        for key in (OURS, ANOTHER, PRESHARED)
        for form in (key.encode(), base64.b64decode(key), base64.b64decode(key).hex().encode())
        if form in raw
    ]


@in_kernel
def test_keys_are_told_to_nobody(subject, files, tmp_path, capsys):
    from netconf.cli import main
    from netconf.inventory.writer import to_yaml

    source = tmp_path / "host.yml"
    peer = {**PEER, "preshared_key_file": "psk"}
    options = ["--state-dir", str(tmp_path / "state")]
    for stage in (document(files, peer), document(files, private_key_file="another", peers={})):
        source.write_text(to_yaml(stage))
        source.chmod(0o644)
        main(["plan", str(source), "--commands", *options])
        main(["plan", str(source), "--json", *options])
        main(["apply", str(source), "--yes", "--events", *options])
    main(["status", *options])
    main(["history", *options])
    main(["capture", *options])
    main(["rollback", "--yes", *options])
    said = capsys.readouterr()
    assert "wireguard" in said.out
    assert told(said.out + said.err) == []
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file() and path.parent.name != "keys"]
    assert kept
    assert [path for path in kept if told(path.read_bytes())] == []
    assert shown()[""]["PrivateKey"] == OURS


@in_kernel
def test_the_key_that_was_there_comes_back(subject, files, tmp_path):
    """It is in no file of ours: another program has set it."""
    subprocess.run(["ip", "link", "add", "wg0", "type", "wireguard"], check=True)
    wg("set", "wg0", "private-key", str(files / "another"), "peer", TWO, "preshared-key", str(files / "psk"))
    (files / "another").unlink()
    (files / "psk").unlink()
    before = shown()
    wanted = document(files, PEER)
    wanted["interfaces"]["wg0"]["sysctl"] = {"ipv6.mtu": 9000}  # more than that of the link: fails
    with pytest.raises(AssertionError, match="rolled-back"):
        subject.apply(wanted)
    assert shown() == before
    del wanted["interfaces"]["wg0"]["sysctl"]
    subject.apply(wanted)
    assert shown()[""]["PrivateKey"] == OURS
    gone = {"netconf": 1, "interfaces": {"wg0": {"state": "absent"}}}
    subject.apply(gone)
    subject.rollback()
    assert shown()[""]["PrivateKey"] == OURS
    folder = tmp_path / "state/run/keys"
    assert {path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]} == {0o700, 0o600}
    assert keys.Keys(folder).find(keys.Key(public(ANOTHER)), private=True) == base64.b64decode(ANOTHER)


@in_kernel
def test_a_key_that_is_lost_is_told(subject, files):
    subject.apply(document(files, PEER))
    subject.apply(document(files, PEER, private_key_file="another"))
    (files / "ours").unlink()
    with pytest.raises(DiagnosedError, match="no key in"):
        subject.plan(document(files, PEER))


@in_kernel
def test_another_key_in_the_same_file_is_drift(subject, files):
    subject.apply(document(files, PEER))
    (files / "ours").write_text(ANOTHER)
    assert subject.plan(document(files, PEER)) == {"wireguard[wg0]": "update"}
    wg("set", "wg0", "private-key", "/dev/null")
    subject.apply(document(files, PEER))
    assert shown()[""]["PrivateKey"] == ANOTHER


@in_kernel
def test_many_peers_and_allowed_ips(subject, files):
    """More than fit into one message, either way."""
    many = [
        {
            "public_key": base64.b64encode(n.to_bytes(32, "big")).decode(),
            "allowed_ips": [f"10.{n >> 8}.{n & 255}.0/24"],
        }
        for n in range(1, 301)
    ]
    many[0]["allowed_ips"] = [f"172.{16 + n // 250}.{n % 250}.0/24" for n in range(2500)]
    wanted = document(files, *many)
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    found = shown()
    assert len(found) == 301
    assert len(found[many[0]["public_key"]]["AllowedIPs"]) == 2500
    many[7]["allowed_ips"] = []
    wanted = document(files, *many)
    (line,) = subject.commands(wanted)
    assert line == f'wg set wg0 peer {many[7]["public_key"]} allowed-ips ""'


@in_kernel
def test_in_a_namespace_of_the_document(named_namespaces, tmp_path, files):
    quiet()
    wanted = document(files, {**PEER, "preshared_key_file": "psk"}, listen_port=5555)
    wanted = {"netconf": 1, "netns": {"other": {"interfaces": wanted["interfaces"]}}}
    subject = Subject(tmp_path / "state")
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    found = subprocess.run(
        ["ip", "netns", "exec", "other", "wg", "show", "wg0", "private-key"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == OURS
    subject.rollback(to=0)


@in_kernel
def test_put_into_a_namespace(named_namespaces, tmp_path, files):
    """With `netns` of the interface; the keys it had there come back after a rollback, too."""
    quiet()
    subject = Subject(tmp_path / "state")
    wanted = document(files, {**PEER, "preshared_key_file": "psk"}, listen_port=5555)
    wanted["netns"] = {"other": {}}
    wanted["interfaces"]["wg0"] |= {"netns": "other", "addresses": ["10.9.0.1/24"]}
    subject.apply(wanted)
    assert subject.plan(wanted) == {}
    assert wg_there() == (OURS, 5555, PRESHARED)
    wanted["interfaces"]["wg0"]["wireguard"] |= {"private_key_file": str(files / "another"), "peers": {}}
    assert subject.plan(wanted) == {"wireguard[wg0]@other": "update"}
    subject.apply(wanted)
    assert wg_there() == (ANOTHER, 5555, None)
    for name in ("ours", "psk"):
        (files / name).unlink()
    subject.rollback()
    assert wg_there() == (OURS, 5555, PRESHARED)
    subject.rollback(to=0)


def wg_there():
    dump = subprocess.check_output(["ip", "netns", "exec", "other", "wg", "show", "wg0", "dump"], text=True)
    own, *peers = (line.split("\t") for line in dump.splitlines())
    return own[0], int(own[2]), peers[0][1] if peers else None


def test_public_keys_are_those_of_rfc_7748():
    """Section 5.2: the scalar 9 and the base point."""
    found = curve25519.public_key(bytes([9, *bytes(31)]))
    assert found.hex() == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"


@pytest.mark.needs("bin:wg")
@pytest.mark.parametrize("number", range(5))
def test_public_keys_are_those_of_wg(number):
    private = wg("genkey").strip()
    found = subprocess.run(["wg", "pubkey"], input=private, capture_output=True, text=True, check=True)
    assert public(private) == found.stdout.strip()


REFUSED = {
    "others may read it": (lambda path: path.chmod(0o640), "others than root can read .* chmod 600"),
    "it's another's": (lambda path: os.chown(path, 1234, 0), "belongs to user 1234"),
    "it isn't there": (lambda path: path.unlink(), "No such file"),
    "it's no key": (lambda path: path.write_text("secret"), "is no key"),
    "it's too short": (lambda path: path.write_text("QUJD"), "is no key"),
    "it's a folder": (lambda path: (path.unlink(), path.mkdir()), "is no file|Is a directory"),
}


@pytest.mark.parametrize("field", ["private_key_file", "preshared_key_file"])
@pytest.mark.parametrize("why", REFUSED)
def test_a_bad_key_file_is_refused_before_anything_is_done(why, field, subject, files):
    spoil, said = REFUSED[why]
    spoil(files / ("ours" if field == "private_key_file" else "psk"))
    with pytest.raises(DiagnosedError) as caught:
        subject.plan(document(files, {**PEER, "preshared_key_file": "psk"}))
    (found,) = [one for one in caught.value.diagnostics if one.code == "NC2140"]
    assert re.search(said, f"{found.detail} {found.hint}"), found
    assert "secret" not in str(found)


def test_a_key_that_comes_while_it_is_planned_is_not_guessed(files):
    """What the plan was made of is all it knows: not applied with a key it hasn't seen."""
    system = linux.system()
    one = Wireguard("wg0", UNKNOWN, 0, 0, (), (KeyFile("", str(files / "ours")),))
    change = Change(one.id, None, one)
    (found,) = live.unsupported({one.id: change}, system)
    assert (found.code, found.hint) == ("NC2140", "run it again")
