"""What this kernel and this process can do: `ports.Kernel`. Everything is found out by asking the
kernel to do it where it does no harm.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import AF_INET, AF_INET6

from netconf.core.errors import NetconfError, ObserveError
from netconf.system.linux import netns, vnis
from netconf.system.linux.netlink import NetlinkSocket
from netconf.system.linux.wire import (
    IFINFO,
    NLA_F_NESTED,
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_GETTUNNEL,
    RTM_NEWLINK,
    RTM_SETLINK,
    Message,
    attribute,
    attribute_text,
    attribute_u32,
)
from netconf.system.ports import LinkRequest, MdbRequest, MdbRow, NexthopRow, Refusal, RouteRequest, RouteRow

_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_INFO_KIND, _IFLA_INFO_DATA, _IFLA_BR_VLAN_FILTERING = 3, 18, 1, 2, 7
_IFLA_VXLAN_ID, _IFLA_VXLAN_LOCALBYPASS = 1, 31
_IFF_UP = 1
_PROBE = 100  # an ifindex
_RTPROT_ZEBRA = 11
_UNKNOWN_KIND = "Unknown device type"  # rtnl_newlink_create, with EOPNOTSUPP
_TUN = Path("/dev/net/tun")
_CORE_SYSCTLS = Path("/proc/sys/net/core")


class LinuxKernel:
    def __init__(self) -> None:
        self._refused: dict[str, str] = {}

    def refused_kind(self, kind: str) -> str:
        if kind not in self._refused:
            self._refused[kind] = _refused_tun() if kind == "tun" else _refused_kind(kind)
        return self._refused[kind]

    def refused_encap(self, words: str) -> str:
        """By a route over lo, where nobody is. A kernel that lacks the encapsulation says EOPNOTSUPP."""
        from netconf.system.linux import encoder

        to, family = ("2001:db8::/64", AF_INET6) if words.startswith("seg6") else ("198.51.100.0/24", AF_INET)
        row = RouteRow(family, to, 254, 4, 1, 0, hops=(NexthopRow(1, "", encap=words),))

        def probe() -> str:
            netns.unshare()
            _try_one(Message(RTM_SETLINK, 0, IFINFO.pack(0, 0, 1, _IFF_UP, _IFF_UP)))
            refusal = _try_one(encoder.route(RouteRequest("create", row)))
            return refusal.text if refusal and refusal.errno == errno.EOPNOTSUPP else ""

        try:
            return netns.in_thread(probe)
        except (OSError, NetconfError):
            return ""

    def refuses_mdb_filters(self) -> bool:
        """By a group of a bridge itself with a protocol, which is refused by all kernels: those that know it say so of
        the group, the others of the attribute.
        """
        from netconf.system.linux import mdb

        def probe() -> bool:
            netns.unshare()
            info = attribute_text(_IFLA_INFO_KIND, "bridge")
            body = IFINFO.pack(0, 0, _PROBE, 0, 0) + attribute(_IFLA_LINKINFO | NLA_F_NESTED, info)
            _try_one(Message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body))
            row = MdbRow(_PROBE, _PROBE, "239.1.1.1", protocol=_RTPROT_ZEBRA)
            refusal = _try_one(mdb.encode(MdbRequest("create", row)))
            return refusal is not None and "attribute" in refusal.text

        return _found_out(probe)

    def ignores_netkit_scrub(self) -> bool:
        """By looking at a pair that is told, where nobody is."""
        from netconf.system.linux.rtnl import LinuxRtnl

        def probe() -> bool:
            netns.unshare()
            rtnl = LinuxRtnl()
            made = rtnl.send([LinkRequest("create", "k0", "netkit", options=(("IFLA_NETKIT_SCRUB", 0),))])
            told = any("IFLA_NETKIT_SCRUB" in row.options for row in rtnl.links())
            return made == [None] and not told

        return _found_out(probe)

    def refuses_bridge_vlans(self) -> bool:
        """By making a bridge that is told about them, where nobody is."""

        def probe() -> bool:
            netns.unshare()
            return _try_one(_new("bridge", attribute(_IFLA_BR_VLAN_FILTERING, b"\0"))) is not None

        return _found_out(probe)

    def refuses_vni_filters(self) -> bool:
        """By asking for those there are, where there are none; making a vxlan loads their module."""

        def probe() -> bool:
            netns.unshare()
            _try_one(_new("vxlan"))
            opened = NetlinkSocket()
            try:
                opened.dump(RTM_GETTUNNEL, vnis.DUMP)
            finally:
                opened.close()
            return False

        try:
            return netns.in_thread(probe)
        except ObserveError:
            return True
        except (OSError, NetconfError):
            return False

    def refuses_local_bypass(self) -> bool:
        """By making a vxlan with a value that isn't one: a kernel that doesn't know the option doesn't mind."""

        def probe() -> bool:
            netns.unshare()
            data = attribute_u32(_IFLA_VXLAN_ID, 1) + attribute(_IFLA_VXLAN_LOCALBYPASS, b"\2")
            return _try_one(_new("vxlan", data)) is None

        return _found_out(probe)

    def renames_live(self) -> bool:
        """By renaming lo, which is as good as any link (dev_change_name in net/core/dev.c)."""

        def probe() -> bool:
            netns.unshare()
            up = IFINFO.pack(0, 0, 1, _IFF_UP, _IFF_UP)
            rename = IFINFO.pack(0, 0, 1, 0, 0) + attribute_text(_IFLA_IFNAME, "other")
            return not any(_try_one(Message(RTM_SETLINK, 0, body)) for body in (up, rename))

        return _found_out(probe)

    def load_ipv6(self) -> None:
        load_ipv6()

    def can_administer(self) -> bool:
        """By a request that changes nothing since it names no link: the capability is checked
        before anything else (rtnetlink_rcv_msg), in the user namespace that owns our network
        namespace.
        """
        try:
            refusal = _try_one(Message(RTM_SETLINK, 0, IFINFO.pack(0, 0, 0, 0, 0)))
        except NetconfError:
            return False
        return refusal is None or refusal.errno != errno.EPERM

    def initial_namespace(self) -> bool:
        """By a sysctl that only the initial namespace has. Process 1 says less: in a container it
        lives in the container's namespace, and its own may be hidden from us.
        """
        if _CORE_SYSCTLS.is_dir():
            return (_CORE_SYSCTLS / "netdev_budget").exists()
        try:
            return Path("/proc/thread-self/ns/net").samefile("/proc/1/ns/net")
        except OSError:
            return False


def _found_out(probe: Callable[[], bool]) -> bool:
    """What a probe says that enters a namespace of its own; where none can be made, nothing is known against it."""
    try:
        return netns.in_thread(probe)
    except (OSError, NetconfError):
        return False


def load_ipv6() -> None:
    """Where IPv6 is a module, rtnetlink doesn't load it and says EOPNOTSUPP, and there are no
    sysctls; opening a socket loads it (inet6 is net-pf-10). Where there is no IPv6 nothing happens.
    """
    with suppress(OSError):
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()


def _refused_tun() -> str:
    """The driver has no alias by which rtnetlink could load it, but its device node does."""
    try:
        os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))
    except PermissionError:
        return ""
    except OSError as err:
        return f"{_TUN}: {err.strerror}"
    return ""


def _refused_kind(kind: str) -> str:
    """Any other answer than that the kind is unknown means it exists: it may miss its options."""
    import threading

    found: list[Refusal | None] = []
    message = _new(kind)

    def probe() -> None:
        try:
            netns.unshare()
            found.append(_try_one(message))
        except (OSError, NetconfError):
            return  # can't be tried here

    # A namespace belongs to a thread: this one's is gone with it, and with its socket.
    thread = threading.Thread(target=probe)
    thread.start()
    thread.join()
    refusal = found[0] if found else None
    if refusal and refusal.errno == errno.EOPNOTSUPP and refusal.text in {"", _UNKNOWN_KIND}:
        return refusal.text or _UNKNOWN_KIND
    return ""


def _new(kind: str, data: bytes = b"") -> Message:
    """A link of a kind with these options."""
    info = attribute_text(_IFLA_INFO_KIND, kind)
    info += attribute(_IFLA_INFO_DATA | NLA_F_NESTED, data) if data else b""
    body = attribute(_IFLA_LINKINFO | NLA_F_NESTED, info)
    return Message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, IFINFO.pack(0, 0, 0, 0, 0) + body)


def _try_one(message: Message) -> Refusal | None:
    opened = NetlinkSocket()
    try:
        return opened.batch([message])[0]
    finally:
        opened.close()
