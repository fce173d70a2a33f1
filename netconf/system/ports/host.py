"""What may be asked of the host: sysctls, tun devices, namespaces, files, programs and the clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol


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

    def values(self, path: Sequence[str], but: Collection[str] = ()) -> Mapping[str, str]:
        """What's in the files of a directory, by name, but for some; empty if there is none. As read() for each."""
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

    def refused_encap(self, words: str) -> str:
        """Why this kernel has no routes with this encapsulation (see RouteRow), "" if it has or it can't be
        tried.
        """
        ...

    def refuses_mdb_filters(self) -> bool:
        """Whether groups of bridges have no filters of senders and no protocol."""
        ...

    def ignores_netkit_scrub(self) -> bool:
        """Whether it makes netkit pairs and doesn't mind what they're told of scrubbing."""
        ...

    def refuses_bridge_vlans(self) -> bool:
        """Whether its bridges know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING)."""
        ...

    def refuses_vni_filters(self) -> bool:
        """Whether its vxlans filter no VNIs (since Linux 5.18 they do)."""
        ...

    def refuses_local_bypass(self) -> bool:
        """Whether its vxlans have no IFLA_VXLAN_LOCALBYPASS (since Linux 6.4 they do)."""
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


class VfSupport(NamedTuple):
    """The virtual functions of a NIC: how many there are and may be (0 = not told), and who uses them, as
    `VF 1 (vfio-pci)`.
    """

    made: int
    total: int
    users: tuple[str, ...] = ()


class Sriov(Protocol):
    """The number of virtual functions of NICs (Documentation/PCI/pci-iov-howto.rst)."""

    def support(self, name: str, ifindex: int) -> VfSupport | None:
        """None if the link has none, or can't be seen from here."""
        ...

    def set_count(self, name: str, ifindex: int, count: int) -> None:
        """From or to 0 only. Raises OSError."""
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
    """The service manager of this machine, if there's one."""

    def tell(self, text: str) -> None:
        """Words of sd_notify(3). Nothing comes of it if there's none."""
        ...

    def active(self, units: Sequence[str]) -> Sequence[str]:
        """Those of the units that are active, or about to be; none where no service manager can be asked."""
        ...


class Clock(Protocol):
    def monotonic(self) -> float: ...

    def boottime(self) -> float:
        """Seconds since boot, those the machine slept included: the same in every process."""
        ...

    def sleep(self, seconds: float) -> None: ...

    def now(self) -> float:
        """Seconds since the epoch; for people only, no decision depends on it."""
        ...
