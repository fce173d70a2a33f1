"""Asking services, real ones on loopback."""

from __future__ import annotations

import http.server
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from netconf.system.linux.probes import LinuxProbes
from netconf.system.linux.process import LinuxProcess

PROBES = LinuxProbes(LinuxProcess())


@pytest.fixture
def listener(netns):
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found.getsockname()[1]


@pytest.fixture
def web(netns):
    """A server that answers with the status its path names; /slow drips."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/slow":
                time.sleep(0.5)
                return
            self.send_response(int(self.path.strip("/").partition("?")[0]))
            self.send_header("Location", "/500")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_tcp(listener):
    assert PROBES.tcp("127.0.0.1", listener, 1) == ""
    assert PROBES.tcp("127.0.0.1", 1, 1) == "Connection refused"
    assert PROBES.tcp("192.0.2.1", 1, 1) == "Network is unreachable"


def test_tcp_that_is_not_accepted(netns):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        try:
            assert PROBES.tcp("127.0.0.1", full.getsockname()[1], 0.2) == "no answer within 0.2 s"
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/200", 0, ""),
        ("/302?a=b", 0, ""),
        ("/404", 0, "status 404"),
        ("/404", 404, ""),
        ("/200", 204, "status 200"),
        ("/slow", 0, "no answer within 0.2 s"),
    ],
)
def test_http(web, path, status, said):
    assert PROBES.http(web + path, status, 0.2) == said


def test_what_is_no_http(netns):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-x\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert "no HTTP" in PROBES.http(f"http://127.0.0.1:{server.getsockname()[1]}/", 0, 2)
        thread.join()


def test_tls_that_is_not_trusted_or_none(web):
    assert PROBES.http(web.replace("http", "https"), 0, 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("true",), ""),
        (("sh", "-c", "echo out; echo a problem >&2; echo more >&2; exit 3"), "exit status 3: a problem"),
        (("sh", "-c", "echo only this; exit 1"), "exit status 1: only this"),
        (("sh", "-c", "kill -9 $$"), "killed by signal 9"),
        (("/nowhere/check",), "/nowhere/check: No such file or directory"),
    ],
)
def test_command(words, said):
    assert PROBES.command(words, 5) == said


def test_a_command_that_takes_too_long_ends_with_its_children(tmp_path):
    began = time.monotonic()
    script = f"sleep 60 & echo $! > {tmp_path}/child; wait"
    assert PROBES.command(("sh", "-c", script), 0.3) == "not done within 0.3 s"
    assert time.monotonic() - began < 10
    child = int(Path(tmp_path, "child").read_text())
    with pytest.raises(ProcessLookupError):
        _gone(child)


def _gone(pid):
    """Raises when it's gone; an ended one that nobody waits for counts."""
    for _ in range(100):
        os.kill(pid, 0)
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
