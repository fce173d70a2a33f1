"""rtnetlink as the rest of the program sees it: `ports.Rtnl`.

The socket is opened at first use, so that a namespace can be entered before, and belongs to that
namespace from then on. Names of links are kept from dump to dump and forgotten after every batch
that writes links: within a batch no request may refer to a link which that batch makes.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from socket import AF_INET, AF_INET6, NETLINK_ROUTE
from typing import TYPE_CHECKING, Any

from netconf.core.errors import ApplyError, ObserveError
from netconf.core.ids import HOME
from netconf.system.linux import (
    addresslabels,
    bridgevlans,
    digests,
    encoder,
    fdb,
    mdb,
    neighbours,
    netns,
    nexthops,
    reader,
    rules,
    vfs,
    vnis,
)
from netconf.system.linux.kernel import load_ipv6
from netconf.system.linux.netlink import NetlinkSocket
from netconf.system.linux.requestnames import RequestNames, UnknownNameError
from netconf.system.linux.wire import (
    IFADDR,
    IFINFO,
    NDMSG,
    RTM_GETADDR,
    RTM_GETADDRLABEL,
    RTM_GETLINK,
    RTM_GETMDB,
    RTM_GETNEIGH,
    RTM_GETNEXTHOP,
    RTM_GETNSID,
    RTM_GETROUTE,
    RTM_GETRULE,
    RTM_GETTUNNEL,
    RTM_NEWNSID,
    RTMSG,
    Message,
    attribute,
    attribute_text,
    attribute_u32,
    attributes,
)
from netconf.system.ports import (
    AddressLabelRequest,
    AddressLabelRow,
    AddressRequest,
    AddressRow,
    FdbRequest,
    FdbRow,
    LinkRequest,
    LinkRow,
    MdbRequest,
    MdbRow,
    NeighbourRequest,
    NeighbourRow,
    NexthopObjectRow,
    NexthopRequest,
    Refusal,
    Request,
    RouteFilter,
    RouteRequest,
    RouteRow,
    RuleRequest,
    RuleRow,
    VfRequest,
    VfRow,
    VlanRequest,
    VlanRow,
    VniRequest,
    VniRow,
)

if TYPE_CHECKING:
    from netconf.system.linux.linkencoder import Names

_IFLA_IFNAME, _IFLA_EXT_MASK, _IFLA_TARGET_NETNSID, _IFLA_ALT_IFNAME = 3, 29, 46, 53
_RTEXT_FILTER_SKIP_STATS = 8
_NETNSA_NSID, _NETNSA_PID, _NETNSA_FD = 1, 2, 3  # linux/net_namespace.h
_NO_NSID = b"\xff" * 4
_RTA_OIF, _RTA_TABLE = 4, 15
_IFNAMSIZ = 16
_WITHOUT_STATS = attribute_u32(_IFLA_EXT_MASK, _RTEXT_FILTER_SKIP_STATS)


def _open(protocol: int) -> NetlinkSocket:
    return NetlinkSocket(protocol=protocol)


class LinuxRtnl:
    """Not safe for use by several threads."""

    def __init__(self, open_socket: Callable[[int], NetlinkSocket] = _open) -> None:
        """The callable opens a socket of a netlink protocol."""
        self._open_socket = open_socket
        self._opened: NetlinkSocket | None = None
        self._indexes: dict[str, int] = {}
        self._namespaces: dict[int, str] | None = None  # by id
        self._names: Mapping[int, str] = {}
        self._dumps: dict[RouteFilter | None, list[bytes]] = {}  # of addresses (None), and of one protocol

    def links(self) -> Sequence[LinkRow]:
        rows = list(reader.links(self._dump_links()))
        self._namespaces = None
        self._indexes = {name: row.ifindex for row in rows for name in (row.name, *row.altnames)}
        return rows

    def names(self) -> Mapping[int, str]:
        self._names = dict(reader.link_names(self._dump_links()))
        return self._names

    def carriers(self) -> frozenset[int]:
        return frozenset(reader.carriers(self._dump_links()))

    def vlans(self) -> Iterator[VlanRow]:
        return bridgevlans.decode(
            self._socket.dump(RTM_GETLINK, bridgevlans.DUMP, absent=(errno.EOPNOTSUPP,))
        )

    def vnis(self) -> Iterator[VniRow]:
        return vnis.decode(self._socket.dump(RTM_GETTUNNEL, vnis.DUMP, absent=(errno.EOPNOTSUPP,)))

    def virtual_functions(self, ifindex: int) -> Sequence[VfRow]:
        """By a get: a dump stops at a link whose VFs don't fit into a buffer."""
        found = self._socket.get(RTM_GETLINK, IFINFO.pack(0, 0, ifindex, 0, 0) + vfs.WANTED)
        return () if isinstance(found, Refusal) else vfs.decode(found, ifindex)

    def addresses(self) -> Iterator[AddressRow]:
        return reader.addresses(self._dump_addresses())

    def addresses_digest(self, *, again: bool, link_local: bool) -> str:
        if again:
            self.names()
            self._dump_addresses()
        buffers = self._dumps.get(None)
        return "" if buffers is None else digests.of_addresses(buffers, self._names, link_local=link_local)

    def routes(self, wanted: RouteFilter) -> Iterator[RouteRow]:
        for family, buffers in self._dump_routes(wanted):
            yield from reader.routes(buffers, family)

    def routes_digest(self, wanted: RouteFilter, *, again: bool) -> str:
        if again:
            self.names()
            for _ in self._dump_routes(wanted):
                pass
        buffers = self._dumps.get(wanted)
        return "" if buffers is None else digests.of_routes(buffers, self._names)

    def neighbours(self) -> Iterator[NeighbourRow]:
        """Proxies are dumped where the header asks for them, by themselves."""
        for family in (AF_INET, AF_INET6):
            for flags in (0, neighbours.NTF_PROXY):
                body = NDMSG.pack(family, 0, 0, 0, flags, 0)
                buffers = self._socket.dump(RTM_GETNEIGH, body, absent=(errno.EOPNOTSUPP, errno.EAFNOSUPPORT))
                yield from neighbours.decode(buffers, family)

    def fdb(self) -> Iterator[FdbRow]:
        return fdb.decode(self._socket.dump(RTM_GETNEIGH, fdb.DUMP, absent=(errno.EOPNOTSUPP,)))

    def mdb(self) -> Iterator[MdbRow]:
        return mdb.decode(self._socket.dump(RTM_GETMDB, mdb.DUMP, absent=(errno.EOPNOTSUPP,)))

    def address_labels(self) -> Iterator[AddressLabelRow]:
        absent = (errno.EOPNOTSUPP, errno.EAFNOSUPPORT)
        return addresslabels.decode(self._socket.dump(RTM_GETADDRLABEL, addresslabels.DUMP, absent=absent))

    def nexthops(self) -> Iterator[NexthopObjectRow]:
        body = nexthops.NHMSG.pack(0, 0, 0, 0)
        yield from nexthops.decode(self._socket.dump(RTM_GETNEXTHOP, body, absent=(errno.EOPNOTSUPP,)))

    def rules(self) -> Iterator[RuleRow]:
        """None of a family that this kernel has no policy routing for."""
        for family in (AF_INET, AF_INET6):
            body = RTMSG.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)
            buffers = self._socket.dump(RTM_GETRULE, body, absent=(errno.EOPNOTSUPP, errno.EAFNOSUPPORT))
            yield from rules.decode(buffers, family)

    def ifindex(self, name: str) -> int:
        if not self._indexes:
            self._indexes = {known: index for index, known in self.names().items()}
        if name not in self._indexes:
            found = self._ask(name)
            if not found:
                return 0
            self._indexes[name] = found
        return self._indexes[name]

    def namespace(self, netnsid: int) -> str | None:
        if self._namespaces is None:
            self._namespaces = self._find_namespaces()
        return self._namespaces.get(netnsid)

    def peer(self, netnsid: int, ifindex: int) -> tuple[str, str] | None:
        name = self.namespace(netnsid)
        if name is None:
            return None
        found = self._one(ifindex, attribute_u32(_IFLA_TARGET_NETNSID, netnsid))
        # refused if it is gone meanwhile, or if we may not look into that namespace
        return (name, found.name) if isinstance(found, LinkRow) else None

    def send(self, requests: Sequence[Request]) -> Sequence[Refusal | None]:
        """Raises ValueError before anything is sent if a request can't be put into a message."""
        if any(
            not isinstance(request, LinkRequest) and request.row.family == AF_INET6 for request in requests
        ):
            load_ipv6()
        answers: list[Refusal | None] = [None] * len(requests)
        if LinkRequest in set(map(type, requests)):
            self._send_links(requests, answers)
        else:
            messages = [_ENCODERS[type(request)](request) for request in requests]
            self._deliver(messages, range(len(messages)), answers)
        return answers

    def _send_links(self, requests: Sequence[Request], answers: list[Refusal | None]) -> None:
        """Links, which may take several messages or none, and what is sent along with them."""
        messages: list[Message] = []
        owners: list[int] = []  # whose each message is, by place in `requests`
        with RequestNames(self.ifindex) as names:
            for place, request in enumerate(requests):
                if isinstance(request, LinkRequest):
                    found, answers[place] = self._link(request, names)
                    messages.extend(found)
                else:
                    messages.append(_ENCODERS[type(request)](request))
                owners.extend([place] * (len(messages) - len(owners)))
            if any(map(_may_rename, requests)):
                self._indexes = {}
            self._deliver(messages, owners, answers)
        self._name_made(requests, answers)

    def close(self) -> None:
        if self._opened:
            self._opened.close()
            self._opened = None

    @property
    def _socket(self) -> NetlinkSocket:
        if self._opened is None:
            self._opened = self._open_socket(NETLINK_ROUTE)
        return self._opened

    def _dump_links(self) -> list[bytes]:
        return self._socket.dump(RTM_GETLINK, IFINFO.pack(0, 0, 0, 0, 0) + _WITHOUT_STATS)

    def _dump_addresses(self) -> list[bytes]:
        self._dumps[None] = self._socket.dump(RTM_GETADDR, IFADDR.pack(0, 0, 0, 0, 0))
        return self._dumps[None]

    def _dump_routes(self, wanted: RouteFilter) -> Iterator[tuple[int, list[bytes]]]:
        """One dump for each family, filtered by the kernel (strict checking, Linux 4.20). A table
        or link that doesn't exist has no routes.
        """
        limits = b""
        if wanted.table:
            limits += attribute_u32(_RTA_TABLE, wanted.table)
        if wanted.ifindex:
            limits += attribute_u32(_RTA_OIF, wanted.ifindex)
        whole: list[bytes] = []
        for family in (wanted.family,) if wanted.family else (AF_INET, AF_INET6):
            body = RTMSG.pack(family, 0, 0, 0, 0, wanted.protocol, 0, 0, 0) + limits
            buffers = self._socket.dump(RTM_GETROUTE, body, absent=(errno.ENOENT, errno.ENODEV))
            yield family, buffers
            whole += buffers
        if wanted.protocol:  # those of others can be many, and nobody asks for them in short
            self._dumps[wanted] = whole

    def _link(self, request: LinkRequest, names: Names) -> tuple[list[Message], Refusal | None]:
        """The messages of a request, or why there are none: a name that nothing has."""
        from netconf.system.linux import linkencoder

        new = request.verb in {"create", "replace"}
        try:
            ifindex = request.ifindex if new or request.ifindex else names.link(request.name)
            return linkencoder.link(request, ifindex, names), None
        except UnknownNameError as err:
            return [], err.refusal

    def _name_made(self, requests: Sequence[Request], answers: list[Refusal | None]) -> None:
        """Give their altnames to the links that were made."""
        from netconf.system.linux import linkencoder

        messages: list[Message] = []
        owners: list[int] = []
        for place, request in enumerate(requests):
            new = isinstance(request, LinkRequest) and request.verb in {"create", "replace"}
            if isinstance(request, LinkRequest) and new and request.add_altnames and not answers[place]:
                messages.extend(linkencoder.altnames(request))
                owners.append(place)
        self._deliver(messages, owners, answers)

    def _deliver(
        self, messages: Sequence[Message], owners: Sequence[int], answers: list[Refusal | None]
    ) -> None:
        """Send; the first refusal among a request's messages is its answer."""
        if not messages:
            return
        found = self._socket.batch(messages)
        for place, refusal in zip(owners, found, strict=True) if any(found) else ():
            if refusal and answers[place] is None:
                answers[place] = Refusal(refusal.errno, refusal.text or os.strerror(refusal.errno))

    def _ask(self, name: str) -> int:
        """The kernel's answer, which knows altnames too; 0 = none."""
        if not name or "\0" in name:
            return 0
        number = _IFLA_IFNAME if len(name.encode()) < _IFNAMSIZ else _IFLA_ALT_IFNAME
        found = self._one(0, attribute_text(number, name))
        if isinstance(found, LinkRow):
            return found.ifindex
        if found.errno in {errno.ENODEV, errno.ERANGE, errno.EINVAL}:
            return 0
        raise ObserveError(f"can't look up link {name}: {found.text or os.strerror(found.errno)}")

    def _one(self, ifindex: int, which: bytes) -> LinkRow | Refusal:
        found = self._socket.get(RTM_GETLINK, IFINFO.pack(0, 0, ifindex, 0, 0) + which + _WITHOUT_STATS)
        return found if isinstance(found, Refusal) else next(reader.links([found]))

    def _find_namespaces(self) -> dict[int, str]:
        """The named namespaces, and the process's, by the id this one has given them."""
        found: dict[int, str] = {}
        for name in netns.names():
            try:
                descriptor = netns.open_named(name)
            except OSError:
                continue
            try:
                number = self._netnsid(attribute_u32(_NETNSA_FD, descriptor))
            finally:
                os.close(descriptor)
            if number is not None:
                found[number] = name
        home = self._netnsid(attribute_u32(_NETNSA_PID, os.getpid()))
        if home is not None:
            found[home] = HOME
        return found

    def home_id(self) -> int:
        which = attribute_u32(_NETNSA_PID, os.getpid())
        found = self._netnsid(which)
        if found is None:
            self._socket.batch(
                [Message(RTM_NEWNSID, 0, bytes(4) + attribute(_NETNSA_NSID, _NO_NSID) + which)]
            )
            self._namespaces, found = None, self._netnsid(which)
        if found is None:
            raise ApplyError("a network namespace can't get an id for ours", errno=errno.EPERM)
        return found

    def _netnsid(self, which: bytes) -> int | None:
        """The id this namespace has given to that one."""
        answer = self._socket.get(RTM_GETNSID, bytes(4) + which)  # after an rtgenmsg
        if isinstance(answer, Refusal):
            return None
        number = attributes(answer, 20, len(answer)).get(_NETNSA_NSID, _NO_NSID)
        return None if number == _NO_NSID else int.from_bytes(number, sys.byteorder)


def _may_rename(request: Request) -> bool:
    """Whether links may have other names or numbers after it: not if one is only set up or down."""
    return isinstance(request, LinkRequest) and (
        request.verb != "set" or bool(request.attributes or request.add_altnames or request.del_altnames)
    )


_ENCODERS: Mapping[type, Callable[[Any], Message]] = {
    AddressRequest: encoder.address,
    RouteRequest: encoder.route,
    RuleRequest: rules.encode,
    NeighbourRequest: neighbours.encode,
    NexthopRequest: nexthops.encode,
    VlanRequest: bridgevlans.encode,
    VniRequest: vnis.encode,
    FdbRequest: fdb.encode,
    MdbRequest: mdb.encode,
    AddressLabelRequest: addresslabels.encode,
    VfRequest: vfs.encode,
}
"""Of what isn't a link."""
