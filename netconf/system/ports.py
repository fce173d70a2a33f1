"""What the rest of the program may ask of the system, as Protocols and plain rows.

Rows are the neutral form of what netlink carries, the same for reading and for writing: numbers
and words as the kernel has them, interfaces by ifindex, addresses as canonical text (RFC 5952).
Constants are those of linux/if_link.h, linux/if_addr.h and linux/rtnetlink.h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

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
    """One hop of a route (struct rtnexthop); weight from 1, gateway "" = on the link."""

    ifindex: int
    gateway: str
    weight: int = 1
    flags: int = 0


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


Request = LinkRequest | AddressRequest | RouteRequest


class Refusal(NamedTuple):
    """The kernel's no: errno and the text of its extended ack, or what the errno means."""

    errno: int
    text: str


class RouteFilter(NamedTuple):
    """What a route dump is limited to, by the kernel itself; 0 = any."""

    family: int = 0
    table: int = 0
    protocol: int = 0
    ifindex: int = 0


class Rtnl(Protocol):
    """rtnetlink. Dumps are consistent (retried while interrupted) and raise ObserveError."""

    def links(self) -> Sequence[LinkRow]: ...

    def names(self) -> Mapping[int, str]:
        """The names of all links by their index."""
        ...

    def addresses(self) -> Iterator[AddressRow]: ...

    def routes(self, wanted: RouteFilter) -> Iterator[RouteRow]: ...

    def send(self, requests: Sequence[Request]) -> Sequence[Refusal | None]:
        """Send all in few system calls; one answer per request, in their order. The kernel does
        each by itself: a refusal doesn't stop the ones after it.
        """
        ...

    def ifindex(self, name: str) -> int:
        """The index of a link by name, 0 if there is none."""
        ...

    def peer(self, netnsid: int, ifindex: int) -> tuple[str, str] | None:
        """The named network namespace with this id (as a link's IFLA_LINK_NETNSID says) and the name
        of the link with that index in it; None if the namespace has no name under /run/netns.
        """
        ...


class Monitor(Protocol):
    """Wakes up when links, addresses or routes change."""

    def wait(self, seconds: float) -> bool:
        """Whether anything changed before the time was over."""
        ...

    def close(self) -> None: ...


class Tree(Protocol):
    """/proc/sys by path parts. Reads and writes whole values without the trailing newline."""

    def read(self, path: Sequence[str]) -> str | None:
        """The value; None if there is no such file. Raises ObserveError if it can't be read."""
        ...

    def write(self, path: Sequence[str], value: str) -> None:
        """Raises OSError as the kernel answers."""
        ...

    def names(self, path: Sequence[str]) -> Sequence[str]:
        """The entries of a directory, sorted; empty if there is none."""
        ...

    def writable(self, path: Sequence[str]) -> bool: ...


class TunTap(NamedTuple):
    """A persistent tun or tap device to make. owner and group are user and group ids, -1 = none;
    ifindex 0 = the kernel chooses.
    """

    name: str
    tap: bool
    owner: int = -1
    group: int = -1
    packet_info: bool = False
    vnet_header: bool = False
    multi_queue: bool = False
    ifindex: int = 0


class Tun(Protocol):
    """/dev/net/tun (Documentation/networking/tuntap.rst)."""

    def create(self, device: TunTap) -> None:
        """Raises OSError."""
        ...


class Kernel(Protocol):
    """What this kernel and this process can do."""

    def refused_kind(self, kind: str) -> str:
        """Why links of this kind can't be made here, found out by trying in a throw-away network
        namespace; "" = they can, or it can't be tried.
        """
        ...

    def can_administer(self) -> bool:
        """Whether the process has CAP_NET_ADMIN in its network namespace."""
        ...

    def initial_namespace(self) -> bool:
        """Whether we are in the initial network namespace of the machine."""
        ...

    def has_netns(self, name: str) -> bool:
        """Whether a network namespace is named so under /run/netns."""
        ...


class Clock(Protocol):
    def monotonic(self) -> float: ...

    def now(self) -> float:
        """Seconds since the epoch; for people only, no decision depends on it."""
        ...


@dataclass(frozen=True, slots=True)
class System:
    """The ports, handed to whatever touches the system."""

    rtnl: Rtnl
    tree: Tree
    tun: Tun
    kernel: Kernel
    clock: Clock
    open_monitor: Callable[[], Monitor]
