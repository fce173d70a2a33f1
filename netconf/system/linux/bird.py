"""BIRD's control socket: `ports.Bird`.

One command is one line. A line of the answer is `NNNN-text` (more follows) or `NNNN text` (the last
one); one that begins with a blank has the code of the line before; one that begins with `+` is an
event, which may come at any time and belongs to no answer (nest/cli.c of BIRD).
"""

from __future__ import annotations

import re
import socket
import time

from netconf.system.ports import BirdFault, BirdReply, BirdSession, BirdUnavailable

LONGEST = 1000
"""Bytes of a command. BIRD 2.0.12 drops a session at 1023 in one write; any version up to 3.3 spins
for ever over 4095 that come in pieces.
"""

GREETING_SECONDS = 5.0
READY = 1

MOST_BYTES = 1 << 28
"""Of one answer. A table of a million routes is 100 MB."""

_LINE = re.compile(r"(\d{4})([ -])(.*)", re.DOTALL)
_VERSION = re.compile(r"BIRD (\S+) ready")
_UNAVAILABLE = (FileNotFoundError, NotADirectoryError, ConnectionRefusedError, PermissionError)


class LinuxBird:
    def connect(self, socket: str) -> BirdSession:
        return Session(socket)


class Session:
    """Whoever accepts may be stopped or no BIRD at all, so the greeting has a deadline too."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._socket = _connected(path)
        self._left = bytearray()
        try:
            self._version = self._greeted()
        except BaseException:
            self.close()
            raise

    @property
    def version(self) -> str:
        return self._version

    def ask(self, command: str, seconds: float = 5.0) -> BirdReply:
        raw = command.encode()
        if len(raw) > LONGEST or any(character in command for character in "\n\r\0"):
            raise ValueError(f"not a command of one line that BIRD can read: {command[:40]!r}")
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(raw + b"\n")
            return self._answer(time.monotonic() + seconds)
        except OSError as err:
            raise BirdFault(f"{self._path}: {err.strerror or 'no answer in time'}") from err

    def close(self) -> None:
        self._socket.close()

    def _greeted(self) -> str:
        try:
            greeting = self._answer(time.monotonic() + GREETING_SECONDS)
        except OSError as err:
            raise BirdFault(f"{self._path}: {err.strerror or 'no greeting, is the daemon stopped?'}") from err
        found = _VERSION.search(greeting.text)
        if greeting.code != READY or found is None:
            raise BirdFault(f"{self._path}: not a greeting of BIRD: {greeting.text[:60]!r}")
        return found[1]

    def _answer(self, deadline: float) -> BirdReply:
        lines: list[tuple[int, str]] = []
        while True:
            line = self._line(deadline)
            if line.startswith("+"):
                continue
            match = _LINE.fullmatch(line)
            if match is not None:
                lines.append((int(match[1]), match[3]))
                if match[2] == " ":
                    return BirdReply(lines[-1][0], lines[-1][1], tuple(lines))
            elif line.startswith(" ") and lines:
                lines.append((lines[-1][0], line[1:]))
            else:
                raise BirdFault(f"{self._path}: not a line of BIRD's: {line[:60]!r}")

    def _line(self, deadline: float) -> str:
        """The next line; OSError or BirdFault if none comes."""
        searched = 0
        while (end := self._left.find(b"\n", searched)) < 0:
            searched = len(self._left)
            if searched > MOST_BYTES:
                raise BirdFault(f"{self._path}: a line without end")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            more = self._socket.recv(1 << 16)
            if not more:
                raise BirdFault(f"{self._path}: the daemon closed the connection")
            self._left += more
        line = bytes(self._left[:end])
        del self._left[: end + 1]
        return line.decode(errors="replace")


def _connected(path: str) -> socket.socket:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    found.settimeout(GREETING_SECONDS)
    try:
        found.connect(path)
    except _UNAVAILABLE as err:
        found.close()
        raise BirdUnavailable(f"{path}: {err.strerror}") from err
    except OSError as err:
        found.close()
        raise BirdFault(f"{path}: {err.strerror or 'not accepted in time'}") from err
    return found
