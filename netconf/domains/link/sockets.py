"""The ports of UDP that vxlans and geneves receive at. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error
from netconf.core.overlay import given
from netconf.domains.link.final import Final, is_over_ipv6
from netconf.domains.link.kinds.vxlan import RECEIVING
from netconf.domains.link.resource import AdminUp, Link


def check(up: AdminUp, final: Final) -> Iterator[Diagnostic]:
    """Whether a vxlan that goes up finds its port taken, by one that is another sort: the kernel has one socket for a
    port, and with that one sort (vxlan_find_sock of drivers/net/vxlan/vxlan_core.c).
    """
    link = final.link(up.name)
    if link is None or link.kind != "vxlan":
        return
    for other in final.sharing[link.socket]:
        if other.name == link.name or not final.is_up(other.name) or _apart(link, other, final):
            continue
        different = [name for name in RECEIVING if _is_on(name, link) != _is_on(name, other)]
        if different and _families(link) & _families(other):
            yield error(
                "NC2138",
                f"vxlan {link.name} and {other.name} can't both be up with port {dict(link.options)['port']}",
                f"{different[0]} isn't the same of both, and the vxlans that share a port have that in common",
                "write another port for one",
                resource=str(up.id),
            )


def _apart(link: Link, other: Link, final: Final) -> bool:
    """Whether both send through VRFs, and not the same: sockets are bound to these (l3mdev_index of
    vxlan_find_sock). What their parents are in another namespace isn't known here.
    """
    vrfs = {_vrf(given(one.lower, ""), final) for one in (link, other)}
    return bool(link.abroad) or ("" not in vrfs and len(vrfs) > 1)


def _vrf(name: str, final: Final) -> str:
    seen = {""}
    while name not in seen:
        seen.add(name)
        if final.kind(name) == "vrf":
            return name
        name = final.master(name)
    return ""


def check_geneve(link: Link, final: Final) -> Iterator[Diagnostic]:
    """Whether one that is external has its port for itself (geneve_configure of drivers/net/geneve.c)."""
    if link.kind != "geneve" or link.abroad:
        return
    for other in final.sharing[link.socket]:
        # Two of them are twins: see checks.
        if other.name != link.name and _is_on("external", link) != _is_on("external", other):
            yield error(
                "NC2139",
                f"geneve {link.name} and {other.name} would both have port {dict(link.options)['port']}",
                "one of them is external, which wants a port for itself",
                "write another port for one",
                resource=str(link.id),
            )


def _is_on(name: str, link: Link) -> bool:
    return dict(link.options).get(name, "off") == "on"


def _families(link: Link) -> frozenset[bool]:
    """Whether it's over IPv6: one that is external is over both."""
    return frozenset({True, False}) if _is_on("external", link) else frozenset({is_over_ipv6(link)})
