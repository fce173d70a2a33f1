"""Links to netlink rows and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource
from netconf.domains.link.kinds import KINDS, TEXT, Option, Value
from netconf.domains.link.operation import (
    CreateLink,
    DeleteLink,
    LinkOperation,
    SetLink,
    SetMaster,
    SetUp,
)
from netconf.domains.link.resource import AdminUp, Link, Options, Port
from netconf.system.ports import AttributeValue, LinkPeer, LinkRequest, LinkRow

IFF_UP = 0x1
ZERO_MAC = "00:00:00:00:00:00"

FindPeer = Callable[[LinkRow], tuple[str, str] | None]
"""The network namespace ("" = ours) and the name of a veth's other end, if they can be known."""

_TUN_TYPES = {1: "tun", 2: "tap"}
"""IFF_TUN and IFF_TAP of linux/if_tun.h."""


def resources(
    row: LinkRow, names: Mapping[int, str], find_peer: FindPeer, *, far: bool = False
) -> Iterator[Resource]:
    """The link of a row, its admin-up state and its port role."""
    link = _link(row, names, find_peer)
    if far:
        link = replace(link, far=True)
    yield link
    if row.flags & IFF_UP:
        follows = link.kind == "vlan" and dict(link.options).get("loose_binding") != "on"
        yield AdminUp(row.name, given(link.lower, "") if follows else "")
    if row.master in names:
        yield Port(row.name, names[row.master])


def _link(row: LinkRow, names: Mapping[int, str], find_peer: FindPeer) -> Link:
    kind = row.kind
    if kind == "tun":
        kind = _TUN_TYPES.get(int(row.options.get("IFLA_TUN_TYPE", 1)), "tun")
    peer = find_peer(row) if kind == "veth" else ("", "")
    lower = int(row.options.get("IFLA_VXLAN_LINK", 0)) if kind == "vxlan" else row.lower
    known = row.netnsid is None and lower in names and kind != "veth"
    return Link(
        row.name,
        kind,
        mtu=row.mtu,
        # A bridge that lost its last port has the zero address, which can't be set, and a tun has
        # none: not comparable.
        address=UNSET if row.address in ("", ZERO_MAC) and kind else row.address,
        alias=row.alias,
        group=row.group,
        txqueuelen=row.txqueuelen,
        altnames=tuple(sorted(row.altnames)),
        lower=names[lower] if known else "",
        peer=UNSET if peer is None else peer[1],
        peer_netns=UNSET if peer is None else peer[0],
        options=_read_options(kind, row.options),
        ifindex=row.ifindex,
        peer_ifindex=row.lower if kind == "veth" and row.lower else UNSET,
        qdisc=row.qdisc,
    )


def _read_options(kind: str, raw: Mapping[str, AttributeValue]) -> Options:
    if kind not in KINDS:
        return ()
    found: dict[str, Value] = {}
    for option in KINDS[kind].options:
        # A VLAN without any flag has no flag word in dumps (vlan_fill_info).
        usual = raw.get(f"{option.codec}6") if option.form is TEXT else 0 if option.bit else None
        value = raw.get(option.codec, usual)
        if value is None or isinstance(value, bytes):
            continue
        if option.bit:
            value = int(value) & option.bit
        if option.form is not TEXT or value:
            found[option.name] = option.form.read(value)
    return tuple(sorted(found.items()))


def request(operation: LinkOperation) -> LinkRequest:
    """The message that does an operation. Tun devices are not made by one: see tuntap."""
    match operation:
        case CreateLink(link):
            return _create(link)
        case SetLink(link, add, remove):
            options = tuple(_write_options(link))
            return LinkRequest(
                "set",
                link.name,
                str(link.kind) if options else "",
                attributes=tuple(_attributes(link)),
                options=options,
                add_altnames=add,
                del_altnames=remove,
            )
        case DeleteLink(name):
            return LinkRequest("delete", name)
        case SetUp(name, up):
            return LinkRequest("set", name, up=up)
        case SetMaster(name, master):
            return LinkRequest("set", name, attributes=(("IFLA_MASTER", master),))


def _create(link: Link) -> LinkRequest:
    peer = None
    if given(link.peer, ""):
        peer = LinkPeer(str(link.peer), given(link.peer_netns, ""), given(link.peer_ifindex, 0))
    return LinkRequest(
        "create",
        link.name,
        str(link.kind),
        attributes=tuple(pair for pair in _attributes(link) if pair[0] != "IFLA_IFALIAS"),
        options=tuple(_write_options(link)),
        ifindex=given(link.ifindex, 0),
        peer=peer,
    )


_CODECS = (
    ("mtu", "IFLA_MTU"),
    ("address", "IFLA_ADDRESS"),
    ("txqueuelen", "IFLA_TXQLEN"),
    ("group", "IFLA_GROUP"),
    ("alias", "IFLA_IFALIAS"),
)


def _attributes(link: Link) -> Iterator[tuple[str, AttributeValue]]:
    for name, codec in _CODECS:
        value = getattr(link, name)
        if not isinstance(value, Unset) and value != ZERO_MAC:
            yield codec, value
    lower = given(link.lower, "")
    if lower and link.kind != "vxlan":
        yield "IFLA_LINK", lower


def _write_options(link: Link) -> Iterator[tuple[str, AttributeValue]]:
    options = dict(link.options)
    flags: dict[str, list[tuple[Option, Value]]] = {}
    for option in KINDS[str(link.kind)].options if link.kind in KINDS else ():
        if option.name not in options:
            continue
        value = options[option.name]
        if option.bit:
            flags.setdefault(option.codec, []).append((option, value))
        elif option.form is TEXT and ":" in str(value):
            yield f"{option.codec}6", value
        else:
            yield option.codec, option.form.write(value)
    for codec, parts in flags.items():
        yield codec, _flag_word(parts)
    if link.kind == "vxlan" and not isinstance(link.lower, Unset):
        yield "IFLA_VXLAN_LINK", link.lower


def _flag_word(parts: list[tuple[Option, Value]]) -> int:
    """Struct ifla_vlan_flags as one number: flags in the low, their mask in the high 32 bits."""
    flags = sum(option.bit for option, value in parts if value == "on")
    mask = sum(option.bit for option, _ in parts)
    return mask << 32 | flags
