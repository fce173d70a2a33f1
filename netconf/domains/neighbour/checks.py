"""What would be lost at once, or belongs to others, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.links import field
from netconf.core.overlay import given
from netconf.core.resource import State, Target
from netconf.domains.neighbour.resource import ADOPTABLE, Neighbour


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the neighbours among the changes."""
    final = {**observed, **target}
    for key, change in changes.items():
        wanted = change.after
        if isinstance(wanted, Neighbour) and target.get(key) is not None:
            yield from _check_link(wanted, final)
            kind = field(ids.link(wanted.link), "kind", target, observed)
            if (kind in WITHOUT_MAC or wanted.link == "lo") and not wanted.proxy:
                yield without_mac(wanted)
            yield from _check_owner(change)


def _check_link(wanted: Neighbour, final: Target) -> Iterator[Diagnostic]:
    if final.get(ids.link(wanted.link)) is None:
        yield error(
            "NC2604",
            f"neighbour {wanted.ip}: there is no link {wanted.link}",
            "it's neither on this host nor made by the document",
            "correct dev",
            resource=str(wanted.id),
        )
    elif final.get(ids.admin_up(wanted.link)) is None:
        yield error(
            "NC2605",
            f"neighbour {wanted.ip}: {wanted.link} is down",
            "the kernel forgets the neighbours of a link that goes down",
            f"write state: up for {wanted.link} under interfaces",
            resource=str(wanted.id),
        )


WITHOUT_MAC = frozenset({
    "tun", "gre", "ip6gre", "ipip", "sit", "ip6tnl", "vti", "vti6", "wireguard", "xfrm", "ppp",
})  # fmt: skip
"""Kinds of links on which nobody has a MAC address."""


def without_mac(wanted: Neighbour) -> Diagnostic:
    """For a neighbour on such a link, or on lo."""
    why = "the link has no MAC addresses: what is told of one is lost"
    if ":" not in wanted.ip:
        why = "all its neighbours are one to the kernel, 0.0.0.0 (arp_constructor of net/ipv4/arp.c)"
    return error(
        "NC2606",
        f"neighbour {wanted.ip}: nobody is asked for MAC addresses on {wanted.link}",
        why,
        "remove it; what is sent to the link reaches the other end",
        resource=str(wanted.id),
    )


def _check_owner(change: Change) -> Iterator[Diagnostic]:
    before = change.before
    if isinstance(before, Neighbour) and given(before.protocol, 0) not in ADOPTABLE and not change.because:
        yield error(
            "NC5202",
            f"{change.id} is there already and belongs to protocol {before.protocol}",
            "netconf takes over no neighbours that another program looks after",
            "leave it out, or stop the other program from setting it",
            resource=str(change.id),
        )
