"""Link requests as rtnetlink messages, through pyroute2's ifinfmsg codec behind a guard.

The codec drops names it doesn't know and calls that success, and it logs a traceback for a value
of the wrong type. So nothing reaches it that isn't in a table here or in `linkcodec`, with a value
of the right type and range: `settable` raises ValueError naming the attribute. Where the codec
itself is wrong (see `_CODEC_VALUE`) the value is bent so that the right bytes come out.

pyroute2 is imported at the first link write, and only its message codecs: its package __init__
imports asyncio, sqlite3 and all of its own modules, so an empty package stands in for it.
"""

from __future__ import annotations

import functools
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from netconf.system.linux.encoder import FLAGS
from netconf.system.linux.linkcodec import OPTIONS, Type
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
    address_bytes,
    attribute,
    attribute_text,
)
from netconf.system.ports import AttributeValue, LinkPeer, LinkRequest

_IFF_UP = 1
_IFLA_IFNAME, _IFLA_PROP_LIST, _IFLA_ALT_IFNAME = 3, 52, 53
_VLAN_FLAGS = 0x1F  # reorder_hdr, gvrp, loose_binding, mvrp, bridge_binding: all there are (linux/if_vlan.h)

ATTRIBUTES: Mapping[str, Type | str] = {
    "IFLA_ADDRESS": "mac",
    "IFLA_BROADCAST": "mac",
    "IFLA_IFNAME": "text",
    "IFLA_MTU": "u32",
    "IFLA_LINK": "index",
    "IFLA_MASTER": "index",
    "IFLA_TXQLEN": "u32",
    "IFLA_LINKMODE": "u8",
    "IFLA_IFALIAS": "text",
    "IFLA_GROUP": "u32",
    "IFLA_NET_NS_FD": "netns",
    "IFLA_NUM_TX_QUEUES": "u32",
    "IFLA_NUM_RX_QUEUES": "u32",
    "IFLA_CARRIER": "u8",
    "IFLA_PROTO_DOWN": "u8",
    "IFLA_GSO_MAX_SEGS": "u32",
    "IFLA_GSO_MAX_SIZE": "u32",
    "IFLA_GRO_MAX_SIZE": "u32",
}
"""What the kernel lets be written to a link and rows can carry (net/core/rtnetlink.c, do_setlink
and rtnl_create_link); "index" takes the name of a link too, "netns" that of a network namespace.
"""

_INDEX_OPTIONS = frozenset({"IFLA_VXLAN_LINK"})


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
    message = _codec()()
    message["index"] = ifindex
    message["flags"] = _IFF_UP if request.up else 0
    message["change"] = 0 if request.up is None else _IFF_UP
    attributes = [(name, _attribute(name, value, names)) for name, value in request.attributes]
    if request.verb != "set":
        attributes.insert(0, ("IFLA_IFNAME", _check("IFLA_IFNAME", "text", request.name)))
    if request.kind:
        attributes.append(("IFLA_LINKINFO", {"attrs": _linkinfo(request, names)}))
    elif request.options or request.peer:
        raise ValueError(f"link {request.name}: options need the kind of the link")
    message["attrs"] = attributes
    message.encode()
    return bytes(message.data[16:])


def _linkinfo(request: LinkRequest, names: Names) -> list[tuple[str, Any]]:
    info: list[tuple[str, Any]] = [("IFLA_INFO_KIND", request.kind)]
    data = [option for name, value in request.options for option in _option(request.kind, name, value, names)]
    if request.peer:
        data.append(("VETH_INFO_PEER", _peer(request, request.peer, names)))
    if data:
        info.append(("IFLA_INFO_DATA", {"attrs": data}))
    return info


def _peer(request: LinkRequest, peer: LinkPeer, names: Names) -> dict[str, Any]:
    """The ifinfomsg within VETH_INFO_PEER (drivers/net/veth.c)."""
    if request.kind != "veth":
        raise ValueError(f"link {request.name}: a {request.kind} has no peer")
    if peer.ifindex and not request.ifindex:
        raise ValueError(f"link {request.name}: the kernel minds the peer's index only beside the link's own")
    attributes: list[tuple[str, Any]] = [("IFLA_IFNAME", _check("IFLA_IFNAME", "text", peer.name))]
    if peer.address:
        attributes.append(("IFLA_ADDRESS", _check("IFLA_ADDRESS", "mac", peer.address)))
    if peer.netns:
        attributes.append(("IFLA_NET_NS_FD", names.namespace(peer.netns)))
    return {"index": peer.ifindex, "attrs": attributes}


def _attribute(name: str, value: AttributeValue, names: Names) -> Any:
    wire = ATTRIBUTES.get(name)
    if wire is None:
        raise ValueError(f"{name} isn't an attribute of a link that can be written")
    if wire == "netns" and isinstance(value, str):
        return names.namespace(value)
    if wire == "index":
        return _index(name, value, names)
    return _check(name, "u32" if wire == "netns" else wire, value)


def _option(kind: str, name: str, value: AttributeValue, names: Names) -> list[tuple[str, Any]]:
    wire = _OPTION_TYPES.get(kind, {}).get(name)
    if wire is None:
        raise ValueError(f"{name} isn't an option of a {kind} that can be written")
    if name in _INDEX_OPTIONS:
        return [(name, _index(name, value, names))]
    checked = _check(name, wire, value)
    if checked is False:  # a flag is written by being there
        return []
    return [(name, _CODEC_VALUE[wire](checked) if wire in _CODEC_VALUE else checked)]


def _index(name: str, value: AttributeValue, names: Names) -> Any:
    if isinstance(value, str):
        return names.link(value) if value else 0
    return _check(name, "u32", value)


# -- values ---------------------------------------------------------------------------------------

_BITS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "be16": 16, "be32": 32, "vlan-flags": 64}
_OPTION_TYPES = {kind: dict(options.values()) for kind, options in OPTIONS.items()}


def _check(name: str, wire: str, value: AttributeValue) -> AttributeValue:
    """The value, if it has the type and range of the attribute; raises ValueError if not."""
    bits = _BITS.get(wire)
    if bits and isinstance(value, int) and 0 <= value < 1 << bits:
        return int(value)
    if wire in {"flag", "flag8"} and isinstance(value, bool):
        return value
    if isinstance(value, str) and wire in _TEXT and _TEXT[wire](value):
        return value
    raise ValueError(f"{name}: {value!r} isn't a value of type {wire}")


def _is_text(value: str) -> bool:
    return "\0" not in value


def _is_mac(value: str) -> bool:
    try:
        return len(value) == 17 and len(bytes.fromhex(value.replace(":", " "))) == 6
    except ValueError:
        return False


def _is_address(value: str, length: int) -> bool:
    try:
        return len(address_bytes(value)) == length
    except ValueError:
        return False


def _is_port_range(value: str) -> bool:
    low, dash, high = value.partition("-")
    return bool(dash) and all(port.isdecimal() and int(port) < 1 << 16 for port in (low, high))


_TEXT: dict[str, Callable[[str], bool]] = {
    "text": _is_text,
    "mac": _is_mac,
    "ipv4": functools.partial(_is_address, length=4),
    "ipv6": functools.partial(_is_address, length=16),
    "port-range": _is_port_range,
}


def _ports(value: str) -> dict[str, int]:
    low, _, high = value.partition("-")
    return {"low": int(low), "high": int(high)}


def _vlan_flags(value: int) -> dict[str, int]:
    """The kernel changes only the bits of the mask, and refuses those it doesn't know."""
    return {"flags": value & 0xFFFFFFFF, "mask": value >> 32 or _VLAN_FLAGS}


_CODEC_VALUE: dict[str, Callable[[Any], Any]] = {
    # IFLA_VXLAN_LABEL is big-endian on the wire, in the codec it is of the machine's order
    "be32": socket.htonl,
    "vlan-flags": _vlan_flags,
    "port-range": _ports,
}


@functools.cache
def _codec() -> Any:
    """pyroute2's class of link messages."""
    if "pyroute2" not in sys.modules:
        import importlib.machinery
        import importlib.util

        spec = importlib.util.find_spec("pyroute2")
        if spec is None:
            raise ModuleNotFoundError("pyroute2 is needed to write links")
        bare = importlib.machinery.ModuleSpec("pyroute2", None, is_package=True)
        bare.submodule_search_locations = spec.submodule_search_locations
        sys.modules["pyroute2"] = importlib.util.module_from_spec(bare)
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

    return ifinfmsg
