"""What may be asked of the kernel's rtnetlink: reading, writing in batches, waiting for events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from netconf.system.ports.rows import (
    AddressLabelRow,
    AddressRow,
    FdbRow,
    LinkRow,
    MdbRow,
    NeighbourRow,
    NexthopObjectRow,
    Request,
    RouteRow,
    RuleRow,
    VfRow,
    VlanRow,
    VniRow,
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

    def carriers(self) -> frozenset[int]:
        """The indexes of the links that are up and have a carrier (IFF_LOWER_UP)."""
        ...

    def vlans(self) -> Iterator[VlanRow]:
        """Those of all bridges and their ports; none on a kernel without VLAN filtering."""
        ...

    def vnis(self) -> Iterator[VniRow]:
        """Those of all vxlans that filter them."""
        ...

    def virtual_functions(self, ifindex: int) -> Sequence[VfRow]:
        """Those of a NIC; none of a link without, or that isn't there."""
        ...

    def addresses(self) -> Iterator[AddressRow]: ...

    def addresses_digest(self, *, again: bool, link_local: bool) -> str:
        """Of what the last dump of addresses said, "" if there was none; or of one made now. Equal: there
        are the same rows on links of the same names, but for how long lifetimes that end still are, and,
        unless they are asked for, for the addresses of fe80::/10.
        """
        ...

    def routes(self, wanted: RouteFilter) -> Iterator[RouteRow]: ...

    def routes_digest(self, wanted: RouteFilter, *, again: bool) -> str:
        """The same of the routes of a protocol."""
        ...

    def neighbours(self) -> Iterator[NeighbourRow]:
        """The permanent entries and the proxies of links, of IPv4 and IPv6."""
        ...

    def fdb(self) -> Iterator[FdbRow]:
        """The entries of bridges and vxlans that were set to stay, those of the kernel among them; not
        what programs say they have learnt.
        """
        ...

    def mdb(self) -> Iterator[MdbRow]:
        """The permanent entries of bridges; none on a kernel without multicast snooping."""
        ...

    def address_labels(self) -> Iterator[AddressLabelRow]:
        """Those the kernel begins with among them; none without IPv6."""
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

    def namespace(self, netnsid: int) -> str | None:
        """The name of the network namespace with this id (as a link's IFLA_LINK_NETNSID says), HOME for the one
        the process is in; None if it has no name under /run/netns.
        """
        ...

    def home_id(self) -> int:
        """The id that this namespace has for the one the process is in, given now if it has none. Raises
        ApplyError.
        """
        ...

    def peer(self, netnsid: int, ifindex: int) -> tuple[str, str] | None:
        """The same, and the name of the link with that index in it."""
        ...


class Monitor(Protocol):
    """Wakes up when links, addresses or routes change."""

    def wait(self, seconds: float) -> bool:
        """Whether anything changed before the time was over."""
        ...

    def close(self) -> None: ...
