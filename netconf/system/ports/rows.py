"""The rows and requests of rtnetlink: the neutral form of what it carries, the same for reading and for
writing. Numbers and words as the kernel has them, interfaces by ifindex, addresses as canonical text
(RFC 5952). Constants are those of linux/if_link.h, linux/if_addr.h and linux/rtnetlink.h.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Verb = Literal["create", "replace", "set", "delete"]
"""create = must not exist yet; replace = create or replace; set = must exist (links only)."""


AttributeValue = int | str | bytes | bool


class LinkRow(NamedTuple):
    """A link as RTM_NEWLINK tells it. `options` are the attributes of IFLA_INFO_DATA by codec name
    (`IFLA_VLAN_ID`), only those our table knows; `port_options` those of IFLA_INFO_SLAVE_DATA, of a port
    of a master of kind `port_kind`; `netnsid` is None for a lower link or peer in the
    same namespace.
    """

    ifindex: int
    name: str
    flags: int
    mtu: int
    address: str
    kind: str
    master: int
    lower: int
    netnsid: int | None
    alias: str
    group: int
    txqueuelen: int
    altnames: tuple[str, ...]
    carrier: bool
    qdisc: str
    options: Mapping[str, AttributeValue]
    port_kind: str = ""
    port_options: Mapping[str, AttributeValue] = {}
    permanent_address: str = ""
    pinned: bool = False
    """It can't be moved to another network namespace, as far as the kernel tells (Linux 6.14)."""


class LinkRequest(NamedTuple):
    """A write to one link. `name` addresses an existing link (set, delete) or names the new one.

    `attributes` are by codec name (`IFLA_MTU`: 1500); a link given by name in an attribute that
    wants an index (IFLA_LINK, IFLA_MASTER) is looked up when the request is sent, "" = none = 0.
    `up` sets or clears IFF_UP. `options` fill IFLA_INFO_DATA of `kind`, `port_options` IFLA_INFO_SLAVE_DATA of
    `port_kind`, the kind of the master. `peer` is the other end of
    a new veth; `peer.netns` puts it into a named namespace.
    """

    verb: Verb
    name: str
    kind: str = ""
    attributes: tuple[tuple[str, AttributeValue], ...] = ()
    options: tuple[tuple[str, AttributeValue], ...] = ()
    up: bool | None = None
    ifindex: int = 0
    peer: LinkPeer | None = None
    add_altnames: tuple[str, ...] = ()
    del_altnames: tuple[str, ...] = ()
    port_kind: str = ""
    port_options: tuple[tuple[str, AttributeValue], ...] = ()


class LinkPeer(NamedTuple):
    """The other end of a new veth pair; index 0 = the kernel chooses, address "" likewise."""

    name: str
    netns: str = ""
    ifindex: int = 0
    address: str = ""


FOREVER = 0xFFFFFFFF
"""An address lifetime without end (INFINITY_LIFE_TIME), in seconds."""


class AddressRow(NamedTuple):
    """An address (struct ifaddrmsg and its attributes). `local` is the address, `peer` the far end
    of a point-to-point address ("" = none). Lifetimes are what is left of them, in seconds; `since`
    is when they were set, in 1/100 s from boot (read only; 0 if they have no end).
    """

    family: int
    ifindex: int
    local: str
    prefixlen: int
    peer: str = ""
    flags: int = 0
    scope: int = 0
    label: str = ""
    broadcast: str = ""
    metric: int = 0
    valid: int = FOREVER
    preferred: int = FOREVER
    since: int = 0


class NexthopRow(NamedTuple):
    """One hop of a route (struct rtnexthop); weight from 1, gateway "" = on the link. `encap` is what is put
    around packets, in the words of `ip route`.
    """

    ifindex: int
    gateway: str
    weight: int = 1
    flags: int = 0
    encap: str = ""


class RouteRow(NamedTuple):
    """A route (struct rtmsg and its attributes). `to` has its prefix length, the default route is
    `0.0.0.0/0` or `::/0`. `metrics` are (number of RTAX_*, value) sorted by number; RTAX_CC_ALGO is
    text. A single hop stands in `hops` too.
    """

    family: int
    to: str
    table: int
    protocol: int
    kind: int
    scope: int
    tos: int = 0
    metric: int = 0
    source: str = ""
    hops: tuple[NexthopRow, ...] = ()
    metrics: tuple[tuple[int, int | str], ...] = ()
    preference: int = 0
    nexthop_id: int = 0


class RouteRequest(NamedTuple):
    verb: Verb
    row: RouteRow


class AddressRequest(NamedTuple):
    verb: Verb
    row: AddressRow


class NeighbourRow(NamedTuple):
    """A permanent entry of the neighbour table (struct ndmsg), or a `proxy` one, which has no
    hardware address and isn't in the table. Protocol 0 = none, and in a write: leave it.
    """

    family: int
    ifindex: int
    address: str
    hardware: str = ""
    router: bool = False
    proxy: bool = False
    protocol: int = 0


class NeighbourRequest(NamedTuple):
    """replace (whatever was learnt of this neighbour) or delete."""

    verb: Literal["replace", "delete"]
    row: NeighbourRow


class RuleRow(NamedTuple):
    """A policy rule (struct fib_rule_hdr and the attributes of linux/fib_rules.h). source and to have
    their prefix length, "" = all. Ranges are (first, last), None = not asked about; `fwmark` is
    (mark, mask). suppress_prefixlength and suppress_ifgroup: -1 = not set. `strange` rules (read only)
    have attributes that aren't told here.
    """

    family: int
    priority: int
    action: int
    protocol: int
    table: int = 0
    goto: int = 0
    inverted: bool = False
    source: str = ""
    to: str = ""
    iif: str = ""
    oif: str = ""
    fwmark: tuple[int, int] | None = None
    tos: int = 0
    ip_protocol: int = 0
    sport: tuple[int, int] | None = None
    dport: tuple[int, int] | None = None
    uids: tuple[int, int] | None = None
    tunnel: int = 0
    l3mdev: bool = False
    suppress_prefixlength: int = -1
    suppress_ifgroup: int = -1
    strange: bool = False


class RuleRequest(NamedTuple):
    """create or delete. The kernel deletes the first rule that has what is asked for, whatever else
    it asks about (rule_find in net/core/fib_rules.c).
    """

    verb: Literal["create", "delete"]
    row: RuleRow


class NexthopObjectRow(NamedTuple):
    """A nexthop object (struct nhmsg and the attributes of linux/nexthop.h). `members` of a group are
    (number, weight from 1), sorted; a group has neither family nor way. Buckets above 0 make it
    resilient; idle and unbalanced are its timers in 1/100 s. `encap` is the type of an encapsulation
    and its attributes in hex, `1:0800…`.
    """

    number: int
    family: int
    protocol: int
    ifindex: int = 0
    gateway: str = ""
    flags: int = 0
    blackhole: bool = False
    fdb: bool = False
    members: tuple[tuple[int, int], ...] = ()
    buckets: int = 0
    idle: int = 0
    unbalanced: int = 0
    encap: str = ""


class NexthopRequest(NamedTuple):
    verb: Literal["create", "replace", "delete"]
    row: NexthopObjectRow


AF_BRIDGE = 7


class VlanRow(NamedTuple):
    """VLANs first to last of a bridge's port, or of the bridge itself (own; only in writes). With a
    `tunnel` id, the first one's, it's about these ids alone.
    """

    ifindex: int
    first: int
    last: int
    pvid: bool = False
    untagged: bool = False
    tunnel: int = 0
    own: bool = False
    family: int = AF_BRIDGE


class VlanRequest(NamedTuple):
    """create (or change) or delete; to delete what isn't there does nothing."""

    verb: Literal["create", "delete"]
    row: VlanRow


class VniRow(NamedTuple):
    """VNIs first to last of a vxlan that filters them, and the address that frames of theirs go to which have no
    other way, "" = the vxlan's.
    """

    ifindex: int
    first: int
    last: int
    remote: str = ""
    family: int = AF_BRIDGE


class VniRequest(NamedTuple):
    """create, or delete what is there. One after the other: those before a refused one stay done."""

    verb: Literal["create", "delete"]
    row: VniRow


class FdbRow(NamedTuple):
    """An entry of a forwarding database that was set to stay (struct ndmsg with AF_BRIDGE). With a `master`,
    the ifindex of a bridge, it's in that bridge's, for a port or for the bridge itself; without, in that
    of a vxlan. Port and VNI 0 = those of the vxlan.
    """

    ifindex: int
    address: str
    permanent: bool
    master: int = 0
    vlan: int = 0
    sticky: bool = False
    router: bool = False
    dst: str = ""
    port: int = 0
    vni: int = 0
    via: int = 0
    src_vni: int = 0
    nexthop_id: int = 0
    family: int = AF_BRIDGE


class FdbRequest(NamedTuple):
    """replace (whatever is known of this address), append (one more destination of it) or delete."""

    verb: Literal["replace", "append", "delete"]
    row: FdbRow


class MdbRow(NamedTuple):
    """A permanent entry of the multicast database of a `bridge` (struct br_mdb_entry): the port `ifindex` gets
    the frames of a group, an IP address or a MAC address, of one source or ("") of all. `include` and `sources`
    are the filter of an entry of all sources. `protocol` is who made it, RTPROT_*; 0 = not said.
    """

    bridge: int
    ifindex: int
    group: str
    vlan: int = 0
    source: str = ""
    include: bool = False
    sources: tuple[str, ...] = ()
    protocol: int = 0
    family: int = AF_BRIDGE


class MdbRequest(NamedTuple):
    verb: Literal["create", "replace", "delete"]
    row: MdbRow


AF_INET6 = 10


class AddressLabelRow(NamedTuple):
    """A label of IPv6 source address selection (struct ifaddrlblmsg): of a prefix, on one link or (0) on all."""

    prefix: str
    label: int
    ifindex: int = 0
    family: int = AF_INET6


class AddressLabelRequest(NamedTuple):
    """create or delete. The kernel may keep several of a prefix, of which the first counts and is deleted."""

    verb: Literal["create", "delete"]
    row: AddressLabelRow


class VfRow(NamedTuple):
    """A virtual function of a NIC, by its number. vlan is (id, priority, protocol), rates (least, most) in Mbit/s,
    0 = no limit, link_state IFLA_VF_LINK_STATE_*. None = what the driver doesn't tell, and in a write: leave it.
    """

    ifindex: int
    number: int
    address: str = ""
    vlan: tuple[int, int, int] | None = None
    spoofcheck: int | None = None
    trust: int | None = None
    link_state: int | None = None
    rates: tuple[int, int] | None = None
    family: int = 0


class VfRequest(NamedTuple):
    """A write to one virtual function. The kernel does its settings one after the other: what comes before one that
    the driver refuses stays.
    """

    row: VfRow


Request = (
    LinkRequest
    | AddressRequest
    | RouteRequest
    | RuleRequest
    | NeighbourRequest
    | NexthopRequest
    | VlanRequest
    | VniRequest
    | FdbRequest
    | MdbRequest
    | AddressLabelRequest
    | VfRequest
)
