"""Three hosts: a client, the host with the firewall (this thread's namespace), a server behind it.

    client 198.51.100.2  --- up0 198.51.100.1  host  192.168.1.1 lan0 ---  192.168.1.100 server
           2001:db8:1::2         2001:db8:1::1        2001:db8:2::1        2001:db8:2::100

Sockets belong to the namespace of the thread that opens them, so each host is a thread.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

from lab import netns

OPEN, RESET, TIMEOUT = "open", "reset", "timeout"
SECONDS = 0.3
"""For an answer over veth; longer only where there is none."""

_REFUSALS = {
    errno.ECONNREFUSED: RESET,
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "net unreachable",
    errno.EACCES: "prohibited",
    errno.EPERM: "not permitted",
}


class Host:
    """A namespace with a thread in it."""

    def __init__(self):
        self._threads = ThreadPoolExecutor(1)
        self._stack = ExitStack()
        self._threads.submit(netns.enter_fresh).result()
        self.path = f"/proc/{os.getpid()}/task/{self.do(_thread_id)}/ns/net"
        self.do(netns._loopback_up)

    def do(self, work, *arguments):
        return self._threads.submit(work, *arguments).result()

    def ip(self, *lines):
        for line in lines:
            self.do(run_ip, line)

    def end(self):
        self._stack.close()
        self.do(netns._silence)
        self._threads.shutdown()

    def opened(self, family, kind, source=("", 0)):
        """Bound to an address, closed at the end."""

        def make():
            found = socket.socket(family, kind)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if any(source):
                found.bind(source)
            return found

        return self._stack.enter_context(self.do(make))

    def keep(self, found):
        """A socket that somebody gave us: closed at the end."""
        return self._stack.enter_context(found)

    def listen(self, port, family=socket.AF_INET):
        found = self.opened(family, socket.SOCK_STREAM, ("", port))
        found.listen(200)
        found.settimeout(SECONDS)
        return found

    def connect(self, address, port, source="", source_port=0):
        """(how it went, the socket)."""
        found = self.opened(_family(address), socket.SOCK_STREAM, (source, source_port))
        found.settimeout(SECONDS)
        try:
            found.connect((address, port))
        except TimeoutError:
            return TIMEOUT, found
        except OSError as err:
            return _REFUSALS.get(err.errno, str(err)), found
        return OPEN, found

    def tcp(self, address, port, source="", source_port=0):
        """How a new connection goes."""
        how, found = self.connect(address, port, source, source_port)
        found.close()
        return how

    def many(self, number, address, port, source=""):
        """How many of so many connections at one time are there at once; they stay."""
        sockets = [self.opened(_family(address), socket.SOCK_STREAM, (source, 0)) for _ in range(number)]
        for found in sockets:
            found.setblocking(False)
            with suppress(BlockingIOError):
                found.connect((address, port))
        time.sleep(SECONDS)
        done = [found for found in sockets if select.select([], [found], [], 0)[1]]
        return sum(not found.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for found in done), sockets

    def udp(self, address, port, source="", source_port=0):
        """Whether a datagram is answered."""
        found = self.opened(_family(address), socket.SOCK_DGRAM, (source, source_port))
        found.settimeout(SECONDS)
        found.connect((address, port))
        try:
            found.send(b"question")
            return found.recv(100).decode()
        except TimeoutError:
            return TIMEOUT
        except OSError as err:
            return _REFUSALS.get(err.errno, str(err))
        finally:
            found.close()

    def ping(self, address):
        """Whether an echo request is answered."""
        six = ":" in address
        protocol, kind = (58, 128) if six else (1, 8)

        def make():
            return socket.socket(_family(address), socket.SOCK_RAW, protocol)

        with self.do(make) as raw:
            message = struct.pack("!BBHHH", kind, 0, 0, 7, 1)
            if not six:
                total = sum(struct.unpack("!4H", message))
                message = struct.pack("!BBHHH", kind, 0, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF, 7, 1)
            raw.sendto(message, (address, 0))
            end = time.monotonic() + SECONDS
            while (left := end - time.monotonic()) > 0 and select.select([raw], [], [], left)[0]:
                data, sender = raw.recvfrom(1000)
                answer = data if six else data[20:]
                if answer[0] == (129 if six else 0) and sender[0] == address:
                    return OPEN
        return TIMEOUT


class Echo:
    """Answers datagrams with who asked."""

    def __init__(self, host, port, family=socket.AF_INET):
        self._socket = host.opened(family, socket.SOCK_DGRAM, ("", port))
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(self._run)

    def _run(self):
        with suppress(OSError):
            while True:
                _, sender = self._socket.recvfrom(100)
                self._socket.sendto(sender[0].encode(), sender)

    def end(self):
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.shutdown()


def accepted(listener):
    """The next connection's socket and the address it comes from."""
    found, sender = listener.accept()
    return found, sender[0]


def run_ip(line):
    done = subprocess.run(["ip", *line.split()], capture_output=True, text=True, check=False)
    assert not done.returncode, f"ip {line}: {done.stderr}"


def _thread_id():
    import threading

    return threading.get_native_id()


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Here(Host):
    """The namespace this test is in."""

    def __init__(self):
        home = os.open(netns.HERE, os.O_RDONLY)
        self._threads = ThreadPoolExecutor(1)
        self._stack = ExitStack()
        self.do(lambda: netns._checked("setns", netns._libc.setns(home, netns.CLONE_NEWNET)))
        os.close(home)

    def end(self):
        self._stack.close()
        self._threads.shutdown()


@contextmanager
def three_hosts():
    """(client, host, server), connected and with routes; the host forwards nothing yet."""
    client, host, server = Host(), Here(), Host()
    try:
        for other, link, far in ((client, "up0", "c0"), (server, "lan0", "s0")):
            run_ip(f"link add {link} type veth peer name {far}")
            _move(far, other)
        for part, link, addresses, gateway in (
            (host, "up0", ["198.51.100.1/24", "2001:db8:1::1/64"], ()),
            (host, "lan0", ["192.168.1.1/24", "2001:db8:2::1/64"], ()),
            (client, "c0", ["198.51.100.2/24", "2001:db8:1::2/64"], ("198.51.100.1", "2001:db8:1::1")),
            (server, "s0", ["192.168.1.100/24", "2001:db8:2::100/64"], ("192.168.1.1", "2001:db8:2::1")),
        ):
            for address in addresses:
                part.ip(f"addr add {address} dev {link} {'nodad' if ':' in address else ''}")
            part.ip(f"link set {link} up")
            part.ip(*(f"route add default via {one}" for one in gateway))
        # A router asks for neighbours from its link-local address.
        host.ip("addr add fe80::1/64 dev up0 nodad", "addr add fe80::1/64 dev lan0 nodad")
        client.ip("addr add 198.51.100.20/24 dev c0", "addr add 198.51.100.66/24 dev c0")
        client.ip("addr add 2001:db8:1::66/64 dev c0 nodad preferred_lft 0")
        server.ip("addr add 192.168.1.50/24 dev s0")
        yield client, host, server
    finally:
        client.end()
        server.end()
        host.end()


def _move(link, other):
    """To the namespace of a thread; by its file, as ip(8) wants a name or a process."""
    pid = other.do(_thread_id)
    run_ip(f"link set {link} netns {pid}")
