"""Parse dumps of links, addresses and routes into rows.

Written for speed: tens of thousands of rows pass here on every look at the system. Layouts from
linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h; struct offsets are those of `wire`.

What a row doesn't carry (the realms or expiry of a route, the protocol of an address) isn't
read. Left out are routes the rows can't tell apart from others: clones of the route cache, and IPv6
routes that depend on the source (RTA_SRC).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from socket import AF_INET, AF_INET6
from typing import Any, NamedTuple

from netconf.system.linux import linkcodec
from netconf.system.linux.layouts import Layouts
from netconf.system.linux.wire import (
    ATTRIBUTE,
    NEXTHOP,
    attributes,
    ipv4_text,
    ipv6_text,
    text,
)
from netconf.system.ports import FOREVER, AddressRow, AttributeValue, LinkRow, NexthopRow, RouteRow

_Text = Callable[[bytes], str]

_made = tuple.__new__
"""A row of all its parts, in half the time that its _make takes."""

_LINK = struct.Struct("=I12xBxHiI")  # nlmsghdr (the length) and ifinfomsg without the change mask

_ADDRESS_TEXT: dict[int, _Text] = {AF_INET: ipv4_text, AF_INET6: ipv6_text}
_ANY: dict[int, str] = {AF_INET: "0.0.0.0", AF_INET6: "::"}  # noqa: S104 - the default route's prefix, nothing is bound


def _number(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)


# -- links ----------------------------------------------------------------------------------------

_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_QDISC = 1, 3, 4, 5, 6
_IFLA_MASTER, _IFLA_TXQLEN, _IFLA_LINKINFO, _IFLA_IFALIAS, _IFLA_GROUP = 10, 13, 18, 20, 27
_IFLA_CARRIER, _IFLA_LINK_NETNSID, _IFLA_PROP_LIST, _IFLA_ALT_IFNAME = 33, 37, 52, 53
_IFLA_PERM_ADDRESS, _IFLA_NETNS_IMMUTABLE = 54, 67
_INFO_KIND, _INFO_DATA, _INFO_SLAVE_KIND, _INFO_SLAVE_DATA = 1, 2, 4, 5
_IFF_LOWER_UP = 0x10000  # linux/if.h


_LINKS = Layouts(
    "=I12xBxHiI4x",  # nlmsghdr and ifinfomsg
    {
        _IFLA_IFNAME: b"",
        _IFLA_MTU: 0,
        _IFLA_ADDRESS: b"",
        _IFLA_MASTER: 0,
        _IFLA_LINK: 0,
        _IFLA_LINK_NETNSID: None,
        _IFLA_IFALIAS: b"",
        _IFLA_GROUP: 0,
        _IFLA_TXQLEN: 0,
        _IFLA_PROP_LIST: b"",
        _IFLA_CARRIER: b"",
        _IFLA_QDISC: b"",
        _IFLA_LINKINFO: b"",
        _IFLA_PERM_ADDRESS: b"",
        _IFLA_NETNS_IMMUTABLE: b"",
    },
)


def links(buffers: Sequence[bytes]) -> Iterator[LinkRow]:
    known: dict[bytes, _Info] = {}
    for values in _LINKS.read(buffers):
        _, _, ifindex, flags, name, mtu, mac, master, lower, netnsid, alias, group, queue, *rest = values
        altnames, carrier, qdisc, raw, permanent, pinned = rest
        info = known.get(raw)
        if info is None:
            info = known[raw] = _info(raw)
        yield LinkRow(
            ifindex,
            text(name),
            flags,
            mtu,
            mac.hex(":"),
            info.kind,
            master,
            lower,
            None if netnsid is None else int.from_bytes(netnsid, sys.byteorder, signed=True),
            text(alias),
            group,
            queue,
            _altnames(altnames),
            carrier == b"\1",
            text(qdisc),
            info.options,
            info.port_kind,
            info.port_options,
            permanent.hex(":"),
            pinned == b"\1",
        )


def link_names(buffers: Sequence[bytes]) -> Iterator[tuple[int, str]]:
    """(ifindex, name) of every link, without looking at more."""
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, _, _, ifindex, _ = _LINK.unpack_from(data, offset)
            start = offset + 32
            size, number = ATTRIBUTE.unpack_from(data, start)
            while number != _IFLA_IFNAME:  # the first of all as kernels go (rtnl_fill_ifinfo)
                start += (size + 3) & ~3
                size, number = ATTRIBUTE.unpack_from(data, start)
            yield ifindex, text(data[start + 4 : start + size])
            offset += (length + 3) & ~3


def carriers(buffers: Sequence[bytes]) -> Iterator[int]:
    """The ifindex of every link that is up and has a carrier."""
    for data in buffers:
        offset, total = 0, len(data)
        while offset < total:
            length, _, _, ifindex, flags = _LINK.unpack_from(data, offset)
            if flags & _IFF_LOWER_UP:
                yield ifindex
            offset += (length + 3) & ~3


class _Info(NamedTuple):
    """What IFLA_LINKINFO says; many links have the same."""

    kind: str
    options: Mapping[str, AttributeValue]
    port_kind: str
    port_options: Mapping[str, AttributeValue]


def _info(value: bytes) -> _Info:
    inner = attributes(value, 0, len(value))
    kind = text(inner.get(_INFO_KIND, b""))
    port_kind = text(inner.get(_INFO_SLAVE_KIND, b""))
    return _Info(
        kind,
        linkcodec.decode(kind, inner.get(_INFO_DATA, b"")),
        port_kind,
        linkcodec.decode_port(port_kind, inner.get(_INFO_SLAVE_DATA, b"")),
    )


def _altnames(value: bytes) -> tuple[str, ...]:
    """The names in the kernel's order."""
    names, offset = [], 0
    while offset < len(value):
        length, number = ATTRIBUTE.unpack_from(value, offset)
        if number == _IFLA_ALT_IFNAME:
            names.append(text(value[offset + 4 : offset + length]))
        offset += (length + 3) & ~3
    return tuple(names)


# -- addresses ------------------------------------------------------------------------------------

_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_BROADCAST = 1, 2, 3, 4
_IFA_CACHEINFO, _IFA_FLAGS, _IFA_RT_PRIORITY = 6, 8, 9
_LIFETIMES = struct.Struct("=II4xI")  # ifa_cacheinfo: preferred, valid, when they were set
_NO_LIFETIMES = (FOREVER, FOREVER, 0)
_ADDRESSES = Layouts(
    "=I12xBBBBI",  # nlmsghdr and ifaddrmsg
    {
        _IFA_ADDRESS: b"",
        _IFA_LOCAL: b"",
        _IFA_LABEL: b"",
        _IFA_BROADCAST: b"",
        _IFA_FLAGS: 0,
        _IFA_RT_PRIORITY: 0,
        _IFA_CACHEINFO: b"",
    },
)


def addresses(buffers: Sequence[bytes]) -> Iterator[AddressRow]:
    """IPv4 and IPv6; other families that answer an AF_UNSPEC dump are left out. IPv4 has IFA_LOCAL
    always, IPv6 only beside a peer: then IFA_ADDRESS is the far end.
    """
    labels, lifetimes = _Texts(), _LIFETIMES.unpack
    for values in _ADDRESSES.read(buffers):
        family, prefixlen, flags, scope, ifindex, far, local, label, broadcast, wide, metric, info = values
        show = _ADDRESS_TEXT.get(family)
        if show is None:
            continue
        preferred, valid, since = lifetimes(info) if info else _NO_LIFETIMES
        own = local or far
        yield _made(
            AddressRow,
            (
                family,
                ifindex,
                show(own),
                prefixlen,
                "" if far == own else show(far),
                wide or flags,  # 32 bits where the header has 8
                scope,
                labels[label],
                show(broadcast) if broadcast else "",
                metric,
                valid,
                preferred,
                0 if valid == preferred == FOREVER else since,
            ),
        )


class _Texts(dict[bytes, str]):
    """Strings that many messages have in common."""

    def __missing__(self, value: bytes) -> str:
        found = self[value] = text(value)
        return found


# -- routes ---------------------------------------------------------------------------------------

_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC = 1, 4, 5, 6, 7
_RTA_METRICS, _RTA_MULTIPATH, _RTA_TABLE, _RTA_VIA, _RTA_PREF, _RTA_NH_ID = 8, 9, 15, 18, 20, 30
_RTA_ENCAP_TYPE, _RTA_ENCAP = 21, 22
_RTAX_CC_ALGO = 16
_RTM_F_CLONED = 0x200
_RTN_BLACKHOLE, _RTN_THROW = 6, 9  # and unreachable, prohibit between them: types without a hop
_HOP_FLAGS = 0xFF  # the low byte of rtm_flags is that of rtnh_flags


_ROUTES = Layouts(
    "=I12xBBBBBBBBI",  # nlmsghdr and rtmsg
    {
        _RTA_DST: b"",
        _RTA_TABLE: 0,
        _RTA_PRIORITY: 0,
        _RTA_PREFSRC: b"",
        _RTA_OIF: 0,
        _RTA_GATEWAY: b"",
        _RTA_VIA: b"",
        _RTA_MULTIPATH: b"",
        _RTA_METRICS: b"",
        _RTA_PREF: b"",
        _RTA_NH_ID: 0,
        _RTA_ENCAP_TYPE: b"",
        _RTA_ENCAP: b"",
    },
)


def routes(buffers: Sequence[bytes], family: int) -> Iterator[RouteRow]:
    """The routes of one family. The kernel answers for all families where it lacks the wanted one
    (IPv6 switched off at boot), so others are left out here.
    """
    show, any_address = _ADDRESS_TEXT[family], _ANY[family]
    ways: dict[tuple[Any, ...], tuple[NexthopRow, ...]] = {}
    for values in _ROUTES.read(buffers):
        (
            found, length, from_length, tos, table, protocol, scope, kind, flags, to, wide, metric, source,
            ifindex, gateway, via, multipath, metrics, preference, nexthop_id, around, inside,
        ) = values  # fmt: skip
        if found != family or from_length or flags & _RTM_F_CLONED:
            continue
        hops: tuple[NexthopRow, ...] = ()
        # Beside a nexthop object stand copies of its hops; IPv6 shows `lo` in a route that drops.
        if not (nexthop_id or _RTN_BLACKHOLE <= kind <= _RTN_THROW):
            way = (ifindex, gateway, via, multipath, flags & _HOP_FLAGS)
            known = ways.get(way)
            hops = known if known is not None else ways.setdefault(way, _hops(*way, show))
            if around:
                hops = (hops[0]._replace(encap=_encap(around, inside)),)
        yield _made(
            RouteRow,
            (
                family,
                f"{show(to) if to else any_address}/{length}",
                wide or table,  # 32 bits where the header has 8
                protocol,
                kind,
                scope,
                tos,
                metric,
                show(source) if source else "",
                hops,
                _metrics(metrics) if metrics else (),
                preference[0] if preference else 0,  # an octet
                nexthop_id,
            ),
        )


def _hops(
    ifindex: int, gateway: bytes, via: bytes, multipath: bytes, flags: int, show: _Text
) -> tuple[NexthopRow, ...]:
    if multipath:
        return tuple(_multipath(multipath, show))
    if not ifindex and not gateway and not via:
        return ()
    return (NexthopRow(ifindex, _gateway(gateway, via, show), 1, flags),)


def _multipath(value: bytes, show: _Text) -> Iterator[NexthopRow]:
    offset = 0
    while offset < len(value):
        length, flags, hops, ifindex = NEXTHOP.unpack_from(value, offset)
        found = attributes(value, offset + NEXTHOP.size, offset + length)
        gateway = _gateway(found.get(_RTA_GATEWAY, b""), found.get(_RTA_VIA, b""), show)
        around = _encap(found[_RTA_ENCAP_TYPE], found[_RTA_ENCAP]) if _RTA_ENCAP_TYPE in found else ""
        yield NexthopRow(ifindex, gateway, hops + 1, flags, around)
        offset += (length + 3) & ~3


def _encap(kind: bytes, data: bytes) -> str:
    from netconf.system.linux import encaps  # few routes have any

    return encaps.read(kind, data)


def _gateway(gateway: bytes, via: bytes, show: _Text) -> str:
    """`via` is a struct rtvia: family (u16), address."""
    if gateway:
        return show(gateway)
    return _ADDRESS_TEXT[_number(via[:2])](via[2:]) if via else ""


def _metrics(value: bytes) -> tuple[tuple[int, int | str], ...]:
    found = attributes(value, 0, len(value))
    return tuple(
        (number, text(found[number]) if number == _RTAX_CC_ALGO else _number(found[number]))
        for number in sorted(found)
    )
