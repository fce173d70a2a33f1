"""What the kernel would refuse about the VNIs of vxlans, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error
from netconf.domains.link.final import Final, is_over_ipv6
from netconf.domains.link.resource import Link
from netconf.domains.link.vni.resource import Range, Vnis, parse


def check(vnis: Vnis, final: Final) -> Iterator[Diagnostic]:
    """Whether another vxlan that filters has one of them, at the same port (vxlan_vni_in_use of
    drivers/net/vxlan/vxlan_core.c).
    """
    link = final.link(vnis.name)
    if link is None:
        return
    for other in final.sharing[link.socket]:
        theirs = final.vnis(other.name)
        if other.name == link.name or theirs is None or not _meet(link, other):
            continue
        both = _common(vnis, theirs)
        if both is not None:
            yield error(
                "NC2137",
                f"{link.name} and {other.name} would both receive VNI {both} at port {dict(link.options)['port']}",
                "of the vxlans that share a port, one has it",
                f"remove {both} from one, or write another port",
                resource=str(vnis.id),
            )


def _meet(one: Link, other: Link) -> bool:
    filtering = all(dict(link.options).get("vnifilter") == "on" for link in (one, other))
    return filtering and one.abroad == other.abroad and is_over_ipv6(one) == is_over_ipv6(other)


def _common(one: Vnis, other: Vnis) -> int | None:
    """The first VNI that both have."""
    mine, theirs = list(parse(one.entries)), list(parse(other.entries))
    while mine and theirs:
        if _overlap(mine[0], theirs[0]):
            return max(mine[0].first, theirs[0].first)
        (mine if mine[0].last < theirs[0].last else theirs).pop(0)
    return None


def _overlap(one: Range, other: Range) -> bool:
    return one.first <= other.last and other.first <= one.last
