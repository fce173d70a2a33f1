"""What the kernel would refuse about nexthops, or whose they are, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids, ip
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.overlay import given
from netconf.core.resource import State, Target
from netconf.domains.nexthop.plan import connected
from netconf.domains.nexthop.resource import ADOPTABLE, Nexthop


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the nexthops among the changes."""
    final = {**observed, **target}
    networks: list[tuple[ip.Network, str]] | None = None
    for key, change in changes.items():
        wanted = change.after
        if not isinstance(wanted, Nexthop) or target.get(key) is None:
            continue
        yield from _check_owner(change)
        if wanted.members:
            yield from _check_members(wanted, final)
            continue
        networks = connected(final) if networks is None else networks
        yield from _check_link(wanted, final)
        yield from _check_gateway(wanted, networks)


def _check_owner(change: Change) -> Iterator[Diagnostic]:
    before = change.before
    if isinstance(before, Nexthop) and given(before.protocol, 0) not in ADOPTABLE and not change.because:
        yield error(
            "NC5203",
            f"{change.id} is there already and belongs to protocol {before.protocol}",
            "netconf takes over no nexthops that another program looks after",
            "give yours another number",
            resource=str(change.id),
        )


def _check_link(one: Nexthop, final: Target) -> Iterator[Diagnostic]:
    if one.blackhole and final.get(ids.admin_up("lo")) is None:
        yield error(
            "NC3510",
            f"nexthop {one.number}: lo is down",
            "the kernel takes a blackhole for a next hop on lo, which has to be up for it",
            "write lo: {state: up} under interfaces",
            resource=str(one.id),
        )
    elif one.dev and final.get(ids.link(one.dev)) is None:
        yield error(
            "NC3511",
            f"nexthop {one.number}: there is no link {one.dev}",
            "it's neither on this host nor made by the document",
            "correct dev",
            resource=str(one.id),
        )
    elif one.dev and final.get(ids.admin_up(one.dev)) is None:
        yield error(
            "NC3512",
            f"nexthop {one.number}: {one.dev} is down",
            "the kernel keeps no nexthops on a link that is down",
            f"write state: up for {one.dev} under interfaces",
            resource=str(one.id),
        )


def _check_gateway(one: Nexthop, networks: list[tuple[ip.Network, str]]) -> Iterator[Diagnostic]:
    gateway = ip.parse(one.via) if one.via else None
    if gateway is None or one.fdb or one.onlink or (one.dev and ip.is_link_local(gateway)):
        return
    if not any(dev == one.dev and network.has(gateway) for network, dev in networks):
        yield error(
            "NC3513",
            f"nexthop {one.number}: {one.via} is not in a connected network of {one.dev or 'any link'}",
            "no address there has a network with it",
            "correct via, give an interface its address, or add dev: and onlink: on",
            resource=str(one.id),
        )


def _check_members(group: Nexthop, final: Target) -> Iterator[Diagnostic]:
    found = {member.number: final.get(ids.nexthop(member.number)) for member in group.members}
    families = {one.family for one in found.values() if isinstance(one, Nexthop)}
    for number, one in found.items():
        if not isinstance(one, Nexthop):
            yield _member(
                "NC3514",
                group,
                f"there is no nexthop {number}",
                f"add {number}: under nexthops, or correct it",
            )
        elif one.members:
            yield _member("NC3515", group, f"{number} is a group itself", "name its members instead")
        elif one.blackhole and len(group.members) > 1:
            yield _member("NC3516", group, f"{number} is a blackhole, which can only be alone", "remove it")
        elif one.fdb != group.fdb:
            word = "is" if one.fdb else "isn't"
            yield _member(
                "NC3517", group, f"{number} {word} for the FDB", "make fdb the same for all of them"
            )
    if group.fdb and len(families) > 1:
        yield _member("NC3518", group, "the FDB needs next hops of one address family", "make two groups")


def _member(code: str, group: Nexthop, why: str, fix: str) -> Diagnostic:
    return error(code, f"group of nexthops {group.number} can't be made", why, fix, resource=str(group.id))
