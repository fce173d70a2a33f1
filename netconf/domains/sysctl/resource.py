"""A sysctl under net., as a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.resource import NOTHING, Resource

NOT_LINKS = {"all", "default"}
"""Directories beside those of the links (Documentation/networking/ip-sysctl.rst)."""


ACCEPT_REDIRECTS = ids.sysctl(("net", "ipv4", "conf", "all", "accept_redirects"))
"""Set by the kernel to the opposite of forwarding when that's switched."""


COPIED_IPV6 = {"addr_gen_mode", "disable_ipv6", "disable_policy", "forwarding", "ignore_routes_with_linkdown"}
"""Of these conf.all is copied to the links and to conf.default (net/ipv6/addrconf.c)."""


@dataclass(frozen=True, slots=True)
class Sysctl(Resource):
    """One value; `path` is relative to /proc/sys, white space in `value` is single blanks. `again`
    means that it's as wanted now, but won't be after a general value is written, or a link is up.
    """

    path: tuple[str, ...]
    value: str
    again: bool = field(default=False, metadata=TRANSIENT)

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
        needed = {ids.link(self.link)}
        if self.path[1] == "ipv6":
            needed.add(ids.ipv6(self.link))
        if self._goes_with_state:
            needed.add(ids.admin_up(self.link))
        return frozenset(needed)

    @property
    def _goes_with_state(self) -> bool:
        """A link's IPv6 MTU begins anew whenever it goes up (addrconf_notify)."""
        return self.path[:3] == ("net", "ipv6", "conf") and self.path[-1] == "mtu" and bool(self.link)

    @property
    def is_silenced(self) -> bool:
        """Whether a link of WireGuard switches it off when it goes up (wg_open of drivers/net/wireguard/device.c)."""
        return (
            self.path[:3] == ("net", "ipv4", "conf")
            and self.path[-1] == "send_redirects"
            and self.path[3] != "default"
        )

    @property
    def is_copied(self) -> bool:
        """Whether the kernel copies IPv6's general value over it as it is."""
        return self.path[:3] == ("net", "ipv6", "conf") and self.path[-1] in COPIED_IPV6

    def can_become(self, other: Sysctl) -> bool:
        """While IPv6 is switched off for all links it's off for this one, too, until this is written
        again: what needs it is lost.
        """
        return not (other.again and self.provides_ipv6)

    @property
    def provides_ipv6(self) -> bool:
        return (
            self.path[:3] == ("net", "ipv6", "conf")
            and self.path[-1] == "disable_ipv6"
            and (bool(self.link) and self.value == "0")
        )

    @property
    def after(self) -> frozenset[ResourceId]:
        if not self.is_silenced:
            return self._general
        return self._general | {ids.admin_up(self.link) if self.link else ids.silence()}

    @property
    def _general(self) -> frozenset[ResourceId]:
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
                if self.id == ACCEPT_REDIRECTS:
                    general.append(key_path("net", "ipv4", "ip_forward"))
                    general.append(key_path("net", "ipv4", "conf", "all", "forwarding"))
                if key == "forwarding":
                    general.append(ids.packet_filter())
                return frozenset(general)
            case ("net", "ipv4", "ip_forward"):
                return frozenset({ids.packet_filter()})
        return NOTHING

    @property
    def overwritten_by(self) -> frozenset[ResourceId]:
        """The general values that the kernel copies over this one when they are written."""
        match self.path:
            case ("net", "ipv4", "ip_forward"):
                return frozenset({key_path("net", "ipv4", "conf", "all", "forwarding")})
            case ("net", "ipv4", "conf", "all", "forwarding" | "accept_redirects"):
                return self._general
            case ("net", "ipv4", "conf" | "neigh", name, key) if name != "all":
                return (
                    self._general
                    if key == "forwarding"
                    else self._general - {key_path("net", "ipv4", "conf", "all", key)}
                )
            case ("net", "ipv6", "conf", name, key) if name != "all" and self.is_copied:
                return frozenset({key_path("net", "ipv6", "conf", "all", key)})
        return NOTHING

    @property
    def provides(self) -> frozenset[ResourceId]:
        if self._goes_with_state or self.is_silenced:
            return NOTHING
        match self.path:
            case (_, _, _, name, _) if self.provides_ipv6:
                return frozenset({ids.sysctls(name), ids.ipv6_enabled(name)})
            case ("net", _, "conf" | "neigh", name, _) if name != "all":
                return frozenset({ids.sysctls(name)})
        return NOTHING


def key_path(*parts: str) -> ResourceId:
    """The id of a sysctl by its path parts."""
    return ids.sysctl(parts)
