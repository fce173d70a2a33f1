"""examples/wireguard-hub: a laptop reaches the network behind the branch office through the hub, and what was
captured of the hub, with its keys put where it says, makes the same hub.
"""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest
from contract import keyfiles
from contract.cases import load_yaml
from contract.snapshot import differences, quiet, snapshot
from contract.subject import Subject
from lab import netns as namespaces
from lab.netns import inside

EXAMPLE = Path(__file__).parents[2] / "examples/wireguard-hub/host.yml"
FAR = {
    "laptop": ("192.0.2.99/24", "10.9.0.3/24", []),
    "branch": ("192.0.2.7/24", "10.9.0.2/24", ["preshared-key", "/etc/netconf/wireguard/wg0-branch.psk"]),
}

pytestmark = pytest.mark.needs("guest", "link:wireguard", "bin:wg")


def run(*words, given=None):
    return subprocess.run(words, input=given, text=True, check=True, capture_output=True).stdout.strip()


def batch(*lines):
    run("ip", "-batch", "-", given="\n".join(lines))


@pytest.fixture
def document():
    """The example, with keys of this test's own."""
    document = load_yaml(EXAMPLE)
    with keyfiles.placed(document):
        yield with_own_peers(document)


def with_own_peers(document):
    for name in FAR:
        path = Path("/etc/netconf/wireguard", name)
        path.touch(0o600)
        path.write_text(run("wg", "genkey"))
        peers = document["interfaces"]["wg0"]["wireguard"]["peers"]
        peers[name]["public_key"] = run("wg", "pubkey", given=path.read_text())
    return document


def dial(name, hub):
    """A host of this name behind the uplink, with the hub as its peer."""
    outer, own, more = FAR[name]
    batch(
        f"netns add {name}",
        f"link add {name} type veth peer name wan netns {name}",
        f"link set {name} master internet up",
    )
    run(
        "ip",
        "-n",
        name,
        "-batch",
        "-",
        given="\n".join(
            [
                f"address add {outer} dev wan",
                "link set wan up",
                "link add wg0 type wireguard",
                f"address add {own} dev wg0",
            ]
        ),
    )
    words = ["private-key", f"/etc/netconf/wireguard/{name}", "listen-port", "51820", "peer", hub, *more]
    words += ["endpoint", "192.0.2.1:51820", "allowed-ips", "10.9.0.0/24,10.20.0.0/16"]
    run("ip", "netns", "exec", name, "wg", "set", "wg0", *words)
    run("ip", "-n", name, "link", "set", "wg0", "up")


def test_they_reach_each_other_through_the_hub(named_namespaces, document, tmp_path):
    quiet()
    batch("link add internet type bridge", "link set internet up")
    subject, before = Subject(tmp_path), snapshot()
    subject.apply(document)
    assert subject.plan(document) == {}
    batch("link set internet0 master internet")
    hub = run("wg", "show", "wg0", "public-key")
    for name in FAR:
        dial(name, hub)
    run("ip", "-n", "branch", "address", "add", "10.20.0.1/16", "dev", "lo")
    run("ip", "-n", "branch", "link", "set", "lo", "up")
    run("ip", "-n", "laptop", "route", "add", "10.20.0.0/16", "dev", "wg0")
    speak("laptop", "branch", "10.20.0.1")
    assert subject.plan(document) == {}
    for name in FAR:
        run("ip", "netns", "del", name)
    subject.rollback(to=0)
    batch("link del internet")
    assert [line for line in differences(before, snapshot()) if "internet" not in line] == []


def speak(one, other, address, seconds=30.0):
    """A packet from one host to an address of the other, and one back."""

    def answering():
        found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        found.bind((address, 7))
        return found

    end = time.monotonic() + seconds
    asking = inside(one, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    with inside(other, answering) as there, asking as here:
        there.settimeout(0.5)
        here.settimeout(0.5)
        while True:
            here.sendto(b"?", (address, 7))
            try:
                _, whose = there.recvfrom(10)
                there.sendto(b"!", whose)
                here.recv(10)
                return
            except TimeoutError:
                assert time.monotonic() < end, "no answer through the hub"


def test_what_is_captured_makes_the_same_hub(netns, document, tmp_path):
    with namespaces.fresh():
        quiet()
        here = Subject(tmp_path / "here")
        here.apply(document)
        captured = here.capture()
        place_keys(document, captured)
        assert Subject(tmp_path / "stranger").plan(captured) == {}
    with namespaces.fresh():
        quiet()
        elsewhere = Subject(tmp_path / "elsewhere")
        elsewhere.apply(captured)
        assert differences(captured, elsewhere.capture()) == []


def place_keys(document, captured):
    """The keys of the document under the names of the captured one."""
    (psk,) = (path for path in keyfiles.paths(captured) if path.suffix == ".psk")
    given = Path("/etc/netconf/wireguard/wg0-branch.psk").read_text()
    psk.touch(0o600)
    psk.write_text(given)
    assert [path.name for path in keyfiles.paths(captured)].count("wg0.key") == 1
