"""Sets of addresses for xtables by running ipset(8): `ports.Ipsets`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netconf.core.errors import ObserveError
from netconf.system.linux.fed import fed, output, program
from netconf.system.ports import IpsetComplaint

if TYPE_CHECKING:
    import subprocess

_PLACES = ("/usr/sbin/ipset", "/sbin/ipset", "/usr/bin/ipset")
_LINE = re.compile(r"Error in line (\d+): (.*)")
_HEAD = re.compile(r"^ipset v\S+: ")
_SECONDS = 60


class LinuxIpsets:
    def names(self) -> Sequence[str]:
        if program(_PLACES) is None:
            return ()  # so nobody has made any
        return output("ipset", _ipset("list", "-n")).split()

    def save(self, name: str) -> str:
        return output("ipset", _ipset("save", name))

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


def _ipset(*arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
    found = program(_PLACES)
    if found is None:
        raise ObserveError("ipset is not installed", hint="install the package ipset")
    return fed([found, *arguments], script, _SECONDS)
