"""What a link stands on: whether it can be there, beside those that stand there already."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error
from netconf.core.overlay import given
from netconf.domains.link.final import (
    Final,
    listed,
    no_ethernet,
)
from netconf.domains.link.resource import Link

MACVLANS = ("macvlan", "macvtap", "ipvlan")
ON_ETHERNET = {"vlan", "macsec", "macvlan", "macvtap", "ipvlan"}


def check_own(link: Link, final: Final) -> Iterator[Diagnostic]:
    if not link.abroad:
        yield from check_lower(link, final, [], str(link.id))


def check_lower(link: Link, final: Final, elsewhere: list[Link], resource: str) -> Iterator[Diagnostic]:
    """Whether it can be on its parent, which is in the namespace of `final`; with others in other namespaces."""
    lower = given(link.lower, "")
    if not lower:
        return
    if lower == link.name and not link.abroad:
        yield error(
            "NC2111",
            f"{link.kind} {link.name} is its own parent",
            "its frames would never leave",
            "name another parent",
            resource=resource,
        )
    elif final.link(lower) is None:
        why, fix = final.missing(lower, link.name)
        yield error(
            "NC2102",
            f"{link.kind} {link.name}: its parent {lower} is not there",
            why,
            fix,
            resource=resource,
        )
    elif link.kind in ON_ETHERNET and (reason := _unfit_parent(link, lower, elsewhere, final)):
        yield error(
            "NC2112",
            f"{link.kind} {link.name} can't be put on {lower}",
            reason,
            "name another parent, or solve that",
            resource=resource,
        )


def _unfit_parent(link: Link, lower: str, elsewhere: list[Link], final: Final) -> str:
    """Why the kernel refuses a parent, or would take another one; "" if it doesn't."""
    reason = no_ethernet(lower, final)
    if reason or link.kind == "vlan":
        return reason
    others = final.macvlans[lower] + [other for other in elsewhere if other.kind in MACVLANS]
    macsecs = final.macsecs[lower] + [other.name for other in elsewhere if other.kind == "macsec"]
    if link.kind == "macsec" or macsecs:
        return _unfit_for_macsec(link, lower, others, macsecs, final)
    if len({other.kind == "ipvlan" for other in others}) > 1:
        return f"an ipvlan can't share a parent with macvlans: {listed([other.name for other in others])}"
    if link.kind == "ipvlan":
        return f"{lower} is an ipvlan itself" if final.kind(lower) == "ipvlan" else ""
    return _unfit_for_macvlan(link, lower, others, final)


def _unfit_for_macsec(link: Link, lower: str, others: list[Link], macsecs: list[str], final: Final) -> str:
    """One of them takes all frames that a link receives (netdev_rx_handler_register)."""
    if link.kind != "macsec":
        return f"{listed(macsecs)} on it is a macsec, which takes all frames it receives"
    if others:
        return f"{listed([other.name for other in others])} on it takes the frames it receives"
    master = final.master(lower)
    if master and final.kind(master) != "vrf":
        return f"{lower} is a port of {master}, which takes the frames it receives"
    return ""


def _unfit_for_macvlan(link: Link, lower: str, others: list[Link], final: Final) -> str:
    if final.kind(lower) in ("macvlan", "macvtap"):
        return f"{lower} is a macvlan itself: the kernel would put it on {final.lower(lower)}"
    if (master := final.master(lower)) and final.kind(master) == "bridge":
        return f"{lower} is a port of {master}: a link is a bridge's port or a macvlan's parent, not both"
    mine = given(link.address, "")
    rest = [o for o in others if o != link and (o.name != link.name or o.abroad or link.abroad)]
    theirs = (given(o.address, "") or ("" if o.abroad else final.address(o.name)) for o in rest)
    if mine and mine in (final.address(lower), *theirs):
        return f"its address {mine} is taken there, by {lower} or by another macvlan"
    alone = [other.name for other in others if dict(other.options).get("mode") == "passthru"]
    return f"{alone[0]} has mode passthru, which takes all of {lower}" if alone and len(others) > 1 else ""


def check_shared(link: Link, final: Final) -> Iterator[Diagnostic]:
    """The kernel keeps the mode and the flags of ipvlans with their parent (ipvlan_nl_changelink)."""
    lower = given(link.lower, "")
    if link.kind != "ipvlan" or not lower:
        return
    mine = dict(link.options)
    for other in final.macvlans[lower]:
        theirs = dict(other.options) if other.kind == "ipvlan" else {}
        for name in ("mode", "flag"):
            if mine.get(name, "") != theirs.get(name, mine.get(name, "")) and name in mine:
                yield error(
                    "NC2123",
                    f"ipvlan {link.name} has {name} {mine[name]}, and {other.name} has {theirs[name]}",
                    f"both are on {lower}, and the kernel keeps one {name} for all ipvlans of a parent",
                    f"write the same {name} for both",
                    path=("interfaces", link.name, "ipvlan", name),
                    resource=str(link.id),
                )
