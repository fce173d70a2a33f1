"""Links to netlink rows and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from netconf.core.ids import HOME
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource
from netconf.domains.link.backup import Backup, SetBackup
from netconf.domains.link.kinds import KINDS, PAIRS, PORTS
from netconf.domains.link.kinds.option import DUAL, LINK_NAME, NO_KEY, KindTable, Option, Value
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
from netconf.domains.link.resource import DOWN_TO_JOIN, AdminUp, Link, Options, Port, counting
from netconf.domains.link.vlans import Vlan, Vlans, words
from netconf.system.ports import AttributeValue, LinkPeer, LinkRequest, LinkRow, VlanRequest, VlanRow

IFF_UP = 0x1
_NAMELESS = "what it's on is in a network namespace that has no name under /run/netns"
_REVERSED = "its primary end isn't in that of the two namespaces that netconf would make it from"
ZERO_MAC = "00:00:00:00:00:00"

_BACKUP = "IFLA_BRPORT_BACKUP_PORT"

FindPeer = Callable[[LinkRow, int], tuple[str, str] | None]
"""The network namespace ("" = its own) that a link reaches into, and the name that the link with this index has
there, "" for none; None if they can't be known.
"""

_TUN_TYPES = {1: "tun", 2: "tap"}
"""IFF_TUN and IFF_TAP of linux/if_tun.h."""


def resources(
    row: LinkRow,
    names: Mapping[int, str],
    find_peer: FindPeer,
    netns: str | None = "",
    *,
    keyed: bool = False,
) -> Iterator[Resource]:
    """The link of a row, its admin-up state and its port role. `netns` is where it is."""
    link = _link(row, names, find_peer, netns)
    other = given(link.peer_netns, HOME)
    if link.kind in PAIRS and row.netnsid is not None and _comes_with_peer(other, netns):
        link = replace(link, far=True, peer=UNSET, peer_netns=UNSET)
    if keyed:
        link = replace(link, keyed=True)
    yield replace(link, arrives=True) if netns and not link.kind else link
    if row.flags & IFF_UP:
        follows = link.kind == "vlan" and dict(link.options).get("loose_binding") != "on"
        held = row.port_kind in DOWN_TO_JOIN
        over = given(link.lower, "") if follows else ""
        yield AdminUp(row.name, over, held, link.abroad if over else "", silences=link.kind == "wireguard")
    if row.master in names:
        kind = row.port_kind
        table = PORTS.get(kind, KindTable())
        yield Port(row.name, names[row.master], kind, _read_options(table, row.port_options, names))
        backup = names.get(int(row.port_options.get(_BACKUP, 0)), "")
        if backup:
            yield Backup(row.name, names[row.master], backup)


def _comes_with_peer(other: str, netns: str | None) -> bool:
    """Of a pair across namespaces the first end made it, by the name of its namespace; ours comes first. A
    pair with an end who knows where belongs to that.
    """
    return bool(netns) and (other == HOME or other < str(netns))


def _is_reversed(row: LinkRow, peer: tuple[str, str] | None, netns: str | None) -> bool:
    """Whether it's one end of a netkit pair across namespaces that is primary where it would be made as the other
    one, or the other way round.
    """
    if row.kind != "netkit" or row.netnsid is None:
        return False
    comes = _comes_with_peer(HOME if peer is None else peer[0], netns)
    return comes == bool(row.options.get("IFLA_NETKIT_PRIMARY"))


def _link(row: LinkRow, names: Mapping[int, str], find_peer: FindPeer, netns: str | None) -> Link:
    kind = row.kind
    if kind == "tun":
        kind = _TUN_TYPES.get(int(row.options.get("IFLA_TUN_TYPE", 1)), "tun")
    table = KINDS.get(kind, KindTable())
    lower = int(row.options.get(table.lower_option, 0)) if table.lower_option else row.lower
    peer = find_peer(row, row.lower) if kind in PAIRS else ("", "")
    below = find_peer(row, lower) if kind not in PAIRS else ("", "")
    strange = _strange(table, row.options) or (_NAMELESS if below is None else "")
    strange = _REVERSED if _is_reversed(row, peer, netns) else strange
    below = below or ("", "")
    own = row.port_options.get("IFLA_BOND_SLAVE_PERM_HWADDR")
    if (kind and row.name == table.fallback) or strange:
        kind, table, peer = "", KindTable(), ("", "")
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
        lower=below[1],
        peer=UNSET if peer is None else peer[1],
        peer_netns=UNSET if peer is None else peer[0],
        options=_read_options(table, row.options, names),
        link_netns=below[0],
        ifindex=row.ifindex,
        peer_ifindex=row.lower if kind in PAIRS and row.lower else UNSET,
        pinned=row.pinned,
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
    if option.inherit and raw.get(option.inherit):
        return "inherit"
    usual = (
        raw.get(f"{option.codec}6", "") if form is DUAL else 0 if option.bit else "" if form.many else None
    )
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
    return None if found == "" and not form.many and not form.lacking else found


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
    """The message that does an operation. Tun devices are not made by one: see tuntap; nor VLANs of bridges
    and what WireGuard has.
    """
    match operation:
        case CreateLink(link, netns):
            return _create(link, netns)
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
        case SetPort(name, kind, options):
            written = tuple(_write_options(PORTS[kind], options))
            return LinkRequest("set", name, port_kind=kind, port_options=written)
        case SetBackup(name, port):
            return LinkRequest("set", name, port_kind="bridge", port_options=((_BACKUP, port),))
        case DeleteLink() | Move() | SetUp() | SetMaster():
            return _state(operation)
        case _:
            raise ValueError(f"{operation.describe()}: no message of rtnetlink does it")


def _state(operation: DeleteLink | Move | SetUp | SetMaster) -> LinkRequest:
    match operation:
        case DeleteLink(name):
            return LinkRequest("delete", name)
        case Move(name, _, to):
            return LinkRequest("set", name, attributes=(("IFLA_NET_NS_FD", to or HOME),))
        case SetUp(name, up):
            return LinkRequest("set", name, up=up)
        case SetMaster(name, master, _):
            return LinkRequest("set", name, attributes=(("IFLA_MASTER", master),))


def over(request: LinkRequest, home: int) -> LinkRequest:
    """The request of a tunnel for another namespace, whose packets go out in ours; `home` is the id that
    that one has for ours. Before Linux 6.15 they would go out there unless told (ip_tunnel_newlink), and the index
    would have to be free here.
    """
    return request._replace(attributes=(*request.attributes, ("IFLA_LINK_NETNSID", home)), ifindex=0)


def _create(link: Link, netns: str) -> LinkRequest:
    peer = None
    place: tuple[tuple[str, AttributeValue], ...] = (("IFLA_NET_NS_FD", netns),) if netns else ()
    if given(link.peer, ""):
        peer = LinkPeer(str(link.peer), given(link.peer_netns, ""), given(link.peer_ifindex, 0))
    return LinkRequest(
        "create",
        link.name,
        str(link.kind),
        attributes=(*(pair for pair in _attributes(link) if pair[0] != "IFLA_IFALIAS"), *place),
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
        if option.name not in options or (option.form.lacking and not options[option.name]):
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
        else:
            yield _attribute(option, value)
        word, bit = option.flag
        if word:
            words[word] = words.get(word, 0) | (0 if value == NO_KEY else bit)
    yield from words.items()


def _attribute(option: Option, value: Value) -> tuple[str, AttributeValue]:
    """What has an attribute of its own."""
    if option.inherit and value == "inherit":
        return option.inherit, True
    if option.form is DUAL and ":" in str(value):
        return f"{option.codec}6", value
    return option.codec, option.form.write(value)


def _is_alone(option: Option, table: KindTable, options: Mapping[str, Value]) -> bool:
    others = (other.name for other in table.options if other.codec == option.codec and other is not option)
    return not any(name in options for name in others)


def _bits(option: Option, value: Value) -> int:
    """Of a word with flags in the low and their mask in the high 32 bits, or of flags alone."""
    mask = option.bit << 32 if option.masked else 0
    return mask | (option.bit if value == "on" else 0)
