"""A sysctl under net., as a value."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.resource import NOTHING, Resource

NOT_LINKS = {"all", "default"}
"""Directories beside those of the links (Documentation/networking/ip-sysctl.rst)."""


@dataclass(frozen=True, slots=True)
class Sysctl(Resource):
    """One value; `path` is relative to /proc/sys, white space in `value` is single blanks."""

    path: tuple[str, ...]
    value: str

    @property
    def id(self) -> ResourceId:
        return ids.sysctl(self.path)

    @property
    def link(self) -> str:
        """The link it belongs to, "" if it's the host's."""
        match self.path:
            case ("net", _, "conf" | "neigh", name, _) if name not in NOT_LINKS:
                return name
        return ""

    @property
    def requires(self) -> frozenset[ResourceId]:
        if not self.link:
            return NOTHING
        own = ids.link(self.link)
        return frozenset({own, ids.ipv6(self.link)} if self.path[1] == "ipv6" else {own})

    @property
    def after(self) -> frozenset[ResourceId]:
        """The general value is written before the particular one, which it may overwrite."""
        match self.path:
            case ("net", family, table, name, key) if table in ("conf", "neigh"):
                general = [key_path("net", family, table, other, key) for other in ("default", "all")]
                if name == "default":
                    general = []
                elif name == "all":
                    general.pop()
                if key == "forwarding" and family == "ipv4":
                    general.append(key_path("net", "ipv4", "ip_forward"))
                return frozenset(general)
        return NOTHING

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset({ids.sysctls(self.link)}) if self.link else NOTHING


def key_path(*parts: str) -> ResourceId:
    """The id of a sysctl by its path parts."""
    return ids.sysctl(parts)
