"""Sets of addresses for xtables by running ipset(8): `ports.Ipsets`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netconf.core.errors import ObserveError
from netconf.system.ports import IpsetComplaint

if TYPE_CHECKING:
    import subprocess

_PLACES = ("/usr/sbin/ipset", "/sbin/ipset", "/usr/bin/ipset")
_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_LINE = re.compile(r"Error in line (\d+): (.*)")
_HEAD = re.compile(r"^ipset v\S+: ")
_SECONDS = 60


class LinuxIpsets:
    def names(self) -> Sequence[str]:
        if _program() is None:
            return ()  # so nobody has made any
        return _output(_ipset("list", "-n")).split()

    def save(self, name: str) -> str:
        return _output(_ipset("save", name))

    def restore(self, script: str) -> IpsetComplaint | None:
        if not script:
            return None
        done = _ipset("restore", script=script)
        if not done.returncode:
            return None
        found = _LINE.search(done.stderr)
        if found:
            return IpsetComplaint(int(found[1]), found[2])
        return IpsetComplaint(0, _HEAD.sub("", " ".join(done.stderr.split())))


def _program() -> str | None:
    return next((place for place in _PLACES if os.access(place, os.X_OK)), None)


def _ipset(*arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
    import subprocess

    program = _program()
    if program is None:
        raise ObserveError("ipset is not installed", hint="install the package ipset")
    with os.fdopen(os.memfd_create("ipset"), "w+b") as given:
        given.write(script.encode())
        given.seek(0)
        try:
            return subprocess.run(
                [program, *arguments],
                stdin=given,
                capture_output=True,
                text=True,
                env=_ENVIRONMENT,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as err:
            raise ObserveError(f"ipset {' '.join(arguments)} took longer than {_SECONDS} s") from err


def _output(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        raise ObserveError(f"ipset: {' '.join(done.stderr.split())}")
    return done.stdout
