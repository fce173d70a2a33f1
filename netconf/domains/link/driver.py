"""Links, their admin-up state and their masters on the live system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.overlay import given
from netconf.core.resource import Resource, State, Target
from netconf.domains.link import abroad, across, around, capture, checks, newer, plan, wire
from netconf.domains.link.backup import Backup
from netconf.domains.link.backup import lower as lower_backup
from netconf.domains.link.kinds import PAIRS
from netconf.domains.link.kinds.tunnel import TUNNELS
from netconf.domains.link.l2tp import live as l2tp
from netconf.domains.link.l2tp.operation import (
    AddSession,
    AddTunnel,
    DeleteSession,
    DeleteTunnel,
    L2tpOperation,
)
from netconf.domains.link.l2tp.plan import lower_tunnel
from netconf.domains.link.l2tp.resource import KIND as L2TP
from netconf.domains.link.l2tp.resource import L2tpTunnel
from netconf.domains.link.macsec import live as macsec
from netconf.domains.link.macsec.operation import SetMacsec
from netconf.domains.link.macsec.plan import lower as lower_macsec
from netconf.domains.link.macsec.resource import Macsec
from netconf.domains.link.operation import CreateLink, DeleteLink, LinkOperation, Move, SetMaster, SetVlans
from netconf.domains.link.resource import AdminUp, Link, Placement, Port
from netconf.domains.link.vlans import Vlans, usual
from netconf.domains.link.vni import live as vni
from netconf.domains.link.vni.operation import SetVnis
from netconf.domains.link.vni.plan import lower as lower_vnis
from netconf.domains.link.vni.resource import Vnis
from netconf.domains.link.wireguard import live as wireguard
from netconf.domains.link.wireguard.operation import KeepKeys, SetWireguard
from netconf.domains.link.wireguard.plan import lower as lower_wireguard
from netconf.domains.link.wireguard.resource import Wireguard
from netconf.system.ports import LinkRequest, LinkRow, System, TunTap

if TYPE_CHECKING:
    from netconf.domains.link.spec import Spec

EEXIST, ENODEV = 17, 19

_WITH_KEYS = frozenset({ids.WIREGUARD, ids.MACSEC})


_LOWERING: Mapping[str, Callable[[Change], Sequence[LinkOperation]]] = {
    ids.BACKUP: lower_backup,
    ids.WIREGUARD: lower_wireguard,
    ids.MACSEC: lower_macsec,
    ids.VNIS: lower_vnis,
    ids.L2TP_TUNNEL: lower_tunnel,
}


class LinkDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {
        ids.LINK: Kind(Link, Release.REMOVE),
        ids.ADMIN_UP: Kind(AdminUp, Release.LEAVE),
        ids.PORT: Kind(Port, Release.REMOVE),
        ids.VLANS: Kind(Vlans, Release.RESTORE),
        ids.BACKUP: Kind(Backup, Release.UNDO),
        ids.VNIS: Kind(Vnis, Release.RESTORE),
        ids.PLACEMENT: Kind(Placement, Release.REMOVE),
        ids.WIREGUARD: Kind(Wireguard, Release.LEAVE),
        ids.L2TP_TUNNEL: Kind(L2tpTunnel, Release.REMOVE),
        ids.MACSEC: Kind(Macsec, Release.LEAVE),
    }

    shared = frozenset({ids.PLACEMENT})

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def across(self, desired: Mapping[str, Desired]) -> Mapping[str, Desired]:
        return across.across(desired)

    def canonicalise(self, wanted: State, system: System) -> Target:
        own = {key: one for key, one in wanted.items() if key.kind in _WITH_KEYS}
        return {**wireguard.canonicalise(own, system), **macsec.canonicalise(own, system)}

    def lower(self, change: Change) -> Sequence[LinkOperation]:
        find = _LOWERING.get(change.id.kind, plan.lower)
        return find(change)

    def refine(self, target: Target, observed: State) -> Target:
        return around.refine(target, observed)

    def check(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return checks.check(changes, target, observed)

    def check_across(
        self, changes: Mapping[ResourceId, Change], target: Target, observed: State
    ) -> Iterable[Diagnostic]:
        return abroad.check(changes, target, observed)

    def side_effects_across(self, changes: Iterable[Change], observed: State) -> Iterable[ResourceId]:
        return abroad.side_effects(changes, observed)

    def side_effects(self, changes: Iterable[Change], observed: State) -> Iterable[ResourceId]:
        return around.side_effects(changes, observed)

    def capture(self, system: System, observed: State) -> Mapping[str, object]:
        return capture.capture(observed)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        rows = l2tp.rows(system)
        names = {row.ifindex: row.name for row in rows}

        def find_peer(row: LinkRow, index: int) -> tuple[str, str] | None:
            if row.netnsid is None:
                found = names.get(index, "")
                return ("", found) if found or row.kind not in PAIRS else None
            if index:
                return system.rtnl.peer(row.netnsid, index)
            where = system.rtnl.namespace(row.netnsid)
            return None if where is None else (where, "")

        macsecs = list(macsec.observe(rows, system))
        keyed = {one.name for one in macsecs if macsec.unkept(one, system)}
        for row in rows:
            yield from wire.resources(row, names, find_peer, system.netns, keyed=row.name in keyed)
        yield from _vlans(rows, system, scope)
        yield from vni.observe(rows, system, scope)
        yield from _placements(rows, system, scope)
        yield from wireguard.observe(rows, system)
        yield from l2tp.observe(system)
        yield from macsecs

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        """Kinds this kernel doesn't have, VLANs of bridges, namespaces and keys that aren't there."""
        kinds = {*self.kinds, ids.NETNS}
        changes = {key: change for key, change in changes.items() if key.kind in kinds}
        vlans = [key for key, change in changes.items() if isinstance(change.after, Vlans)]
        if vlans and system.kernel.refuses_bridge_vlans():
            yield error(
                "NC6911",
                f"the bridges of this kernel know no VLANs ({', '.join(key.name[0] for key in vlans)})",
                "it was built without CONFIG_BRIDGE_VLAN_FILTERING",
                "remove vlans; nothing was changed",
                resource=str(vlans[0]),
            )
        yield from newer.unsupported(changes, system)
        yield from wireguard.unsupported(changes, system)
        yield from l2tp.unsupported(changes, system)
        yield from macsec.unsupported(changes, system)
        new = [c.after for c in changes.values() if c.before is None and isinstance(c.after, Link)]
        for kind in sorted({str(link.kind) for link in new if isinstance(link.kind, str)} - {L2TP}):
            reason = system.kernel.refused_kind("tun" if kind == "tap" else kind)
            if reason:
                links = sorted(link.name for link in new if link.kind == kind)
                yield _no_kind(kind, links, reason)
        made = [
            c.after for c in changes.values() if (c.before is None or c.split) and isinstance(c.after, Link)
        ]
        for link in made:
            name = given(link.peer_netns, "")
            if name and not _will_be(name, changes, system):
                yield error(
                    "NC6902",
                    f'{link.kind} {link.name}: there is no network namespace "{name}"',
                    "the other end is to be put there",
                    f"describe it under netns, or make it first: ip netns add {name}",
                    resource=str(link.id),
                )

    def apply(self, operations: Sequence[LinkOperation], system: System) -> None:
        """Tun devices by ioctl; then links are made in one batch and changed in another, as names are
        looked up before a batch is sent. What a wave holds may be done in any order.
        """
        made: list[LinkOperation] = []
        others: list[LinkOperation] = []
        besides: list[LinkOperation] = []
        vnis: list[SetVnis] = []
        for operation in _without_l2tp(operations, system):
            if isinstance(operation, Move):
                _move(operation, system)
            elif isinstance(operation, CreateLink) and operation.link.kind in ("tun", "tap"):
                _create_tun(operation.link, system)
            elif isinstance(operation, SetVnis):
                vnis.append(operation)
            elif isinstance(operation, SetVlans | SetWireguard | KeepKeys | SetMacsec):
                besides.append(operation)
            else:
                (made if isinstance(operation, CreateLink) else others).append(operation)
        _send(made, system)
        _change(others, system)
        vni.apply(vnis, system)
        for operation in besides:
            _set_beside(operation, system)


def _without_l2tp(operations: Sequence[LinkOperation], system: System) -> list[LinkOperation]:
    """Those of L2TP are done by themselves: rtnetlink knows none of them."""
    own: list[L2tpOperation] = []
    others: list[LinkOperation] = []
    for operation in operations:
        if isinstance(operation, AddTunnel | DeleteTunnel | AddSession | DeleteSession):
            own.append(operation)
        else:
            others.append(operation)
    l2tp.apply(own, system)
    return others


def _placements(rows: Sequence[LinkRow], system: System, scope: Scope) -> Iterator[Placement]:
    """A link that was here is there if nothing here has its name and there something has that netconf
    can't have made. One that isn't where it's looked for may be in another namespace of the document.
    """
    wanted = _names(scope, ids.PLACEMENT)
    here = {row.name for row in rows} if wanted else set()
    spaces = [name for (name,) in _names(scope, ids.NETNS)] if wanted else []
    for name, where in wanted:
        if name not in here:
            places = [where] if _is_there(name, where, system) else spaces
            yield from (Placement(name, place) for place in places if _is_there(name, place, system))


def _names(scope: Scope, kind: str) -> list[tuple[str, ...]]:
    keys = {*scope.of(kind), *(key for key in scope.around if key.kind == kind)}
    return sorted(key.name for key in keys)


def _is_there(name: str, where: str, system: System) -> bool:
    return system.namespaces.has(where) and (name, "") in _kinds(system.inside(where))


def _kinds(system: System) -> Iterator[tuple[str, str]]:
    """The links and their kinds, "" for those that netconf can't make."""
    for row in l2tp.rows(system):
        for found in wire.resources(row, {}, lambda *_: ("", "")):
            if isinstance(found, Link):
                yield found.name, given(found.kind, "")


def _vlans(rows: Sequence[LinkRow], system: System, scope: Scope) -> Iterator[Vlans]:
    """Those that are asked for, and those that aren't what the kernel gives by itself."""
    if not any(row.kind == "bridge" for row in rows):
        return
    links = {row.ifindex: row for row in rows}
    found = defaultdict(list)
    for vlan in system.rtnl.vlans():
        found[vlan.ifindex].append(vlan)
    for row in rows:
        vlans = wire.vlans(row, links, found[row.ifindex])
        if vlans and (vlans.id in scope.ids or vlans.entries != usual(given(vlans.default, 0))):
            yield vlans


def _set_beside(operation: LinkOperation, system: System) -> None:
    """What is no message of RTM_NEWLINK."""
    match operation:
        case SetVlans():
            _set_vlans(operation, system)
        case SetMacsec():
            macsec.apply(operation, system)
        case SetWireguard() | KeepKeys():
            wireguard.apply(operation, system)


def _set_vlans(operation: SetVlans, system: System) -> None:
    requests = list(wire.vlan_requests(operation, system.rtnl.ifindex(operation.name)))
    for refusal in system.rtnl.send(requests):
        if refusal is not None:
            raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _change(operations: Sequence[LinkOperation], system: System) -> None:
    keep = _addresses(operations, system)
    _send(operations, system)
    system.rtnl.send([LinkRequest("set", name, attributes=(("IFLA_ADDRESS", a),)) for name, a in keep])


def _addresses(operations: Sequence[LinkOperation], system: System) -> list[tuple[str, str]]:
    """The MAC addresses of the bonds that ports leave. One that's gone meanwhile needs none."""
    bonds = {operation.keep for operation in operations if isinstance(operation, SetMaster)} - {""}
    return [(row.name, row.address) for row in system.rtnl.links() if row.name in bonds] if bonds else []


def _will_be(netns: str, changes: Mapping[ResourceId, Change], system: System) -> bool:
    change = changes.get(ids.netns(netns))
    return system.namespaces.has(netns) if change is None else change.after is not None


def _send(operations: Sequence[LinkOperation], system: System) -> None:
    answers = system.rtnl.send([_request(operation, system) for operation in operations])
    for operation, answer in zip(operations, answers, strict=True):
        refusal = answer
        if answer is not None and answer.errno == EEXIST and _is_numbered(operation, system):
            (refusal,) = system.rtnl.send([_request(operation, system)._replace(ifindex=0)])
        gone = refusal is not None and refusal.errno == ENODEV and isinstance(operation, DeleteLink)
        if refusal is not None and not gone:
            raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _move(operation: Move, system: System) -> None:
    """A link comes back only from where it is; one that's gone with its namespace, or by itself, is back."""
    if operation.source and not system.namespaces.has(operation.source):
        return
    _send([operation], system.inside(operation.source) if operation.source else system)


def _is_numbered(operation: LinkOperation, system: System) -> bool:
    """Whether it's a link for another namespace with an index that one of ours has: before Linux 6.15 the
    kernel takes them for the same (rtnl_newlink).
    """
    if not isinstance(operation, CreateLink) or not operation.netns:
        return False
    return given(operation.link.ifindex, 0) in system.rtnl.names()


def _request(operation: LinkOperation, system: System) -> LinkRequest:
    request = wire.request(operation)
    if isinstance(operation, CreateLink) and operation.netns and operation.link.kind in TUNNELS:
        return wire.over(request, system.inside(operation.netns).rtnl.home_id())
    return request


def _no_kind(kind: str, links: list[str], reason: str) -> Diagnostic:
    return error(
        "NC6901",
        f"this kernel can't make links of kind {kind} ({', '.join(links)})",
        reason,
        f"load or build in the module of {kind}, e.g. modprobe {kind}; nothing was changed",
        resource=str(ids.link(links[0])),
    )


def _create_tun(link: Link, system: System) -> None:
    options = dict(link.options)
    device = TunTap(
        link.name,
        link.kind == "tap",
        owner=int(options.get("owner", -1)),
        group=int(options.get("group", -1)),
        packet_info=options.get("packet_info") == "on",
        vnet_header=options.get("vnet_header") == "on",
        multi_queue=options.get("multi_queue") == "on",
        ifindex=given(link.ifindex, 0),
    )
    try:
        system.tun.create(device)
    except OSError as err:
        raise ApplyError(f"create {link.kind} {link.name}: {err.strerror}", errno=err.errno or 0) from err
