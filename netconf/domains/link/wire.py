"""Links to netlink rows and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource
from netconf.domains.link.kinds import KINDS, PORTS
from netconf.domains.link.kinds.option import DUAL, LINK_NAME, NO_KEY, KindTable, Option, Value
from netconf.domains.link.operation import (
    CreateLink,
    DeleteLink,
    LinkOperation,
    SetLink,
    SetMaster,
    SetPort,
    SetUp,
    SetVlans,
)
from netconf.domains.link.resource import DOWN_TO_JOIN, AdminUp, Link, Options, Port, counting
from netconf.domains.link.vlans import Vlan, Vlans, words
from netconf.system.ports import AttributeValue, LinkPeer, LinkRequest, LinkRow, VlanRequest, VlanRow

IFF_UP = 0x1
ZERO_MAC = "00:00:00:00:00:00"

FindPeer = Callable[[LinkRow], tuple[str, str] | None]
"""The network namespace ("" = ours) and the name of a veth's other end, if they can be known."""

_TUN_TYPES = {1: "tun", 2: "tap"}
"""IFF_TUN and IFF_TAP of linux/if_tun.h."""


def resources(
    row: LinkRow, names: Mapping[int, str], find_peer: FindPeer, *, far: bool = False, keyed: bool = False
) -> Iterator[Resource]:
    """The link of a row, its admin-up state and its port role."""
    link = _link(row, names, find_peer)
    if far or keyed:
        link = replace(link, far=far or link.far, keyed=keyed)
    yield link
    if row.flags & IFF_UP:
        follows = link.kind == "vlan" and dict(link.options).get("loose_binding") != "on"
        held = row.port_kind in DOWN_TO_JOIN
        yield AdminUp(row.name, given(link.lower, "") if follows else "", held)
    if row.master in names:
        kind = row.port_kind
        table = PORTS.get(kind, KindTable())
        yield Port(row.name, names[row.master], kind, _read_options(table, row.port_options, names))


def _link(row: LinkRow, names: Mapping[int, str], find_peer: FindPeer) -> Link:
    kind = row.kind
    if kind == "tun":
        kind = _TUN_TYPES.get(int(row.options.get("IFLA_TUN_TYPE", 1)), "tun")
    table = KINDS.get(kind, KindTable())
    strange = _strange(table, row.options)
    lower = int(row.options.get(table.lower_option, 0)) if table.lower_option else row.lower
    own = row.port_options.get("IFLA_BOND_SLAVE_PERM_HWADDR")
    if (kind and row.name == table.fallback) or strange:
        kind, table = "", KindTable()
    peer = find_peer(row) if kind == "veth" else ("", "")
    known = row.netnsid is None and lower in names and kind != "veth"
    return Link(
        row.name,
        kind,
        mtu=row.mtu,
        # A port of a bond shows the address of the bond and gets its own back when it leaves. A bridge that
        # lost its last port has the zero address, which can't be set, a tun has none and a tunnel shows its
        # local end: not comparable.
        address=UNSET
        if kind and (row.address in ("", ZERO_MAC) or table.mac == "none")
        else str(own or row.address),
        alias=row.alias,
        group=row.group,
        txqueuelen=row.txqueuelen,
        altnames=tuple(sorted(row.altnames)),
        lower=names[lower] if known else "",
        peer=UNSET if peer is None else peer[1],
        peer_netns=UNSET if peer is None else peer[0],
        options=_read_options(table, row.options, names),
        ifindex=row.ifindex,
        peer_ifindex=row.lower if kind == "veth" and row.lower else UNSET,
        qdisc=row.qdisc,
        strange=strange,
    )


def _strange(table: KindTable, raw: Mapping[str, AttributeValue]) -> str:
    """What netconf couldn't give the link again; "" if there's nothing."""
    return next((what for codec, value, what in table.usual if raw.get(codec, value) != value), "")


def _read_options(table: KindTable, raw: Mapping[str, AttributeValue], names: Mapping[int, str]) -> Options:
    found: dict[str, Value] = {}
    for option in table.options:
        value = _read(option, raw, names)
        if value is not None:
            found[option.name] = value
    return tuple(sorted(counting(table, found).items()))


def _read(option: Option, raw: Mapping[str, AttributeValue], names: Mapping[int, str]) -> Value | None:
    # A VLAN without any flag has no flag word in dumps (vlan_fill_info), nor an empty list.
    form = option.form
    usual = raw.get(f"{option.codec}6") if form is DUAL else 0 if option.bit else "" if form.many else None
    value = raw.get(option.codec, 0 if form is LINK_NAME else usual)
    if value is None or isinstance(value, bytes):
        return None
    if form is LINK_NAME:
        return names.get(int(value), "")
    if option.bit:
        value = int(value) & option.bit
    shift, width = option.field
    if width:
        value = int(value) >> shift & ((1 << width) - 1)
    word, bit = option.flag
    if word and not int(raw.get(word, 0)) & bit:
        return NO_KEY
    found = form.read(value)
    return None if found == "" and not form.many else found


def vlans(row: LinkRow, rows: Mapping[int, LinkRow], found: Iterable[VlanRow]) -> Vlans | None:
    """Those of a bridge or of its port; None for other links, and where the kernel knows no VLANs."""
    bridge = row if row.kind == "bridge" else rows.get(row.master)
    if bridge is None or bridge.kind != "bridge" or "IFLA_BR_VLAN_DEFAULT_PVID" not in bridge.options:
        return None
    held: dict[int, Vlan] = {}
    for one in found:
        for place, vid in enumerate(range(one.first, one.last + 1)):
            if one.tunnel:
                held[vid] = held.get(vid, Vlan())._replace(tunnel=one.tunnel + place)
            else:
                held[vid] = Vlan(one.pvid, one.untagged)
    return Vlans(row.name, bridge.name, words(held), int(bridge.options["IFLA_BR_VLAN_DEFAULT_PVID"]))


def vlan_requests(operation: SetVlans, ifindex: int) -> Iterator[VlanRequest]:
    for found in operation.remove:
        yield VlanRequest("delete", VlanRow(ifindex, found.first, found.last, own=operation.own))
    for first, last, vlan in operation.add:
        row = VlanRow(ifindex, first, last, vlan.pvid, vlan.untagged, own=operation.own)
        yield VlanRequest("create", row)
        if vlan.tunnel:
            yield VlanRequest("create", row._replace(tunnel=vlan.tunnel))


def request(operation: LinkOperation) -> LinkRequest:
    """The message that does an operation. Tun devices are not made by one: see tuntap; nor VLANs of bridges."""
    match operation:
        case CreateLink(link):
            return _create(link)
        case SetLink(link, add, remove):
            options = tuple(_write_link(link))
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
        case SetMaster(name, master, _):
            return LinkRequest("set", name, attributes=(("IFLA_MASTER", master),))
        case SetPort(name, kind, options):
            written = tuple(_write_options(PORTS[kind], options))
            return LinkRequest("set", name, port_kind=kind, port_options=written)
        case SetVlans(name):
            raise ValueError(f"VLANs of {name} aren't set by one message")


def _create(link: Link) -> LinkRequest:
    peer = None
    if given(link.peer, ""):
        peer = LinkPeer(str(link.peer), given(link.peer_netns, ""), given(link.peer_ifindex, 0))
    return LinkRequest(
        "create",
        link.name,
        str(link.kind),
        attributes=tuple(pair for pair in _attributes(link) if pair[0] != "IFLA_IFALIAS"),
        options=tuple(_write_link(link)),
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
    if lower and not _table(link).lower_option:
        yield "IFLA_LINK", lower


def _table(link: Link) -> KindTable:
    return KINDS.get(str(link.kind), KindTable())


def _write_link(link: Link) -> Iterator[tuple[str, AttributeValue]]:
    table = _table(link)
    yield from _write_options(table, link.options)
    if table.lower_option and not isinstance(link.lower, Unset):
        yield table.lower_option, link.lower


def _write_options(table: KindTable, values: Options) -> Iterator[tuple[str, AttributeValue]]:
    options = dict(values)
    words: dict[str, int] = {}
    for option in table.options:
        if option.name not in options:
            continue
        value = options[option.name]
        if option.bit:
            words[option.codec] = words.get(option.codec, 0) | _bits(option, value)
        elif option.field[1] and option.alone and _is_alone(option, table, options):
            yield option.alone, option.form.write(value)
        elif option.field[1]:
            words[option.codec] = (
                words.get(option.codec, 0) | int(option.form.write(value)) << option.field[0]
            )
        elif option.form is DUAL and ":" in str(value):
            yield f"{option.codec}6", value
        else:
            yield option.codec, option.form.write(value)
        word, bit = option.flag
        if word:
            words[word] = words.get(word, 0) | (0 if value == NO_KEY else bit)
    yield from words.items()


def _is_alone(option: Option, table: KindTable, options: Mapping[str, Value]) -> bool:
    others = (other.name for other in table.options if other.codec == option.codec and other is not option)
    return not any(name in options for name in others)


def _bits(option: Option, value: Value) -> int:
    """Of a word with flags in the low and their mask in the high 32 bits, or of flags alone."""
    mask = option.bit << 32 if option.masked else 0
    return mask | (option.bit if value == "on" else 0)
