"""Writes to the VNIs of a vxlan, as plain data, and the `bridge vni` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.domains.link.kinds.vxlan import is_group
from netconf.domains.link.vni.resource import Range


@dataclass(frozen=True, slots=True)
class SetVnis:
    """Take VNIs from a vxlan, then add others."""

    name: str
    remove: tuple[Range, ...] = ()
    add: tuple[Range, ...] = ()

    def describe(self) -> str:
        return f"change VNIs of {self.name}"

    def commands(self) -> tuple[str, ...]:
        lines = [f"bridge vni delete vni {one.numbers} dev {self.name}" for one in self.remove]
        for one in self.add:
            where = f" {'group' if is_group(one.remote) else 'remote'} {one.remote}" if one.remote else ""
            lines.append(f"bridge vni add vni {one.numbers}{where} dev {self.name}")
        return tuple(lines)
