"""Link requests as rtnetlink messages.

Only what stands in a table here or in `linkoptions` is written, with a value of the right type and
range: anything else raises ValueError naming the attribute, before anything is sent. Layouts from
linux/if_link.h.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from netconf.system.linux import linkcodec
from netconf.system.linux.encoder import FLAGS
from netconf.system.linux.linkvalues import write
from netconf.system.linux.wire import (
    IFINFO,
    NLA_F_NESTED,
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_DELLINK,
    RTM_DELLINKPROP,
    RTM_NEWLINK,
    RTM_NEWLINKPROP,
    Message,
    attribute,
    attribute_text,
)
from netconf.system.ports import AttributeValue, LinkPeer, LinkRequest

_IFF_UP = 1
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_PROP_LIST, _IFLA_ALT_IFNAME = 3, 18, 52, 53
_INFO_KIND, _INFO_DATA, _INFO_SLAVE_KIND, _INFO_SLAVE_DATA = 1, 2, 4, 5
_INFO_PEER = {"veth": 1, "netkit": 1}
"""VETH_INFO_PEER and IFLA_NETKIT_PEER_INFO."""

ATTRIBUTES: Mapping[str, tuple[int, str]] = {
    "IFLA_ADDRESS": (1, "mac"),
    "IFLA_BROADCAST": (2, "mac"),
    "IFLA_IFNAME": (3, "text"),
    "IFLA_MTU": (4, "u32"),
    "IFLA_LINK": (5, "index"),
    "IFLA_MASTER": (10, "index"),
    "IFLA_TXQLEN": (13, "u32"),
    "IFLA_LINKMODE": (17, "u8"),
    "IFLA_IFALIAS": (20, "text"),
    "IFLA_GROUP": (27, "u32"),
    "IFLA_NET_NS_FD": (28, "netns"),
    "IFLA_NUM_TX_QUEUES": (31, "u32"),
    "IFLA_NUM_RX_QUEUES": (32, "u32"),
    "IFLA_CARRIER": (33, "u8"),
    "IFLA_LINK_NETNSID": (37, "u32"),
    "IFLA_PROTO_DOWN": (39, "u8"),
    "IFLA_GSO_MAX_SEGS": (40, "u32"),
    "IFLA_GSO_MAX_SIZE": (41, "u32"),
    "IFLA_GRO_MAX_SIZE": (58, "u32"),
}
"""What the kernel lets be written to a link and rows can carry (net/core/rtnetlink.c, do_setlink
and rtnl_create_link); "index" takes the name of a link too, "netns" that of a network namespace.
"""


class Names(Protocol):
    """What turns names into the numbers the kernel wants, as a message is made."""

    def link(self, name: str) -> int:
        """The ifindex; raises LookupError."""
        ...

    def namespace(self, name: str) -> int:
        """An open file descriptor that lives until the message is sent; raises LookupError."""
        ...


def link(request: LinkRequest, ifindex: int, names: Names) -> list[Message]:
    """The messages that do the request on link `ifindex`. On create `ifindex` is the number asked
    for (0 = any), and `altnames` has to follow once the link is known to be made.

    Raises ValueError for what can't be written, LookupError for a name nothing has.
    """
    if request.verb == "delete":
        return [Message(RTM_DELLINK, 0, IFINFO.pack(0, 0, ifindex, 0, 0))]
    made = Message(RTM_NEWLINK, FLAGS[request.verb], _body(request, ifindex, names))
    if request.verb != "set":
        return [made]
    # A name that becomes free as an altname may be the link's new name, and the other way round.
    removed = _properties(RTM_DELLINKPROP, 0, ifindex, "", request.del_altnames)
    added = _properties(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, ifindex, "", request.add_altnames)
    return [*removed, made, *added]


def altnames(request: LinkRequest) -> list[Message]:
    """The altnames of a link that was just made. Addressed by name, so they mustn't be sent before
    it is known that the name isn't somebody else's.
    """
    flags = NLM_F_CREATE | NLM_F_EXCL
    return _properties(RTM_NEWLINKPROP, flags, 0, request.name, request.add_altnames)


def _properties(kind: int, flags: int, ifindex: int, name: str, wanted: tuple[str, ...]) -> list[Message]:
    """A message for all altnames: the kernel stops at the first it refuses."""
    if not wanted:
        return []
    head = IFINFO.pack(0, 0, ifindex, 0, 0)
    if name:
        head += attribute_text(_IFLA_IFNAME, name)
    inner = b"".join(attribute_text(_IFLA_ALT_IFNAME, altname) for altname in wanted)
    return [Message(kind, flags, head + attribute(_IFLA_PROP_LIST | NLA_F_NESTED, inner))]


def _body(request: LinkRequest, ifindex: int, names: Names) -> bytes:
    up = _IFF_UP if request.up else 0
    parts = [IFINFO.pack(0, 0, ifindex, up, 0 if request.up is None else _IFF_UP)]
    if request.verb != "set":
        parts.append(attribute(_IFLA_IFNAME, write("IFLA_IFNAME", "text", request.name)))
    parts += [_attribute(name, value, names) for name, value in request.attributes]
    info = _linkinfo(request, names)
    if info:
        parts.append(attribute(_IFLA_LINKINFO | NLA_F_NESTED, info))
    return b"".join(parts)


def _linkinfo(request: LinkRequest, names: Names) -> bytes:
    info = b""
    data = linkcodec.encode(request.kind, request.options, names)
    if request.peer:
        peer = _peer(request, request.peer, names)
        data += attribute(_INFO_PEER[request.kind] | NLA_F_NESTED, peer)
    if request.kind:
        info += attribute_text(_INFO_KIND, request.kind)
    if data:
        info += attribute(_INFO_DATA | NLA_F_NESTED, data)
    if request.port_kind:
        info += attribute_text(_INFO_SLAVE_KIND, request.port_kind)
        port = linkcodec.encode_port(request.port_kind, request.port_options, names)
        info += attribute(_INFO_SLAVE_DATA | NLA_F_NESTED, port)
    return info


def _peer(request: LinkRequest, peer: LinkPeer, names: Names) -> bytes:
    """The ifinfomsg of the other end (drivers/net/veth.c and netkit.c)."""
    if request.kind not in _INFO_PEER:
        raise ValueError(f"link {request.name}: a {request.kind} has no peer")
    if peer.ifindex and not request.ifindex:
        raise ValueError(f"link {request.name}: the kernel minds the peer's index only beside the link's own")
    parts = [IFINFO.pack(0, 0, peer.ifindex, 0, 0)]
    parts.append(attribute(_IFLA_IFNAME, write("IFLA_IFNAME", "text", peer.name)))
    if peer.address:
        parts.append(_attribute("IFLA_ADDRESS", peer.address, names))
    if peer.netns:
        parts.append(_attribute("IFLA_NET_NS_FD", peer.netns, names))
    return b"".join(parts)


def _attribute(name: str, value: AttributeValue, names: Names) -> bytes:
    if name not in ATTRIBUTES:
        raise ValueError(f"{name} isn't an attribute of a link that can be written")
    number, wire = ATTRIBUTES[name]
    if wire == "netns":
        wire, value = "u32", names.namespace(value) if isinstance(value, str) else value
    elif wire == "index" and isinstance(value, str):
        value = names.link(value) if value else 0
    return attribute(number, write(name, wire, value))
