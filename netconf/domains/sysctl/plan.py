"""From the document to sysctls, and from their changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.overlay import overlay
from netconf.core.resource import Resource, State, Target
from netconf.domains.sysctl.resource import ACCEPT_REDIRECTS, NOT_LINKS, Sysctl

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


DISABLE_IPV6 = ids.sysctl(("net", "ipv6", "conf", "all", "disable_ipv6"))


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


def refine(target: Target, observed: State) -> Target:
    """Say of values that are as wanted which of them a general value will overwrite. Switching IPv6
    off or on for all links does so for each, with all that goes with it.
    """
    found = {key: want for key, want in target.items() if isinstance(want, Sysctl)}
    switched = {key: want for key, want in _switched(found.get(DISABLE_IPV6), observed) if key not in target}
    silent = _silent(target, observed) if any(want.is_silenced for want in found.values()) else set()
    written = {key for key, want in found.items() if _value_of(observed.get(key)) not in (None, want.value)}
    return switched | {
        key: replace(want, again=again)
        for key, want in found.items()
        if want.again
        != (
            again := key not in written
            and (_is_overwritten(want, found, written) or _is_silenced(want, silent))
        )
    }


def _is_overwritten(want: Sysctl, found: Mapping[ResourceId, Sysctl], written: set[ResourceId]) -> bool:
    """Of the values that IPv6 copies, one that's the same does no harm."""
    general = want.overwritten_by & written
    return any(not want.is_copied or found[key].value != want.value for key in general)


def _silent(target: Target, observed: State) -> set[str]:
    """The links of WireGuard that go up, also if they do so again."""
    found = set()
    for key, want in target.items():
        if key.kind == ids.ADMIN_UP and want is not None:
            name = key.name[0]
            link = target.get(ids.link(name)) or observed.get(ids.link(name))
            if link is None or ids.wireguard_link(name) not in link.provides:
                continue
            if _is_new(key, target, observed) or _is_new(ids.link(name), target, observed):
                found.add(name)
    return found


def _is_new(key: ResourceId, target: Target, observed: State) -> bool:
    """Whether it's made, or made again."""
    want, have = target.get(key), observed.get(key)
    return want is not None and (have is None or not have.can_become(overlay(want, have)))


def _is_silenced(want: Sysctl, links: set[str]) -> bool:
    return want.is_silenced and want.value != "0" and bool(links & {want.link} if want.link else links)


def _switched(want: Sysctl | None, observed: State) -> Iterator[tuple[ResourceId, Sysctl]]:
    if want is None or _value_of(observed.get(DISABLE_IPV6)) == want.value:
        return
    for key in observed:
        match key.name:
            case ("net", "ipv6", "conf", name, "disable_ipv6") if name not in NOT_LINKS:
                yield key, Sysctl(key.name, want.value)


def _value_of(resource: Resource | None) -> str | None:
    return resource.value if isinstance(resource, Sysctl) else None


def side_effects(changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
    """Writing a general value changes particular ones: ip_forward and conf.all.forwarding set every
    link's and conf.all.accept_redirects (inet_forward_change), IPv6 copies conf.all to the links,
    IPv4 copies conf.default to links that never had a value of their own (devinet_copy_dflt_conf).
    """
    names = ["all", "default", *(key.name[0] for key in observed if key.kind == ids.LINK)]
    for change in changes:
        match change.id.name:
            case ("net", "ipv4", "ip_forward"):
                yield from _each("ipv4", "conf", names, "forwarding")
                yield ACCEPT_REDIRECTS
            case ("net", family, ("conf" | "neigh") as table, "all" | "default", key):
                yield from _each(family, table, names, key)
                if (family, key) == ("ipv4", "forwarding"):
                    yield from (ids.sysctl(("net", "ipv4", "ip_forward")), ACCEPT_REDIRECTS)


def _each(family: str, table: str, names: list[str], key: str) -> Iterator[ResourceId]:
    return (ids.sysctl(("net", family, table, name, key)) for name in names)
