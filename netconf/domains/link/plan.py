"""From the document to links, and from changes of links to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource
from netconf.domains.link.backup import Backup
from netconf.domains.link.kinds import KINDS, OVER, PORTS, netkit
from netconf.domains.link.kinds.option import LINK_NAME, NO_OPTIONS, KindTable, Option, Value
from netconf.domains.link.l2tp import plan as l2tp
from netconf.domains.link.l2tp.resource import KIND as L2TP
from netconf.domains.link.macsec import plan as macsec
from netconf.domains.link.operation import (
    CreateLink,
    DeleteLink,
    LinkOperation,
    Move,
    SetLink,
    SetMaster,
    SetPort,
    SetUp,
    SetVlans,
)
from netconf.domains.link.resource import LOOPBACK, MIN_IPV6_MTU, AdminUp, Link, Options, Placement, Port
from netconf.domains.link.vlans import Vlan, Vlans, difference, words
from netconf.domains.link.vni import plan as vni
from netconf.domains.link.wireguard import plan as wireguard

if TYPE_CHECKING:
    from netconf.domains.link.spec import Interface, Spec
    from netconf.domains.link.spec.bridgevlans import VlanEntry

T = TypeVar("T")

NONE = "none"
"""In place of a link's name."""


def expand(spec: Spec) -> Desired:
    """Links, their admin-up state and their masters. Both ends of a pair become links."""
    links: dict[str, Link] = {}
    absent: set[ResourceId] = set()
    others: list[Resource] = []
    for name, interface in spec.interfaces.items():
        if interface.netns is not None:
            others.append(Placement(name, interface.netns))
        elif interface.state == "absent":
            absent.add(ids.link(name))
        else:
            links[name] = _link(name, interface)
    complete_pairs(links)
    for name, interface in spec.interfaces.items():
        if name in links:
            others += _states(links[name], interface, absent)
    resources = {resource.id: resource for resource in [*links.values(), *others]}
    return Desired(resources, frozenset(), frozenset(absent), _paths(spec, resources, absent))


def _link(name: str, interface: Interface) -> Link:
    section = getattr(interface, interface.kind, None) if interface.kind else None
    pair = interface.veth or interface.netkit
    return Link(
        name,
        kind=_or_unset(interface.kind),
        mtu=_or_unset(interface.mtu),
        address=_or_unset(interface.address),
        alias=_or_unset(interface.alias),
        group=_or_unset(interface.group),
        txqueuelen=_or_unset(interface.txqueuelen),
        altnames=UNSET if interface.altnames is None else tuple(sorted(interface.altnames)),
        lower=_lower(interface),
        peer=pair.peer if pair else UNSET,
        peer_netns=(pair.peer_netns or "") if pair else UNSET,
        link_netns="" if interface.kind in OVER else UNSET,
        options=() if section is None else _options(KINDS[str(interface.kind)], section),
    )


def _or_unset(value: T | None) -> T | Unset:
    return UNSET if value is None else value


def _lower(interface: Interface) -> str | Unset:
    section = getattr(interface, interface.kind, None) if interface.kind else None
    parent: str | None = getattr(section, "parent", None)
    if parent is None:
        return UNSET
    return "" if parent == NONE and KINDS[str(interface.kind)].lower == "may" else parent


def _options(table: KindTable, section: object) -> Options:
    values = ((option, getattr(section, option.name, None)) for option in table.options)
    return tuple(
        sorted((option.name, _plain(option, value)) for option, value in values if value is not None)
    )


def _plain(option: Option, value: Value | list[str]) -> Value:
    if isinstance(value, list):
        return ",".join(value)
    return "" if option.form is LINK_NAME and value == NONE else value


def complete_pairs(links: dict[str, Link]) -> None:
    """The other end of each pair in this namespace is of its kind too, named or not."""
    for link in list(links.values()):
        peer = given(link.peer, "")
        if not peer or given(link.peer_netns, ""):
            continue
        other = links.get(peer) or Link(peer)
        if isinstance(other.kind, Unset):
            options = netkit.of_other_end(link.options) if link.kind == "netkit" else ()
            links[peer] = replace(other, kind=link.kind, peer=link.name, peer_netns="", options=options)


def _states(link: Link, interface: Interface, absent: set[ResourceId]) -> Iterator[Resource]:
    made = not isinstance(link.kind, Unset)
    state = interface.state or ("up" if made else None)
    if state == "up":
        follows = link.kind == "vlan" and dict(link.options).get("loose_binding") != "on"
        yield AdminUp(link.name, given(link.lower, "") if follows else "", silences=link.kind == "wireguard")
    elif state == "down":
        absent.add(ids.admin_up(link.name))
    yield from _besides(link, interface)
    if interface.bridge is not None and interface.bridge.vlans is not None:
        yield Vlans(link.name, link.name, words(written(interface.bridge.vlans)))
    if interface.master == NONE:
        absent.add(ids.port(link.name))
    elif interface.master:
        yield from _port(link.name, interface.master, interface, absent)


def _port(name: str, master: str, interface: Interface, absent: set[ResourceId]) -> Iterator[Resource]:
    sections = {"bridge": interface.bridge_port, "bond": interface.bond_port}
    kinds = [kind for kind, section in sections.items() if section is not None]
    options = _options(PORTS[kinds[0]], sections[kinds[0]]) if kinds else ()
    yield Port(name, master, kinds[0] if kinds else UNSET, options)
    of_bridge = interface.bridge_port
    if of_bridge is not None and of_bridge.vlans is not None:
        yield Vlans(name, master, words(written(of_bridge.vlans)))
    if of_bridge is not None and of_bridge.backup_port == NONE:
        absent.add(ids.backup(name))
    elif of_bridge is not None and of_bridge.backup_port:
        yield Backup(name, master, of_bridge.backup_port)


def _besides(link: Link, interface: Interface) -> Iterator[Resource]:
    """What a kind has that isn't its link's."""
    if interface.l2tp is not None:
        yield l2tp.expand(interface.l2tp)
    if interface.vxlan is not None and interface.vxlan.vnis is not None:
        yield vni.expand(link.name, interface.vxlan.vnis)
    if interface.wireguard is not None:
        yield wireguard.expand(link.name, interface.wireguard)
    if interface.macsec is not None and (found := macsec.expand(link.name, interface.macsec)):
        yield found


def written(entries: Iterable[VlanEntry]) -> dict[int, Vlan]:
    """The VLANs of a document's list."""
    found = {}
    for entry in entries:
        first, _, last = entry.id.partition("-")
        for place, vid in enumerate(range(int(first), int(last or first) + 1)):
            tunnel = 0 if entry.tunnel_id is None else entry.tunnel_id + place
            found[vid] = Vlan(entry.pvid == "on", entry.untagged == "on", tunnel)
    return found


def _paths(
    spec: Spec, resources: dict[ResourceId, Resource], absent: set[ResourceId]
) -> dict[ResourceId, DocumentPath]:
    """Where each resource is written; the unnamed end of a pair comes from the other one."""
    paths: dict[ResourceId, DocumentPath] = {}
    fields = {ids.ADMIN_UP: "state", ids.PORT: "master", ids.PLACEMENT: "netns"}
    sections = ("bridge_port", "bridge")
    tunnels = {
        ids.l2tp_tunnel(interface.l2tp.tunnel_id): name
        for name, interface in reversed(spec.interfaces.items())
        if interface.l2tp is not None
    }
    for key in [*resources, *absent]:
        name = key.name[0]
        if key in tunnels:
            paths[key] = ("interfaces", tunnels[key], "l2tp", "tunnel_id")
            continue
        if name not in spec.interfaces:
            link = resources[key]
            paths[key] = (
                "interfaces",
                *(str(getattr(link, word, name)) for word in ("peer", "kind")),
                "peer",
            )
            continue
        if key.kind == ids.VLANS:
            paths[key] = ("interfaces", name, sections[len(key.name) == 1], "vlans")
            continue
        if key.kind == ids.BACKUP:
            paths[key] = ("interfaces", name, "bridge_port", "backup_port")
            continue
        if key.kind == ids.VNIS:
            paths[key] = ("interfaces", name, "vxlan", "vnis")
            continue
        if key.kind in (ids.WIREGUARD, ids.MACSEC):
            paths[key] = ("interfaces", name, key.kind)
            continue
        field = fields.get(key.kind, "")
        deeper = field and field in spec.interfaces[name].model_fields_set
        paths[key] = ("interfaces", name, field) if deeper else ("interfaces", name)
    return paths


def lower(change: Change) -> list[LinkOperation]:
    """The operations of one change, or of one half of a replacement."""
    resource = change.after or change.before
    if isinstance(resource, Vlans):
        return _lower_vlans(change.before, change.after)
    if isinstance(resource, AdminUp):
        return [SetUp(resource.name, up=change.after is not None)]
    if isinstance(resource, Port):
        return _lower_port(change.before, change.after, resource.name)
    before, after = change.before, change.after
    if isinstance(resource, Placement):
        return _lower_placement(change)
    if isinstance(after, Link):
        return _update(before, after) if isinstance(before, Link) else _create(after)
    return _delete(before) if isinstance(before, Link) and before.kind else []


def _delete(link: Link) -> list[LinkOperation]:
    return [l2tp.delete(link) if link.kind == L2TP else DeleteLink(link.name, given(link.kind, ""))]


def _lower_placement(change: Change) -> list[LinkOperation]:
    name, where = change.id.name
    return [Move(name, "", where)] if change.after is not None else [Move(name, where, "")]


def _lower_vlans(before: Resource | None, after: Resource | None) -> list[LinkOperation]:
    """Those of a link that is no port any more went with that."""
    if not isinstance(after, Vlans):
        return []
    remove, add = difference(before if isinstance(before, Vlans) else None, after)
    return [SetVlans(after.name, after.own, remove, add)] if remove or add else []


def _lower_port(before: Resource | None, after: Resource | None, name: str) -> list[LinkOperation]:
    if not isinstance(after, Port):
        bond = before.master if isinstance(before, Port) and before.kind == "bond" else ""
        return [SetMaster(name, "", bond)]
    old: Options = ()
    operations: list[LinkOperation] = []
    if isinstance(before, Port) and before.master == after.master:
        old = before.options
    else:
        operations.append(SetMaster(name, after.master))
        old = tuple(PORTS.get(str(after.kind), NO_OPTIONS).defaults)
    options = tuple(pair for pair in after.options if pair not in old)
    return operations + ([SetPort(name, str(after.kind), options)] if options else [])


_MAY_CHANGE = ("mtu", "address", "alias", "group", "txqueuelen", "lower", "altnames")
"""The fields, beside options, that may be written to a link that's there."""

_all = attrgetter(*_MAY_CHANGE)

_IN_ONE_MESSAGE = {"mtu", "address", "txqueuelen", "group"}
_LATER = {
    "tun": _IN_ONE_MESSAGE,
    "tap": _IN_ONE_MESSAGE,
    "bridge": {"mtu"},
    "macsec": {"mtu"},
    L2TP: _IN_ONE_MESSAGE,
}


def _create(link: Link) -> list[LinkOperation]:
    """Make it, then set what creation doesn't take. The second end of a pair is there
    already, as are the loopback device of a new namespace and what is moved between namespaces, and
    tun devices are made by ioctl, which takes nothing but their own options.
    """
    if not given(link.kind, "") or link.first_end or given(link.far, default=False) or link.name == LOOPBACK:
        return _set(Link(link.name, link.kind, options=link.options), link)
    operations: list[LinkOperation] = [l2tp.create(link) if link.kind == L2TP else CreateLink(_first(link))]
    rest = {name: getattr(link, name) for name in _open(str(link.kind))}
    rest["options"] = _afterwards(link)
    return operations + _set(Link(link.name, link.kind, alias=""), Link(link.name, link.kind, **rest))


@cache
def _open(kind: str) -> tuple[str, ...]:
    """The fields that the creation of a link leaves open."""
    later = _LATER.get(kind, set())
    return tuple(name for name in _MAY_CHANGE if name in later or name not in {*_IN_ONE_MESSAGE, "lower"})


def _first(link: Link) -> Link:
    """What its creation is told of it."""
    mtu, options = _first_mtu(link), _told(link)
    return link if (mtu, options) == (link.mtu, link.options) else replace(link, mtu=mtu, options=options)


def _told(link: Link) -> Options:
    """The options without those that a new link has anyway and some kernels refuse."""
    table = KINDS[str(link.kind)]
    return tuple(pair for pair in link.options if pair not in table.defaults and pair[0] not in table.later)


def _afterwards(link: Link) -> Options:
    table = KINDS[str(link.kind)]
    return tuple(pair for pair in link.options if pair[0] in table.later and pair not in table.defaults)


def _first_mtu(link: Link) -> int | Unset:
    """The MTU of a bridge follows its ports until its own is changed (br_change_mtu), and writing
    what it has is no change: it begins with another. A macsec ignores it (macsec_newlink).
    """
    if link.kind == "macsec":
        return UNSET
    if link.kind != "bridge" or isinstance(link.mtu, Unset):
        return link.mtu
    return link.mtu - 1 if link.mtu > MIN_IPV6_MTU else link.mtu + 1


def _update(before: Link, after: Link) -> list[LinkOperation]:
    return _set(before, after)


def _set(before: Link, after: Link) -> list[LinkOperation]:
    """One message with what differs; () if nothing does."""
    asked = {name: value for name, value in zip(_MAY_CHANGE, _all(after), strict=True) if value is not UNSET}
    if not asked and after.options == before.options:
        return []
    names = [name for name, value in asked.items() if name != "altnames" and value != getattr(before, name)]
    changed = {name: asked[name] for name in names}
    if after.kind == "vxlan" and dict(after.options).get("remote") != dict(before.options).get("remote"):
        changed["lower"] = after.lower  # iproute2 doesn't set a multicast group without it
    options = _changed_options(before, after)
    if options and KINDS[str(after.kind)].whole:
        # The MTU too, which the kernel may work out anew (ip_tunnel_update, ip6_tnl_link_config).
        changed["lower"], changed["mtu"] = after.lower, after.mtu
    old, new = given(before.altnames, ()), given(after.altnames, given(before.altnames, ()))
    add = tuple(name for name in new if name not in old)
    remove = tuple(name for name in old if name not in new)
    if not changed and not options and not add and not remove:
        return []
    if after.kind == "vxlan" and options and "mtu" in changed:
        # The kernel takes no message with both (vxlan_nl2conf).
        first = {"lower": changed.pop("lower")} if "lower" in changed else {}
        return [
            SetLink(Link(after.name, after.kind, options=options, **first)),
            SetLink(Link(after.name, after.kind, **changed), add, remove),
        ]
    return [SetLink(Link(after.name, after.kind, options=options, **changed), add, remove)]


def _changed_options(before: Link, after: Link) -> Options:
    """What differs, and what has to be sent along. Maps only ever grow: what is no longer mapped is
    mapped to 0.
    """
    table = KINDS.get(str(after.kind), NO_OPTIONS)
    old = dict(before.options)
    changed = {name for name, value in after.options if old.get(name) != value}
    if changed and table.whole:
        return after.options
    if changed & table.together:
        changed |= table.together
    return tuple(
        (name, _with_removed(str(old.get(name, "")), str(value)) if name.endswith("_qos_map") else value)
        for name, value in after.options
        if name in changed
    )


def _with_removed(old: str, new: str) -> str:
    entries = [entry for entry in new.split(",") if entry]
    mapped = {entry.partition(":")[0] for entry in entries}
    gone = (entry.partition(":")[0] for entry in old.split(",") if entry)
    return ",".join([*entries, *(f"{first}:0" for first in gone if first not in mapped)])
