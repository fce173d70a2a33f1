"""BIRD daemons for tests: each with a configuration, a socket and a pid file of its own, in the network namespace of
the test or in one of their own.
"""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from netconf.system.linux.bird import LinuxBird
from netconf.system.ports import BirdFault, BirdUnavailable

START_SECONDS = 10


class Daemon:
    """One instance in `home`. `inside` are words to run it with, such as those of a Namespace."""

    def __init__(self, home: Path, config: str | None = None, inside=()):
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.inside = home, tuple(inside)
        self.config, self.socket, self.log = home / "bird.conf", home / "bird.ctl", home / "bird.log"
        self._process = None
        if config is not None:
            self.config.write_text(config)

    @property
    def words(self):
        """What starts it in the background, as `bird.daemon.start` wants it."""
        files = ["-c", str(self.config), "-s", str(self.socket), "-P", str(self.home / "bird.pid")]
        return [*self.inside, "bird", *files]

    def start(self):
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*self.words, "-f"], stderr=log, stdout=log)
        try:
            until(lambda: self.answers or self._process.poll() is not None, START_SECONDS, self.log.read_text)
            assert self._process.poll() is None, self.log.read_text()
        except BaseException:
            self.kill()
            raise
        return self

    @property
    def answers(self):
        try:
            LinuxBird().connect(str(self.socket)).close()
        except (BirdUnavailable, BirdFault):
            return False
        return True

    def ask(self, command):
        """The lines of the answer, without codes."""
        session = LinuxBird().connect(str(self.socket))
        try:
            return [text for _, text in session.ask(command).lines]
        finally:
            session.close()

    def protocols(self):
        """{name: (state, since, info)}."""
        found = {}
        for line in self.ask("show protocols"):
            words = line.split(None, 5)
            if len(words) > 4 and words[0] != "Name":
                since = 2 if re.fullmatch(r"\d{4}-\d\d-\d\d", words[4]) else 1
                rest = line.split()
                found[words[0]] = (words[3], " ".join(rest[4 : 4 + since]), " ".join(rest[4 + since :]))
        return found

    @property
    def pid(self):
        """Of a daemon in the background, too."""
        return int((self.home / "bird.pid").read_text())

    def signal(self, number):
        """To the daemon this object started in the foreground."""
        self._process.send_signal(number)

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self):
        """Whoever started it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
        elif self.answers:
            self.ask("down")
            until(lambda: not self.answers, START_SECONDS)


class Namespace:
    """A network namespace that is held by a process, so that it goes with the test."""

    def __init__(self):
        self._holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        self.pid = self._holder.pid
        mine = Path("/proc/self/ns/net").readlink
        until(lambda: Path(f"/proc/{self.pid}/ns/net").readlink() != mine(), START_SECONDS)
        self.inside = ("nsenter", "-t", str(self.pid), "-n")
        self.ip("link set lo up")

    def run(self, *words):
        return subprocess.run([*self.inside, *words], check=True, capture_output=True, text=True).stdout

    def ip(self, *lines):
        for line in lines:
            found = self.run("ip", *line.split())
        return found

    def close(self):
        self._holder.kill()
        self._holder.wait()


def until(condition, seconds, why=lambda: ""):
    """Wait for a condition; the test fails with `why` if it doesn't come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {why()}"
        time.sleep(0.02)
