"""From the document to sysctls, and from their changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource, State
from netconf.domains.sysctl.resource import Sysctl

if TYPE_CHECKING:
    from netconf.domains.sysctl.spec import Spec


@dataclass(frozen=True, slots=True)
class WriteSysctl:
    path: tuple[str, ...]
    value: str

    def describe(self) -> str:
        return f"set {'.'.join(self.path)} to {self.value}"

    def commands(self) -> tuple[str, ...]:
        """With slashes, as sysctl(8) takes them, since an interface name may have dots."""
        value = f'"{self.value}"' if " " in self.value else self.value
        return (f"sysctl -qw {'/'.join(self.path)}={value}",)


def expand(spec: Spec) -> Desired:
    """The sysctls of the host and of each link."""
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    for key, value in (spec.sysctl or {}).items():
        found = Sysctl(tuple(key.split(".")), value)
        resources[found.id] = found
        paths[found.id] = ("sysctl", key)
    for name, interface in spec.interfaces.items():
        for key, value in (interface.sysctl or {}).items():
            found = Sysctl(_link_path(name, key), value)
            resources[found.id] = found
            paths[found.id] = ("interfaces", name, "sysctl", key)
    return Desired(resources, frozenset(), frozenset(), paths)


def _link_path(link: str, key: str) -> tuple[str, ...]:
    family, *table, name = key.split(".")
    return ("net", family, table[0] if table else "conf", link, name)


def lower(change: Change) -> list[WriteSysctl]:
    """A sysctl can't be deleted; it goes with its link."""
    if isinstance(change.after, Sysctl):
        return [WriteSysctl(change.after.path, change.after.value)]
    return []


def side_effects(change: Change, observed: State) -> Iterator[ResourceId]:
    """Writing a general value changes particular ones: ip_forward and conf.all.forwarding set every
    link's, IPv6 copies conf.all to the links, IPv4 copies conf.default to links that never had a
    value of their own (devinet_copy_dflt_conf in net/ipv4/devinet.c).
    """
    links = [key.name[0] for key in observed if key.kind == ids.LINK]
    match change.id.name:
        case ("net", "ipv4", "ip_forward"):
            yield from _each("ipv4", "conf", ["all", "default", *links], "forwarding")
        case ("net", family, ("conf" | "neigh") as table, "all" | "default", key):
            yield from _each(family, table, ["all", "default", *links], key)
            if (family, key) == ("ipv4", "forwarding"):
                yield ids.sysctl(("net", "ipv4", "ip_forward"))


def _each(family: str, table: str, names: list[str], key: str) -> Iterator[ResourceId]:
    return (ids.sysctl(("net", family, table, name, key)) for name in names)
