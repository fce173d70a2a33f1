"""What the kernel would refuse about memberships, or ignore, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.links import bridge_of, options, vlans
from netconf.core.resource import State, Target
from netconf.domains.mdb.resource import Membership


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the memberships among the changes."""
    final = {**observed, **target}
    for key, change in changes.items():
        wanted, have = target.get(key), change.before
        found = None
        if isinstance(wanted, Membership):
            found = _new(wanted, final, target, observed)
        elif isinstance(have, Membership) and change.after is None and not have.running and key in target:
            gone = final.get(ids.link(have.link)) is None or final.get(ids.port(have.link)) is None
            found = None if gone else _at_rest(have, str(have.bridge))
        if found is not None:
            yield found


def _error(code: str, one: Membership, what: str, why: str, fix: str) -> Diagnostic:
    return error(code, f"group {one.group} of {one.link}: {what}", why, fix, resource=str(one.id))


def _new(one: Membership, final: Target, target: Target, observed: State) -> Diagnostic | None:
    bridge = bridge_of(one.link, target, observed)
    if final.get(ids.link(one.link)) is None:
        return _error(
            "NC3220",
            one,
            f"there is no link {one.link}",
            "it's neither on this host nor made by the document",
            "correct the name",
        )
    if not bridge or bridge == one.link:
        return _error(
            "NC3221",
            one,
            "the link is no port of a bridge",
            "the groups of this host itself come and go with the programs that join them",
            "write it under a port, or give the link its master",
        )
    return (
        _bridge_at_work(one, bridge, final, target, observed)
        or _vlan(one, bridge, target, observed)
        or _speaks(one, bridge, target, observed)
    )


def _at_rest(one: Membership, bridge: str) -> Diagnostic:
    return _error(
        "NC3222",
        one,
        f"{bridge} is down",
        "the kernel changes no groups of a bridge that is down",
        f"write state: up for {bridge} under interfaces, and apply that first if groups are to go",
    )


def _bridge_at_work(
    one: Membership, bridge: str, final: Target, target: Target, observed: State
) -> Diagnostic | None:
    if final.get(ids.admin_up(bridge)) is None:
        return _at_rest(one, bridge)
    if options(bridge, target, observed).get("mcast_snooping") == "off":
        return _error(
            "NC3223",
            one,
            f"{bridge} doesn't snoop",
            "with mcast_snooping: off frames to groups go to all ports, and the kernel changes none",
            "remove the groups, or write mcast_snooping: on",
        )
    return None


def _speaks(one: Membership, bridge: str, target: Target, observed: State) -> Diagnostic | None:
    """Else the kernel keeps the filter and neither minds it nor tells (br_multicast_should_handle_mode)."""
    word, needed, name = (
        ("mcast_mld_version", 2, "MLDv2") if ":" in one.group else ("mcast_igmp_version", 3, "IGMPv3")
    )
    if not one.sources or options(bridge, target, observed).get(word) == needed:
        return None
    return _error(
        "NC3227",
        one,
        f"{bridge} doesn't speak {name}",
        "it wouldn't mind filters of senders",
        f"write {word}: {needed} for {bridge}, or remove filter_mode and source_list",
    )


def _vlan(one: Membership, bridge: str, target: Target, observed: State) -> Diagnostic | None:
    filtering = options(bridge, target, observed).get("vlan_filtering") == "on"
    if filtering and not one.vlan:
        return _error(
            "NC3224",
            one,
            "no vlan is given",
            f"{bridge} filters VLANs and looks groups up in them",
            "add vlan:",
        )
    if one.vlan and not filtering:
        return _error(
            "NC3225",
            one,
            f"vlan: {one.vlan} without use",
            f"{bridge} doesn't filter VLANs: it looks groups up without",
            "remove vlan, or write vlan_filtering: on for the bridge",
        )
    given = vlans(one.link, bridge, target)
    if one.vlan and given is not None and one.vlan not in given:
        return _error(
            "NC3226",
            one,
            f"the document doesn't give {one.link} VLAN {one.vlan}",
            "a bridge takes groups in the VLANs of the port only",
            f"add {one.vlan} to its vlans, or correct vlan",
        )
    return None
