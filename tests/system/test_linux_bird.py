"""The client of BIRD's control socket: against a real daemon, and against peers that are none or are broken."""

from __future__ import annotations

import signal
import socket
import threading

import pytest
from birds import Daemon

from netconf.system.linux import bird
from netconf.system.linux.bird import LinuxBird
from netconf.system.ports import BirdFault, BirdUnavailable

needs_bird = pytest.mark.needs("bin:bird", "netns")


@pytest.fixture
def daemon(netns, tmp_path):
    found = Daemon(tmp_path, 'router id 10.0.0.1;\ndefine nc_revision = "r1";\nprotocol device { }\n').start()
    yield found
    found.stop()


@pytest.fixture
def peer(tmp_path):
    """A function that listens, and sends each of its arguments after what it read: None closes."""
    path = str(tmp_path / "peer.ctl")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    ended = threading.Event()

    def serve(*says):
        def run():
            connection, _ = listener.accept()
            with connection:
                for number, said in enumerate(says):
                    if number:
                        connection.recv(4096)
                    if said is None:
                        return
                    connection.sendall(said)
                ended.wait(10)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return path

    threads = []
    yield serve
    ended.set()
    listener.close()
    for thread in threads:
        thread.join()


GREETING = b"0001 BIRD 2.0.12 ready.\n"


@needs_bird
def test_commands_and_codes(daemon):
    session = LinuxBird().connect(str(daemon.socket))
    assert session.version.startswith(("2.", "3."))
    assert session.ask("eval nc_revision")[:2] == (23, "r1")
    assert session.ask("eval nonsense").code == 9001
    assert session.ask("show protocols nosuch").code in (8003, 9001)
    assert session.ask("configure confirm").code == 19
    many = session.ask("show protocols all")
    assert any(code == 1002 and text.startswith("device1") for code, text in many.lines)
    assert session.ask(f'configure check "{daemon.config}"').code == 20
    (daemon.home / "bad.conf").write_text("router id 10.0.0.1;\nnonsense;\n")
    refused = session.ask(f'configure check "{daemon.home}/bad.conf"')
    assert refused.code == 8002
    assert f"{daemon.home}/bad.conf:2:" in refused.text
    session.close()


@needs_bird
def test_a_long_answer_is_whole(daemon):
    routes = "\n".join(f"route 10.{n >> 8}.{n & 255}.0/24 blackhole;" for n in range(3000))
    daemon.config.write_text(
        f"router id 10.0.0.1;\nprotocol device {{ }}\nprotocol static {{ ipv4;\n{routes}\n}}\n"
    )
    session = LinuxBird().connect(str(daemon.socket))
    assert session.ask("configure").code in (3, 4)
    answer = session.ask("show route")
    assert sum("blackhole" in text for _, text in answer.lines) == 3000
    session.close()


@needs_bird
def test_what_the_daemon_could_not_read_is_not_sent(daemon):
    session = LinuxBird().connect(str(daemon.socket))
    for command in ("show status\nconfigure", "show\0status", "a\rb", "x" * (bird.LONGEST + 1)):
        with pytest.raises(ValueError, match="not a command"):
            session.ask(command)
    assert session.ask("x" * bird.LONGEST).code == 9001
    assert session.ask("show status").code == 13
    session.close()


@needs_bird
def test_a_daemon_that_died_left_its_socket(daemon):
    session = LinuxBird().connect(str(daemon.socket))
    daemon.kill()
    with pytest.raises(BirdFault):
        session.ask("show status")
    session.close()
    assert daemon.socket.exists()
    with pytest.raises(BirdUnavailable):
        LinuxBird().connect(str(daemon.socket))


@needs_bird
def test_a_stopped_daemon_does_not_hold_us_up(daemon, monkeypatch):
    monkeypatch.setattr(bird, "GREETING_SECONDS", 0.3)
    daemon.signal(signal.SIGSTOP)
    with pytest.raises(BirdFault, match="greeting"):
        LinuxBird().connect(str(daemon.socket))
    daemon.signal(signal.SIGCONT)


def test_nobody_is_there(tmp_path):
    for path in (tmp_path / "none", tmp_path / "none" / "deeper"):
        with pytest.raises(BirdUnavailable):
            LinuxBird().connect(str(path))


def test_events_and_continued_lines(peer):
    path = peer(
        b"+an event\n" + GREETING,
        b"1002-first\n+Config timeout expired, starting undo\n more of it\n1006-other\n0000 ",
        b"\n",
    )
    session = LinuxBird().connect(path)
    thread = threading.Timer(0.05, lambda: session._socket.sendall(b"go on\n"))
    thread.start()
    assert session.ask("show") == (
        0,
        "",
        ((1002, "first"), (1002, "more of it"), (1006, "other"), (0, "")),
    )
    thread.join()
    session.close()


@pytest.mark.parametrize(
    "greeting",
    [None, b"SSH-2.0-OpenSSH_9\n", b"0001 hello\n", b"9001 BIRD 2.0.12 ready.\n", b" more\n", b"\xff\xfe\n"],
)
def test_no_greeting_of_bird(peer, greeting):
    with pytest.raises(BirdFault):
        LinuxBird().connect(peer(greeting))


@pytest.mark.parametrize("answer", [None, b"garbage\n", b" more of nothing\n", b"12-34\n", b"0013-begun\n"])
def test_broken_answers(peer, answer):
    session = LinuxBird().connect(peer(GREETING, answer))
    with pytest.raises(BirdFault):
        session.ask("show status", seconds=0.2)
    session.close()


def test_silence(peer, monkeypatch):
    monkeypatch.setattr(bird, "GREETING_SECONDS", 0.2)
    with pytest.raises(BirdFault, match="greeting"):
        LinuxBird().connect(peer(b""))
