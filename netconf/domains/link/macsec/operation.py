"""Writes to the channels and associations of MACsec links, as plain data, and the `ip macsec` lines that equal them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from netconf.system.ports import MacsecAssociation, MacsecWrite

KEPT = "/run/netconf/keys"
"""Where keys are that the kernel was given: see system/linux/keys.py."""

_VERBS = {"add": "add", "change": "set", "delete": "del"}


@dataclass(frozen=True, slots=True)
class SetMacsec:
    """Change what a link has, one after the other."""

    name: str
    writes: tuple[MacsecWrite, ...]

    def describe(self) -> str:
        return f"set up MACsec on {self.name}"

    def commands(self) -> tuple[str, ...]:
        return tuple(self._line(write) for write in self.writes)

    def _line(self, write: MacsecWrite) -> str:
        """A key goes through a pipe: the arguments of programs are for all to see."""
        what = write.what
        words = ["macsec", _VERBS[write.verb], self.name]
        words += [f"rx sci {what.sci}" if what.sci else "tx"]
        if isinstance(what, MacsecAssociation):
            words.append(f"sa {what.an}")
            words += [f"{'xpn' if what.ssci else 'pn'} {what.pn}"] if write.verb != "delete" else []
        if write.verb != "delete":
            words.append("on" if what.active else "off")
        line = " ".join(words)
        if not isinstance(what, MacsecAssociation) or write.verb != "add":
            return f"ip {line}"
        path = _path(write.source or f"{KEPT}/macsec-{what.key_id}")
        if not what.ssci:
            return f"printf '{line} key {what.key_id} %s\\n' \"$(cat {path})\" | ip -batch -"
        digits = f"tr -d '[:space:]' < {path}"
        salt, key = (f'"$({digits} | {part} -c {count})"' for part, count in (("tail", 24), ("head", -24)))
        return f"printf '{line} salt %s ssci {what.ssci} key {what.key_id} %s\\n' {salt} {key} | ip -batch -"


def _path(source: str) -> str:
    if source.startswith("$"):
        folder, _, name = source.partition("/")
        return f'"{folder}"/{shlex.quote(name)}'
    return shlex.quote(source)
