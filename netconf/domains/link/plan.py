"""From the document to links, and from changes of links to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset, field_names, given
from netconf.core.resource import Resource, State, Target
from netconf.domains.link.kinds import KINDS
from netconf.domains.link.operation import (
    CreateLink,
    DeleteLink,
    LinkOperation,
    SetLink,
    SetMaster,
    SetUp,
)
from netconf.domains.link.resource import LOOPBACK, MIN_IPV6_MTU, AdminUp, Link, Options, Port

if TYPE_CHECKING:
    from netconf.domains.link.spec import Interface, Spec

T = TypeVar("T")

NO_MASTER = "none"


def expand(spec: Spec) -> Desired:
    """Links, their admin-up state and their masters. Both ends of a veth pair become links."""
    links: dict[str, Link] = {}
    absent: set[ResourceId] = set()
    others: list[Resource] = []
    for name, interface in spec.interfaces.items():
        if interface.state == "absent":
            absent.add(ids.link(name))
        else:
            links[name] = _link(name, interface)
    _complete_pairs(links)
    for name, interface in spec.interfaces.items():
        if name in links:
            others += _states(links[name], interface, absent)
    resources = {resource.id: resource for resource in [*links.values(), *others]}
    return Desired(resources, frozenset(), frozenset(absent), _paths(spec, resources, absent))


def _link(name: str, interface: Interface) -> Link:
    section = getattr(interface, interface.kind, None) if interface.kind else None
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
        peer=interface.veth.peer if interface.veth else UNSET,
        peer_netns=(interface.veth.peer_netns or "") if interface.veth else UNSET,
        options=_options(interface.kind or "", section),
    )


def _or_unset(value: T | None) -> T | Unset:
    return UNSET if value is None else value


def _lower(interface: Interface) -> str | Unset:
    section = interface.vlan or interface.macvlan or interface.vxlan
    if section is None:
        return UNSET
    return section.parent or UNSET


def _options(kind: str, section: object) -> Options:
    if section is None or kind not in KINDS:
        return ()
    values = ((option.name, getattr(section, option.name)) for option in KINDS[kind].options)
    return tuple(sorted((name, value) for name, value in values if value is not None))


def _complete_pairs(links: dict[str, Link]) -> None:
    """The other end of each veth pair in this namespace is a veth too, named or not."""
    for link in list(links.values()):
        peer = given(link.peer, "")
        if not peer or given(link.peer_netns, ""):
            continue
        other = links.get(peer, Link(peer))
        if isinstance(other.kind, Unset):
            links[peer] = replace(other, kind="veth", peer=link.name, peer_netns="")


def across(desired: Mapping[str, Desired]) -> Mapping[str, Desired]:
    """An end of a veth pair in a namespace of the document is made with the end in ours. If it's
    described there it goes up like any link that is made.
    """
    found = {name: dict(part.resources) for name, part in desired.items()}
    for link in list(found[""].values()):
        if not isinstance(link, Link) or given(link.peer_netns, "") not in desired.keys() - {""}:
            continue
        name, netns = str(link.peer), str(link.peer_netns)
        far = found[netns].get(ids.link(name))
        if far is None:
            found[netns][ids.link(name)] = Link(name, kind="veth", far=True)
        elif isinstance(far, Link) and isinstance(far.kind, Unset):
            found[netns][far.id] = replace(far, kind="veth", far=True)
            if ids.admin_up(name) not in desired[netns].absent:
                found[netns][ids.admin_up(name)] = AdminUp(name)
    return {name: replace(part, resources=found[name]) for name, part in desired.items()}


def _states(link: Link, interface: Interface, absent: set[ResourceId]) -> Iterator[Resource]:
    made = not isinstance(link.kind, Unset)
    state = interface.state or ("up" if made else None)
    if state == "up":
        follows = link.kind == "vlan" and dict(link.options).get("loose_binding") != "on"
        yield AdminUp(link.name, given(link.lower, "") if follows else "")
    elif state == "down":
        absent.add(ids.admin_up(link.name))
    if interface.master == NO_MASTER:
        absent.add(ids.port(link.name))
    elif interface.master:
        yield Port(link.name, interface.master)


def _paths(
    spec: Spec, resources: dict[ResourceId, Resource], absent: set[ResourceId]
) -> dict[ResourceId, DocumentPath]:
    """Where each resource is written; the unnamed end of a pair comes from the other one."""
    paths: dict[ResourceId, DocumentPath] = {}
    fields = {ids.ADMIN_UP: "state", ids.PORT: "master"}
    for key in [*resources, *absent]:
        name = key.name[0]
        if name not in spec.interfaces:
            link = resources[key]
            paths[key] = ("interfaces", str(getattr(link, "peer", name)), "veth", "peer")
            continue
        written = fields.get(key.kind, "")
        deeper = written and written in spec.interfaces[name].model_fields_set
        paths[key] = ("interfaces", name, written) if deeper else ("interfaces", name)
    return paths


def lower(change: Change) -> list[LinkOperation]:
    """The operations of one change, or of one half of a replacement."""
    resource = change.after or change.before
    if isinstance(resource, AdminUp):
        return [SetUp(resource.name, up=change.after is not None)]
    if isinstance(resource, Port):
        return [SetMaster(resource.name, resource.master if change.after is not None else "")]
    before, after = change.before, change.after
    if isinstance(after, Link):
        return _update(before, after) if isinstance(before, Link) else _create(after)
    return [DeleteLink(before.name, given(before.kind, ""))] if isinstance(before, Link) else []


_AT_CREATION = {"name", "kind", "lower", "peer", "peer_netns", "options", "ifindex", "peer_ifindex"}
_IN_ONE_MESSAGE = {"mtu", "address", "txqueuelen", "group"}
_LATER = {"tun": _IN_ONE_MESSAGE, "tap": _IN_ONE_MESSAGE, "bridge": {"mtu"}}


def _create(link: Link) -> list[LinkOperation]:
    """Make it, then set what creation doesn't take. The second end of a veth pair is there
    already, as is the loopback device of a new namespace, and tun devices are made by ioctl, which
    takes nothing but their own options.
    """
    if link.first_end or given(link.far, default=False) or link.name == LOOPBACK:
        return _set(Link(link.name, link.kind), replace(link, peer=UNSET, peer_netns=UNSET, ifindex=UNSET))
    operations: list[LinkOperation] = [CreateLink(replace(link, mtu=_first_mtu(link)))]
    settled = _AT_CREATION | (_IN_ONE_MESSAGE - _LATER.get(str(link.kind), set()))
    rest = {name: getattr(link, name) for name in field_names(Link) if name not in settled}
    return operations + _set(Link(link.name, link.kind, alias=""), Link(link.name, link.kind, **rest))


def _first_mtu(link: Link) -> int | Unset:
    """The MTU of a bridge follows its ports until its own is changed (br_change_mtu), and writing
    what it has is no change: it begins with another.
    """
    if link.kind != "bridge" or isinstance(link.mtu, Unset):
        return link.mtu
    return link.mtu - 1 if link.mtu > MIN_IPV6_MTU else link.mtu + 1


def _update(before: Link, after: Link) -> list[LinkOperation]:
    return _set(before, after)


def _set(before: Link, after: Link) -> list[LinkOperation]:
    """One message with what differs; () if nothing does."""
    changed = {
        name: getattr(after, name)
        for name in ("mtu", "address", "alias", "group", "txqueuelen", "lower")
        if getattr(after, name) not in (UNSET, getattr(before, name))
    }
    old_options = dict(before.options)
    if after.kind == "vxlan" and dict(after.options).get("remote") != old_options.get("remote"):
        changed["lower"] = after.lower  # iproute2 doesn't set a multicast group without it
    options = tuple((n, v) for n, v in after.options if old_options.get(n) != v)
    old, new = given(before.altnames, ()), given(after.altnames, given(before.altnames, ()))
    add = tuple(name for name in new if name not in old)
    remove = tuple(name for name in old if name not in new)
    if not changed and not options and not add and not remove:
        return []
    return [SetLink(Link(after.name, after.kind, options=options, **changed), add, remove)]


def refine(target: Target, observed: State) -> Target:
    """A veth end that goes takes its peer along: say so, unless the document says it itself."""
    extra: dict[ResourceId, Resource | None] = {}
    for key, want in target.items():
        have = observed.get(key)
        if want is None and isinstance(have, Link) and have.kind == "veth":
            peer = ids.link(given(have.peer, ""))
            if not given(have.peer_netns, "") and peer in observed and peer not in target:
                extra[peer] = None
    return extra


def side_effects(changes: Iterable[Change], observed: State) -> Iterator[ResourceId]:
    """A bridge's MTU and MAC address follow its ports; a VLAN's MTU follows its parent down."""
    names = set()
    for change in changes:
        for resource in (change.before, change.after):
            if isinstance(resource, Port):
                yield ids.link(resource.master)
        if change.id.kind == ids.LINK and change.action is not Action.CREATE:
            names.add(change.id.name[0])
            member = observed.get(ids.port(change.id.name[0]))
            if isinstance(member, Port):
                yield ids.link(member.master)
    for key, resource in observed.items() if names else ():
        if isinstance(resource, Link) and resource.lower in names:
            yield key
