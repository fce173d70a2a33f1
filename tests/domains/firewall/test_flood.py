"""Under a flood of packets no change of the rules lets one through that's blocked, or loses one that isn't."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.hosts import three_hosts

HOST = "198.51.100.1"
OPEN, CLOSED = 7001, 7002
PAUSE = 0.0005
"""Between batches: receivers must keep up."""

SO_RCVBUFFORCE = 33


def document(number):
    """Each time other rules; every third time other sets, too."""
    rules = [
        {"name": f"r{n}", "proto": "udp", "port": 10000 + n * 2 + number, "action": "drop"} for n in range(50)
    ]
    sets = {"more": {"entries": [f"10.{number}.0.0/16"]}} if number % 3 == 0 else {}
    rules.insert(25, {"name": "closed", "proto": "udp", "port": CLOSED, "action": "drop"})
    rules.append({"name": "open", "proto": "udp", "port": OPEN, "action": "accept"})
    return {"netconf": 1, "firewall": {"sets": sets, "defaults": {"input": "drop"}, "rules": rules}}


class Flood:
    """Batches to both ports until it's told to stop; `sent` of each."""

    def __init__(self, sender):
        self._socket, self._stop, self.sent = sender, threading.Event(), 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            for _ in range(10):
                self._socket.sendto(b"x", (HOST, OPEN))
                self._socket.sendto(b"x", (HOST, CLOSED))
                self.sent += 1
            time.sleep(PAUSE)

    def end(self):
        self._stop.set()
        self._thread.join()


def received(found):
    """All that is in the queue."""
    number = 0
    found.setblocking(False)
    while True:
        try:
            found.recv(10)
        except BlockingIOError:
            return number
        number += 1


@pytest.mark.needs("nft:inet")
def test_no_packet_slips_through(netns, tmp_path):
    quiet()
    subject = Subject(tmp_path)
    with three_hosts() as (client, host, _):
        opened, closed = (
            host.opened(socket.AF_INET, socket.SOCK_DGRAM, ("", port)) for port in (OPEN, CLOSED)
        )
        for found in (opened, closed):
            found.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 512 << 20)
        subject.apply(document(1))
        flood = Flood(client.opened(socket.AF_INET, socket.SOCK_DGRAM))
        try:
            for number in range(2, 14):
                subject.apply(document(number))
        finally:
            flood.end()
        assert flood.sent > 1000
        assert (received(opened), received(closed)) == (flood.sent, 0)
