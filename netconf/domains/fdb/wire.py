"""Entries to netlink rows and back. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from netconf.domains.fdb.operation import is_permanent
from netconf.domains.fdb.resource import ALL_ZERO, Entry
from netconf.system.ports import FdbRow, LinkRow, VniRow

_REMOTES = ("IFLA_VXLAN_GROUP", "IFLA_VXLAN_GROUP6")


def entries(
    rows: Iterable[FdbRow],
    links: Mapping[int, LinkRow],
    vlans: Mapping[int, tuple[int, ...]],
    vnis: Iterable[VniRow],
) -> Iterator[Entry]:
    """The entries that somebody set. `vlans` are the numbers of each port's: what is left in a VLAN that
    the port hasn't is not there, as the kernel doesn't delete it either. `vnis` are those of vxlans that filter them.
    """
    filtered: dict[int, list[VniRow]] = defaultdict(list)
    for vni in sorted(vnis):
        filtered[vni.ifindex].append(vni)
    stations = _stations(links.values())
    in_bridges: dict[tuple[int, str], list[FdbRow]] = defaultdict(list)
    for row in rows:
        link = links.get(row.ifindex)
        if link is None or (row.via and row.via not in links) or (row.master and row.master not in links):
            continue
        if row.master:
            own = row.permanent and row.address in stations[row.master]
            if not own and (not row.vlan or row.vlan in vlans.get(row.ifindex, ())):
                in_bridges[row.ifindex, row.address].append(row)
        elif not _is_remote(row, link, filtered.get(row.ifindex, [])):
            yield _tunnel(row, links)
    for (ifindex, _), found in in_bridges.items():
        yield from _of_port(found, links, vlans.get(ifindex, ()))


def _stations(links: Iterable[LinkRow]) -> Mapping[int, set[str]]:
    """The addresses that the kernel has in each bridge by itself: its own and its ports'."""
    found: dict[int, set[str]] = defaultdict(set)
    for link in links:
        found[link.ifindex if link.kind == "bridge" else link.master].add(link.address)
        if link.kind == "bridge" and link.master:
            found[link.master].add(link.address)
    return found


def _is_remote(row: FdbRow, link: LinkRow, vnis: list[VniRow]) -> bool:
    """Whether it's what a vxlan with a remote has for all addresses it doesn't know, or for those of a VNI."""
    if row.address != ALL_ZERO or not row.dst or row.port or row.vni != row.src_vni:
        return False
    if row.via != int(link.options.get("IFLA_VXLAN_LINK", 0)):
        return False
    if row.vni:
        place = bisect_right(vnis, row.vni, key=lambda vni: vni.first) - 1
        if place < 0 or vnis[place].last < row.vni:
            return False
        if vnis[place].remote:
            return row.dst == vnis[place].remote
    return row.dst in {link.options.get(name) for name in _REMOTES}


def _tunnel(row: FdbRow, links: Mapping[int, LinkRow]) -> Entry:
    return Entry(
        links[row.ifindex].name,
        row.address,
        permanent=row.permanent,
        dst=row.dst,
        port=row.port,
        vni=row.vni,
        via=links[row.via].name if row.via else "",
        src_vni=row.src_vni,
        nhid=row.nexthop_id,
        router=row.router,
    )


def _of_port(found: list[FdbRow], links: Mapping[int, LinkRow], known: tuple[int, ...]) -> Iterator[Entry]:
    """The entries of one address at a port: the one without VLAN stands for its likes in VLANs."""
    whole = next((row for row in found if not row.vlan), None)
    shape = None if whole is None else (whole.permanent, whole.sticky)
    inside = [row for row in found if row.vlan and (row.permanent, row.sticky) == shape]
    for row in found:
        if row not in inside:
            vlans = () if row.vlan else tuple(sorted(twin.vlan for twin in inside))
            yield Entry(
                links[row.ifindex].name,
                row.address,
                row.vlan,
                row.permanent,
                row.sticky,
                router=False,
                vlans=vlans,
                bridge=links[row.master].name,
                known=() if row.vlan else known,
            )


def row(one: Entry, ifindex: Callable[[str], int]) -> FdbRow:
    """The row that makes the entry so."""
    here = ifindex(one.link)
    bridge = 0 if one.tunnel else here if one.bridge == one.link else ifindex(str(one.bridge))
    return FdbRow(
        here,
        one.lladdr,
        is_permanent(one),
        bridge,
        one.vlan,
        one.sticky,
        one.router is True,
        one.dst,
        one.port,
        one.vni,
        ifindex(one.via) if one.via else 0,
        one.src_vni,
        one.nhid,
    )
