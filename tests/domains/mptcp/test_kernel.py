"""Endpoints made by hand, of links that go, on addresses that are tentative; and a connection over them."""

from __future__ import annotations

import socket
import subprocess
import time

import pytest
from contract.snapshot import differences, ip_json, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError

pytestmark = pytest.mark.needs("mptcp")


def run(command):
    subprocess.run(command.split(), check=True)


def endpoints():
    return {
        (row["address"], row.get("port"), row["id"], row.get("dev")) for row in ip_json("mptcp endpoint show")
    }


def pair(addresses=("192.0.2.1/24",)):
    return {
        "v0": {"kind": "veth", "veth": {"peer": "v1"}, "addresses": list(addresses)},
        "v1": {"state": "up"},
    }


def document(found=None, limits=None, **interfaces):
    section = {} if found is None else {"endpoints": found}
    section |= {} if limits is None else {"limits": limits}
    return {"netconf": 1, "interfaces": interfaces, **({"mptcp": section} if section else {})}


def flow(address, **more):
    return {"address": address, "subflow": "on", **more}


@pytest.fixture
def subject(netns, tmp_path):
    return Subject(tmp_path)


def test_numbers(subject):
    """Who asks for one gets it, the others the lowest that are free, and keep them."""
    quiet()
    subject.apply(document([flow("192.0.2.1"), flow("192.0.2.2", id=1), flow("192.0.2.3")]))
    assert endpoints() == {
        ("192.0.2.1", None, 2, None),
        ("192.0.2.2", None, 1, None),
        ("192.0.2.3", None, 3, None),
    }
    subject.apply(document([flow("192.0.2.1"), flow("192.0.2.3", id=1)]))
    assert endpoints() == {("192.0.2.1", None, 2, None), ("192.0.2.3", None, 1, None)}
    subject.rollback()
    assert endpoints() == {
        ("192.0.2.1", None, 2, None),
        ("192.0.2.2", None, 1, None),
        ("192.0.2.3", None, 3, None),
    }


def test_made_by_hand(subject):
    quiet()
    run("ip mptcp endpoint add 192.0.2.1 id 5 subflow")
    run("ip mptcp limits set subflows 3 add_addr_accepted 1")
    first = snapshot()
    assert subject.plan(document()) == {}
    assert subject.plan(document([flow("192.0.2.1")], {"subflows": 3})) == {}
    subject.apply(document([flow("192.0.2.1"), flow("192.0.2.2")], {"subflows": 4}))
    subject.apply(document())
    assert differences(first, snapshot()) == []
    captured = subject.capture()["mptcp"]
    assert captured == {
        "endpoints": [{"address": "192.0.2.1", "id": 5, "subflow": "on"}],
        "limits": {"subflows": 3, "add_addr_accepted": 1},
    }
    subject.apply(document([]))
    assert endpoints() == set()


def test_on_a_link_that_is_made_again_and_goes(subject):
    quiet()
    made = {"x0": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4789}}}
    subject.apply(document([flow("192.0.2.1", dev="x0")], **made))
    first = snapshot()
    made["x0"]["vxlan"] = {"id": 6, "port": 4789}
    subject.apply(document([flow("192.0.2.1", dev="x0")], **made))
    assert endpoints() == {("192.0.2.1", None, 1, "x0")}
    subject.rollback()
    assert differences(first, snapshot()) == []
    run("ip mptcp endpoint add 192.0.2.2 dev x0 subflow")
    subject.apply(document())
    assert endpoints() == set()


def test_a_port_waits_for_its_address(subject):
    """Duplicate address detection takes a while, and the kernel listens on none before."""
    signal = {"address": "2001:db8::1", "port": 8080, "signal": "on"}
    subject.apply(document([signal], **pair(["2001:db8::1/64"])))
    assert endpoints() == {("2001:db8::1", 8080, 1, None)}
    with pytest.raises(DiagnosedError, match="no link has this address"):
        subject.apply(document([{**signal, "address": "2001:db8::2"}], **pair(["2001:db8::1/64"])))


def test_more_than_the_kernel_takes(subject):
    many = [flow(f"192.0.2.{number}") for number in range(1, 10)]
    subject.apply(document(many[:8]))
    with pytest.raises(DiagnosedError) as caught:
        subject.apply(document(many * 1 + [flow(f"192.0.3.{number}") for number in range(1, 240)]))
    assert [finding.code for finding in caught.value.diagnostics] == ["NC6909"]
    subject.apply(document(many[1:9]))
    assert len(endpoints()) == 8


def test_a_connection_uses_them(subject):
    """Two paths between sockets of this namespace: the subflow leaves by the second address."""
    quiet()
    addresses = ["192.0.2.1/24", "192.0.2.2/24"]
    subject.apply(
        document(
            [flow("192.0.2.2")],
            {"subflows": 2, "add_addr_accepted": 2},
            lo={"state": "up"},
            **pair(addresses),
        )
    )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as server:
        server.bind(("192.0.2.1", 0))
        server.listen()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as client:
            client.bind(("192.0.2.1", 0))
            client.connect(server.getsockname())
            accepted, _ = server.accept()
            with accepted:
                client.send(b"x")
                accepted.recv(1)
                accepted.send(b"y")
                client.recv(1)
                assert sources(server.getsockname()[1]) >= {"192.0.2.1", "192.0.2.2"}


def sources(port):
    """The addresses that connections to the port come from, once there are two of them."""
    deadline = time.monotonic() + 5
    while True:
        shown = subprocess.run(
            ["ss", "-tnH", "dport", "=", str(port)], text=True, capture_output=True, check=True
        )
        found = {line.split()[3].rpartition(":")[0] for line in shown.stdout.splitlines()}
        if len(found) > 1 or time.monotonic() > deadline:
            return found
        time.sleep(0.02)
