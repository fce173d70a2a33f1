"""What the kernel would refuse about entries, or ignore, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.core.ids import ResourceId
from netconf.core.image import encode
from netconf.core.links import bridge_of, field, remote_of
from netconf.core.links import options as options_of
from netconf.core.links import vlans as vlans_of
from netconf.core.resource import State, Target
from netconf.domains.fdb.resource import ALL_ZERO, Entry


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the entries among the changes."""
    stations: dict[str, dict[str, str]] = {}
    for key, change in changes.items():
        one = change.after
        if not isinstance(one, Entry) or target.get(key) is None:
            continue
        final = {**observed, **target}
        if final.get(ids.link(one.link)) is None:
            yield _error(
                "NC3120",
                one,
                f"there is no link {one.link}",
                "it's neither on this host nor made by the document",
                "correct the name",
            )
        elif one.tunnel:
            yield from _check_tunnel(one, target, observed)
        else:
            bridge = bridge_of(one.link, target, observed)
            if bridge and bridge not in stations:
                stations[bridge] = _stations(bridge, target, observed)
            yield from _check_bridge(one, bridge, stations.get(bridge, {}), target)
            yield from _check_alone(one, target, changes)


def _error(code: str, one: Entry, what: str, why: str, fix: str) -> Diagnostic:
    return error(code, f"{one.lladdr} of {one.link}: {what}", why, fix, resource=str(one.id))


def _stations(bridge: str, target: Target, observed: State) -> dict[str, str]:
    """The links whose MAC address the bridge has by itself: it and its ports."""
    links = [key.name[0] for key in {*observed, *target} if key.kind == ids.LINK]
    own = [link for link in links if bridge_of(link, target, observed) == bridge or link == bridge]
    found = {link: field(ids.link(link), "address", target, observed) for link in sorted(own)}
    return {str(address): link for link, address in found.items() if address}


def _check_bridge(one: Entry, bridge: str, stations: dict[str, str], target: Target) -> Iterator[Diagnostic]:
    if not bridge or one.bridge != bridge:
        yield _error(
            "NC3121",
            one,
            "the link is no bridge and no port of one",
            "bridges have such entries, for themselves and for their ports",
            "give the link its master, or add dst: for an entry of a vxlan",
        )
    elif one.lladdr in stations:
        yield _error(
            "NC3122",
            one,
            f"that's the address of {stations[one.lladdr]}",
            "a bridge has its own address and those of its ports by itself",
            "remove it",
        )
    elif bridge == one.link and (one.permanent is False or one.sticky):
        word = "sticky: on" if one.sticky else "state: static"
        yield _error(
            "NC3123",
            one,
            f"{word} for an entry of the bridge itself",
            "it's behind no port",
            f"remove {word.split(':', maxsplit=1)[0]}, or write it under the port",
        )
    elif one.vlan:
        vlans = vlans_of(one.link, bridge, target)
        if vlans is not None and one.vlan not in vlans:
            yield _error(
                "NC3124",
                one,
                f"the document doesn't give {one.link} VLAN {one.vlan}",
                "a bridge takes entries in the VLANs of the port only",
                f"add {one.vlan} to its vlans, or correct vlan",
            )


def _check_alone(one: Entry, target: Target, changes: Mapping[ResourceId, Change]) -> Iterator[Diagnostic]:
    """Of two that both change the second is told."""
    for other in target.values():
        if not isinstance(other, Entry) or other.link == one.link or not one.occupies & other.occupies:
            continue
        if other.id not in changes or other.link < one.link:
            yield _error(
                "NC3133",
                one,
                f"it's in the list of {other.link}, too",
                f"{one.bridge} has an address at one port",
                "remove one of them",
            )


def _check_tunnel(one: Entry, target: Target, observed: State) -> Iterator[Diagnostic]:
    kind = field(ids.link(one.link), "kind", target, observed)
    options = options_of(one.link, target, observed)
    if kind not in ("vxlan", "", None):
        yield _error(
            "NC3125",
            one,
            f"a link of kind {kind} has no such entries",
            "only vxlans have destinations",
            "remove dst",
        )
        return
    if kind == "vxlan" and one.src_vni and options.get("external") != "on":
        yield _error(
            "NC3126", one, "src_vni without use", "the vxlan isn't external, it has one VNI", "remove src_vni"
        )
    if options.get("external") == "on" and not one.src_vni:
        yield warning(
            "NC3134",
            f"{one.lladdr} of {one.link}: no frame takes it",
            "the vxlan is external: frames have a VNI, and entries of it",
            "add src_vni, the VNI here; vni is that of the far end, if it's another",
            resource=str(one.id),
        )
    for name, word in (("port", "port"), ("vni", "id")):
        if getattr(one, name) and options.get(word) == getattr(one, name):
            yield _error(
                "NC3127", one, f"{name} is the vxlan's own", "the kernel keeps no other", f"remove {name}"
            )
    if one.dst:
        yield from _check_destination(one, kind, options, target, observed)
    else:
        yield from _check_nexthop(one, target, observed)


def _check_destination(
    one: Entry, kind: object, options: dict[str, object], target: Target, observed: State
) -> Iterator[Diagnostic]:
    if one.via and {**observed, **target}.get(ids.link(one.via)) is None:
        yield _error(
            "NC3128", one, f"there is no link {one.via}", "it's neither here nor made by the document",
            "correct via",
        )  # fmt: skip
    ends = [str(options[name]) for name in ("local", "remote") if options.get(name)]
    if kind == "vxlan" and (":" in one.dst) != any(":" in end for end in ends):
        family, other = ("IPv6", "IPv4") if ":" in one.dst else ("IPv4", "IPv6")
        yield _error(
            "NC3129",
            one,
            f"{one.dst} is an {family} address, and the vxlan sends over {other}",
            "its local and remote addresses say which it is, IPv4 if it has none",
            "write the other address of that host, or give the vxlan a local address of that family",
        )
    external = options.get("external") == "on"
    whose = f"VNI {one.vni}" if external else "the vxlan"
    remote = remote_of(one.vni, one.link, target, observed) if external else options.get("remote")
    same = one.dst == remote and not one.port and one.vni == one.src_vni
    lower = field(ids.link(one.link), "lower", target, observed) or ""
    if one.lladdr == ALL_ZERO and same and one.via == lower:
        yield _error(
            "NC3130", one, f"{one.dst} is the remote of {whose}", "it's there by itself", "remove it"
        )


def _check_nexthop(one: Entry, target: Target, observed: State) -> Iterator[Diagnostic]:
    found = {**observed, **target}.get(ids.nexthop(one.nhid))
    image = {} if found is None else encode(found)
    if found is None:
        yield _error(
            "NC3131",
            one,
            f"there is no nexthop {one.nhid}",
            "it's neither here nor made by the document",
            f"add {one.nhid}: under nexthops, or correct nhid",
        )
    elif not image.get("fdb") or not image.get("members"):
        yield _error(
            "NC3132",
            one,
            f"nexthop {one.nhid} is no group for the FDB",
            "a vxlan takes groups with fdb: on only",
            "make a group with fdb: on of it",
        )
