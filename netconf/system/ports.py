"""What the rest of the program may ask of the system, as Protocols and plain rows.

Rows are the neutral form of what netlink carries, the same for reading and for writing: numbers
and words as the kernel has them, interfaces by ifindex, addresses as canonical text (RFC 5952).
Constants are those of linux/if_link.h, linux/if_addr.h and linux/rtnetlink.h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from netconf.system import xtables

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


Request = (
    LinkRequest
    | AddressRequest
    | RouteRequest
    | RuleRequest
    | NeighbourRequest
    | NexthopRequest
    | VlanRequest
)


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

    def vlans(self) -> Iterator[VlanRow]:
        """Those of all bridges and their ports; none on a kernel without VLAN filtering."""
        ...

    def addresses(self) -> Iterator[AddressRow]: ...

    def routes(self, wanted: RouteFilter) -> Iterator[RouteRow]: ...

    def neighbours(self) -> Iterator[NeighbourRow]:
        """The permanent entries and the proxies of links, of IPv4 and IPv6."""
        ...

    def nexthops(self) -> Iterator[NexthopObjectRow]:
        """The nexthop objects, groups among them; none where the kernel has no such objects."""
        ...

    def rules(self) -> Iterator[RuleRow]:
        """The policy rules of IPv4 and IPv6 in the order they are asked."""
        ...

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

    def refuses_bridge_vlans(self) -> bool:
        """Whether its bridges know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING)."""
        ...

    def refused_kind(self, kind: str) -> str:
        """Why links of this kind can't be made here, found out by trying in a throw-away network
        namespace; "" = they can, or it can't be tried.
        """
        ...

    def renames_live(self) -> bool:
        """Whether a link may be renamed while it's up (since Linux 6.2), found out by trying in a
        throw-away network namespace.
        """
        ...

    def load_ipv6(self) -> None:
        """Make sure that IPv6 is there, where it's a module that nobody has used yet."""
        ...

    def can_administer(self) -> bool:
        """Whether the process has CAP_NET_ADMIN in its network namespace."""
        ...

    def initial_namespace(self) -> bool:
        """Whether we are in the initial network namespace of the machine."""
        ...


class Device(NamedTuple):
    """The hardware of a link: its driver, its PCI address ("" = none, or behind none), and its path
    below /sys/devices.
    """

    driver: str
    pci: str
    path: str


class Devices(Protocol):
    def device(self, name: str, ifindex: int) -> Device | None:
        """None if the link has no hardware, or none that can be seen from here."""
        ...


class Namespaces(Protocol):
    """Named network namespaces, as ip-netns(8) keeps them under /run/netns."""

    def has(self, name: str) -> bool: ...

    def users(self, name: str) -> Sequence[str]:
        """The processes in it, as `pid (name)`; those we may look at."""
        ...

    def create(self, name: str) -> None:
        """Raises OSError; FileExistsError if there is one."""
        ...

    def delete(self, name: str) -> None:
        """Takes its name; it ends with its last user. Raises OSError."""
        ...


class BirdReply(NamedTuple):
    """An answer on BIRD's control socket (doc/reply_codes of BIRD): the code and text of its last
    line, and all lines as (code, text).
    """

    code: int
    text: str
    lines: tuple[tuple[int, str], ...]


class BirdUnavailable(Exception):  # noqa: N818 - what it says of the daemon
    """Nobody listens on the socket: it isn't there, or the daemon that made it has died."""


class BirdFault(Exception):  # noqa: N818 - what it says of the daemon
    """Somebody listens but doesn't answer as BIRD does: silent, gone in the middle, or garbage."""


class BirdSession(Protocol):
    """A connection to a BIRD daemon. Raises BirdFault."""

    @property
    def version(self) -> str: ...

    def ask(self, command: str, seconds: float = 5.0) -> BirdReply:
        """One command and its answer, whatever its code; it may take `seconds`. ValueError for a
        command that the daemon couldn't read: more than 1000 bytes, or more than one line.
        """
        ...

    def close(self) -> None: ...


class Bird(Protocol):
    """BIRD daemons by their control sockets."""

    def connect(self, socket: str) -> BirdSession:
        """Raises BirdUnavailable, BirdFault."""
        ...


class Files(Protocol):
    """Configuration files of other programs. Raises OSError."""

    def read(self, path: str) -> bytes | None:
        """The content; None if there is no such file."""
        ...

    def names(self, path: str) -> Sequence[str]:
        """The entries of a folder, sorted; none if there is no such folder."""
        ...

    def create(self, path: str, data: bytes, like: str, group: str) -> None:
        """A file with this content, in place of one of that name. It belongs to whom the file `like`
        belongs, with its mode; without such a file to root and the group, which may read it. It
        may be lost in a crash until it's renamed.
        """
        ...

    def keep(self, path: str, under: str) -> None:
        """Give a file a second name, in place of one of that name."""
        ...

    def rename(self, path: str, to: str) -> None:
        """The name and what it holds are on the disk on return."""
        ...

    def remove(self, path: str) -> None:
        """What isn't there counts as removed."""
        ...


class Finished(NamedTuple):
    """How a program ended: its exit status (None = it was killed after the time it had), its output
    and what it said on standard error.
    """

    status: int | None
    output: str
    errors: str


class Process(Protocol):
    """Other programs."""

    def run(self, words: Sequence[str], data: bytes = b"", seconds: float = 30.0, user: str = "") -> Finished:
        """Run one, without a shell, as this user if one is given. `data` is its standard input. Raises
        OSError if it can't be started.
        """
        ...


class Probes(Protocol):
    """Asking a service whether it works. Each says "" if it does, else why not. For any thread."""

    def tcp(self, address: str, port: int, seconds: float) -> str:
        """Whether a connection is taken."""
        ...

    def http(self, url: str, status: int, seconds: float) -> str:
        """Whether a GET is answered with this status, 0 = any from 200 to 399."""
        ...

    def command(self, words: tuple[str, ...], seconds: float) -> str:
        """Whether a program ends with exit status 0."""
        ...


class Supervisor(Protocol):
    """The service manager that has started us, if one has."""

    def tell(self, text: str) -> None:
        """Words of sd_notify(3). Nothing comes of it if there's none."""
        ...


class NftComplaint(NamedTuple):
    """What nft or the kernel says about a line of a script; line 0 = about none."""

    line: int
    text: str


class NftChain(NamedTuple):
    """A base chain of any table: where it's hooked in, in nft's words, and its policy."""

    family: str
    table: str
    name: str
    hook: str
    policy: str


class Session(NamedTuple):
    """The connection somebody works through: from an address, to an address and port of this host."""

    peer: str
    local: str
    port: int


class Sessions(Protocol):
    """Who is at work."""

    def current(self) -> Session | None:
        """The SSH connection this process was started from, also through sudo; None = there is none."""
        ...


class Flow(NamedTuple):
    """A connection as connection tracking knows it: the addresses and ports of its first packet, and
    those of the answers, which are others if it's translated. Ports are 0 where there are none.
    """

    protocol: int
    source: str
    source_port: int
    destination: str
    destination_port: int
    answers_from: str
    answers_from_port: int
    answers_to: str
    answers_to_port: int


class Memory(Protocol):
    """What was found out about this namespace, until the next boot: for what is dear to find out again.
    Not having it is never an error.
    """

    def recall(self, name: str) -> bytes | None: ...

    def keep(self, name: str, data: bytes) -> None: ...

    def trust(self, name: str) -> None:
        """What is kept under the name holds in this run, as far as can be seen."""
        ...

    def trusted(self, name: str) -> bool: ...


class Conntrack(Protocol):
    """Connection tracking of the kernel."""

    def sockets(self) -> Sequence[Flow]:
        """The established TCP connections of this host's sockets, but for those within it; the first
        packet is the peer's where somebody listens on the port.
        """
        ...

    def flows(self) -> Sequence[Flow]:
        """All connections that are tracked. Raises ObserveError."""
        ...

    def track(self, flows: Sequence[Flow]) -> None:
        """Let established TCP connections be tracked as such; those that are already stay as they are.
        Raises ApplyError.
        """
        ...

    def forget(self, flows: Sequence[Flow]) -> None:
        """Let them be tracked no more; gone already counts as done. Raises ApplyError."""
        ...


class Nft(Protocol):
    """nftables, in the text that nft(8) reads and writes. Raises ObserveError if nft can't be run."""

    def table(self, family: str, name: str) -> str:
        """The table as `nft -a list table` writes it, with its state; "" if there is none."""
        ...

    def canonical(self, script: str, family: str, name: str) -> str | NftComplaint:
        """The same text after a script was loaded in a throw-away network namespace: what the kernel
        makes of it. The complaint is the first one.
        """
        ...

    def generation(self) -> int:
        """A number that every change of rules in this namespace makes another, whoever makes it; what
        packets do to sets and counters doesn't. -1 = it can't be read.
        """
        ...

    def load(self, script: str) -> NftComplaint | None:
        """Load a script as one transaction: all of it, or nothing and the first complaint."""
        ...

    def admits(self, script: str, session: Session, link: str) -> bool | None:
        """Whether under a script a new TCP connection like this one is answered when it comes in by
        the link: tried with a packet in a throw-away network namespace. None = it can't be tried.
        """
        ...

    def base_chains(self) -> Sequence[NftChain]:
        """Every chain that sees packets, of every table."""
        ...

    def legacy_tables(self) -> Sequence[str]:
        """The tables iptables-legacy and ip6tables-legacy have here; looking loads no module."""
        ...


class XtText(NamedTuple):
    """One table of iptables (4) or ip6tables (6) as iptables-restore reads it."""

    family: int
    table: str
    text: str


class Xtables(Protocol):
    """Legacy xtables: the tables that iptables-legacy and ip6tables-legacy show. Raises ObserveError if
    they can't be run. Looking loads no kernel module.
    """

    def can_write(self) -> bool:
        """Whether the library is there that writes tables."""
        ...

    def tables(self, family: int) -> Sequence[str]:
        """The tables there are."""
        ...

    def save(self, family: int, table: str) -> str:
        """The table as `iptables-save -c` writes it; "" if there is none."""
        ...

    def canonical(self, sets: str, texts: Sequence[XtText]) -> Sequence[str] | xtables.Complaint:
        """Each table as it's saved after the texts were loaded in a throw-away network namespace, with
        sets as `ipset restore` reads them. The complaint is the first one; of the sets, if its part is -1.
        """
        ...

    def rehearse(self, sets: str, commits: Sequence[xtables.Commit]) -> xtables.Complaint | None:
        """Make commits in a throw-away network namespace with these sets: what the library can't write,
        or writes as something else. The line is that of the rules after it.
        """
        ...

    def commit(self, commit: xtables.Commit) -> None:
        """Change one table, as one transaction, under the lock of iptables, and read it back. Raises
        ApplyError, also if the table isn't as expected before or after it.
        """
        ...

    def admits(self, sets: str, texts: Sequence[XtText], session: Session, link: str) -> bool | None:
        """As Nft.admits, for tables and sets."""
        ...


class IpsetComplaint(NamedTuple):
    """What ipset says about a line of a script; line 0 = about none."""

    line: int
    text: str


class Ipsets(Protocol):
    """Sets of addresses that xtables look into. Raises ObserveError if ipset can't be run."""

    def names(self) -> Sequence[str]: ...

    def save(self, name: str) -> str:
        """The set as `ipset save` writes it."""
        ...

    def restore(self, script: str) -> IpsetComplaint | None:
        """Do the commands of a script up to the first that fails."""
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
    namespaces: Namespaces
    devices: Devices
    nft: Nft
    xtables: Xtables
    ipsets: Ipsets
    conntrack: Conntrack
    sessions: Sessions
    memory: Memory
    clock: Clock
    open_monitor: Callable[[], Monitor]
    bird: Bird
    files: Files
    process: Process
    probes: Probes
    supervisor: Supervisor
    inside: Callable[[str], System]
    """The system within a named network namespace; raises ObserveError."""
    fresh: Callable[[], System]
    """The system within a throw-away network namespace."""
    kernel_name: Callable[[str], str] = str
    """What the kernel calls a link that has this name here: see netconf/system/named.py."""
    renamed: frozenset[str] = frozenset()
    """The links that may have another name in the kernel."""
    nested: bool = False
    """Whether this is the view into another namespace than the process is in."""
