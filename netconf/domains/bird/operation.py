"""Writes to a BIRD daemon, as data."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from netconf.domains.bird.expectations import expectations
from netconf.domains.bird.render import revision_of
from netconf.domains.bird.resource import NOT_RUNNING

CANDIDATE = ".netconf"
"""Behind the name of the configuration file: one that is being tried."""

FORMER = ".netconf-old"
"""The file that a candidate has replaced. Neither is matched by *.conf."""

MARGIN = 60
"""Seconds that BIRD waits longer than our verification takes, before it undoes by itself."""

_PASSWORD = re.compile(r'^( *# password from (\S+)\n *password )""', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Configure:
    """Make the daemon run this text, and the file hold it; `running` as of BirdConfig. Without a
    text there shall be no file, without a revision no daemon.
    """

    config: str
    socket: str
    text: str | None
    running: str
    binary: str = "bird"
    group: str = ""
    start: tuple[str, ...] = ()

    @property
    def candidate(self) -> str:
        return self.config + CANDIDATE

    @property
    def former(self) -> str:
        return self.config + FORMER

    @property
    def timeout(self) -> int:
        """Seconds after which BIRD goes back by itself unless it's told otherwise."""
        longest = max((e.seconds for e in expectations(self.text or "")), default=0.0)
        return int(longest) + MARGIN

    def describe(self) -> str:
        if self.text is None:
            return f"stop BIRD and remove {self.config}"
        if self.running == NOT_RUNNING:
            return f"stop BIRD and put back {self.config}"
        return f"configure BIRD with {self.config}"

    def commands(self) -> tuple[str, ...]:
        """In a shell, what comes to the same; of a text that isn't ours only the reload, for it can
        hold passwords.
        """
        birdc = f"birdc -s {shlex.quote(self.socket)}"
        file = shlex.quote(self.config)
        if self.text is None:
            return (f"{birdc} down", f"rm -f {file}")
        if self.running == NOT_RUNNING:
            return (f"{birdc} down",)
        if not revision_of(self.text):
            return (f"{birdc} configure",)
        return (*self._write(file), f"{birdc} configure || {shlex.join(self.start) or 'false'}")

    def _write(self, file: str) -> Iterator[str]:
        escaped = re.sub(r"([\\$`])", r"\\\1", self.text or "")
        inside = _PASSWORD.sub(r'\1"$(cat \2)"', escaped)
        yield f"cat > {file} <<END-OF-BIRD-CONF\n{inside}END-OF-BIRD-CONF"
