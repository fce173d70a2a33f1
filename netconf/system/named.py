"""The system with some links under other names than the kernel has for them now.

A document calls a NIC by the name it shall have. Until it has that name, whoever looks through here
sees it under it already, and may write to it so: addresses, routes and sysctls of a link that's
renamed are the same objects before and after. Links are known by their ifindex.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from netconf.system.ports import (
    AddressLabelRow,
    AddressRequest,
    AddressRow,
    AttributeValue,
    FdbRow,
    LinkRequest,
    LinkRow,
    MdbRow,
    NeighbourRow,
    NexthopObjectRow,
    Refusal,
    Request,
    RouteFilter,
    RouteRow,
    Rtnl,
    RuleRow,
    System,
    Tree,
    VfRow,
    VlanRow,
    VniRow,
)

NAME = "IFLA_IFNAME"
_BY_NAME = {
    "IFLA_LINK", "IFLA_MASTER", "IFLA_VXLAN_LINK", "IFLA_BOND_PRIMARY", "IFLA_GRE_LINK", "IFLA_IPTUN_LINK",
    "IFLA_VTI_LINK",
}  # fmt: skip
_TABLES = {"conf", "neigh"}


def named(system: System, given: Mapping[int, str]) -> System:
    """The system with these names, by ifindex. No other link may have one of them."""
    if not given:
        return system
    rtnl = _NamedRtnl(system.rtnl, given)

    def kernel_name(name: str) -> str:
        return system.kernel_name(rtnl.kernel_name(name))

    return replace(
        system,
        rtnl=rtnl,
        tree=_NamedTree(system.tree, rtnl),
        kernel_name=kernel_name,
        renamed=frozenset(given.values()),
    )


class _NamedRtnl:
    def __init__(self, inner: Rtnl, given: Mapping[int, str]) -> None:
        self._inner, self._given = inner, given
        self._indexes = {name: index for index, name in given.items()}
        self._names: Mapping[int, str] = {}

    def kernel_name(self, name: str) -> str:
        """What the kernel calls the link that has this name here; the same for other names."""
        if name not in self._indexes:
            return name
        return self._now().get(self._indexes[name], name)

    def name_here(self, kernel_name: str) -> str:
        """The other way round."""
        names = {self._now().get(index): name for index, name in self._given.items()}
        return names.get(kernel_name, kernel_name)

    def links(self) -> Sequence[LinkRow]:
        return [
            row._replace(name=self._given[row.ifindex]) if row.ifindex in self._given else row
            for row in self._inner.links()
        ]

    def names(self) -> Mapping[int, str]:
        found = self._inner.names()
        return {index: self._given.get(index, name) for index, name in found.items()}

    def carriers(self) -> frozenset[int]:
        return self._inner.carriers()

    def vlans(self) -> Iterator[VlanRow]:
        return self._inner.vlans()

    def vnis(self) -> Iterator[VniRow]:
        return self._inner.vnis()

    def virtual_functions(self, ifindex: int) -> Sequence[VfRow]:
        return self._inner.virtual_functions(ifindex)

    def addresses(self) -> Iterator[AddressRow]:
        for row in self._inner.addresses():
            if row.ifindex in self._given and row.label:
                yield row._replace(label=self._label(row, self._given[row.ifindex]))
            else:
                yield row

    def addresses_digest(self, *, again: bool, link_local: bool) -> str:
        return self._inner.addresses_digest(again=again, link_local=link_local)

    def routes_digest(self, wanted: RouteFilter, *, again: bool) -> str:
        return self._inner.routes_digest(wanted, again=again)

    def routes(self, wanted: RouteFilter) -> Iterator[RouteRow]:
        return self._inner.routes(wanted)

    def neighbours(self) -> Iterator[NeighbourRow]:
        return self._inner.neighbours()

    def fdb(self) -> Iterator[FdbRow]:
        return self._inner.fdb()

    def mdb(self) -> Iterator[MdbRow]:
        return self._inner.mdb()

    def address_labels(self) -> Iterator[AddressLabelRow]:
        return self._inner.address_labels()

    def nexthops(self) -> Iterator[NexthopObjectRow]:
        return self._inner.nexthops()

    def rules(self) -> Iterator[RuleRow]:
        """The kernel keeps the names in rules as they were written, whatever links are called."""
        return self._inner.rules()

    def ifindex(self, name: str) -> int:
        if name in self._indexes:
            return self._indexes[name] if self._indexes[name] in self._now() else 0
        found = self._inner.ifindex(name)
        return 0 if found in self._given else found

    def namespace(self, netnsid: int) -> str | None:
        return self._inner.namespace(netnsid)

    def home_id(self) -> int:
        return self._inner.home_id()

    def peer(self, netnsid: int, ifindex: int) -> tuple[str, str] | None:
        return self._inner.peer(netnsid, ifindex)

    def send(self, requests: Sequence[Request]) -> Sequence[Refusal | None]:
        found = [self._for_kernel(request) for request in requests]
        if any(isinstance(r, LinkRequest) for r in requests):
            self._names = {}
        return self._inner.send(found)

    def _now(self) -> Mapping[int, str]:
        """The kernel's names; asked for anew after every change of a link."""
        if not self._names:
            self._names = self._inner.names()
        return self._names

    def _label(self, row: AddressRow, name: str) -> str:
        """A label begins with the name of its link, which the kernel sees to (inetdev_changename)."""
        base, colon, rest = row.label.partition(":")
        names = (self._given[row.ifindex], self._now().get(row.ifindex, ""))
        return f"{name}{colon}{rest}" if base in names else row.label

    def _for_kernel(self, request: Request) -> Request:
        if isinstance(request, AddressRequest) and request.row.ifindex in self._given and request.row.label:
            label = self._label(request.row, self._now().get(request.row.ifindex, ""))
            return request._replace(row=request.row._replace(label=label))
        return self._link_for_kernel(request) if isinstance(request, LinkRequest) else request

    def _link_for_kernel(self, request: LinkRequest) -> LinkRequest:
        attributes = tuple((name, self._value(name, value)) for name, value in request.attributes)
        options = tuple((name, self._value(name, value)) for name, value in request.options)
        if request.verb in ("set", "delete"):
            request = request._replace(name=self.kernel_name(request.name))
        return request._replace(attributes=attributes, options=options)

    def _value(self, name: str, value: AttributeValue) -> AttributeValue:
        return self.kernel_name(value) if name in _BY_NAME and isinstance(value, str) else value


class _NamedTree:
    def __init__(self, inner: Tree, rtnl: _NamedRtnl) -> None:
        self._inner, self._rtnl = inner, rtnl

    def read(self, path: Sequence[str]) -> str | None:
        return self._inner.read(self._for_kernel(path))

    def write(self, path: Sequence[str], value: str) -> None:
        self._inner.write(self._for_kernel(path), value)

    def names(self, path: Sequence[str]) -> Sequence[str]:
        found = self._inner.names(self._for_kernel(path))
        if len(path) == 3 and path[2] in _TABLES:
            return sorted(self._rtnl.name_here(name) for name in found)
        return found

    def values(self, path: Sequence[str], but: Collection[str] = ()) -> Mapping[str, str]:
        return self._inner.values(self._for_kernel(path), but)

    def writable(self, path: Sequence[str]) -> bool:
        return self._inner.writable(self._for_kernel(path))

    def _for_kernel(self, path: Sequence[str]) -> Sequence[str]:
        """net/ipv4/conf/LINK/… and the like."""
        if len(path) > 3 and path[2] in _TABLES:
            return (*path[:3], self._rtnl.kernel_name(path[3]), *path[4:])
        return path
