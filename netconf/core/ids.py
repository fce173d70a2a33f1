"""Identity of everything netconf manages.

A `ResourceId` is the only way one domain may speak of another domain's object, so every
constructor lives here. Some ids name no resource of their own but a *capability* that resources
provide (`local[192.0.2.1]` is provided by every address that makes 192.0.2.1 local): a route with
that source address needs the capability, whichever address provides it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

_shared = lru_cache(maxsize=1 << 14)
"""For the ids of links and of what they can do, which each of their addresses and routes asks for."""

_made = tuple.__new__
"""An id of all its parts, in half the time that its constructor takes, for those of which there are many."""

HOME = "/"
"""The namespace netconf works in, as the others call it; no namespace can have that name."""


class ResourceId(NamedTuple):
    """Sortable identity: the kind, the name within the kind, the network namespace ("" = ours)."""

    kind: str
    name: tuple[str, ...]
    netns: str = ""

    def __str__(self) -> str:
        where = f"@{self.netns}" if self.netns else ""
        return f"{self.kind}[{_WORDS.get(self.kind, ' '.join)(self.name)}]{where}"


def _route_words(name: tuple[str, ...]) -> str:
    """The destination, and what of table, metric and TOS isn't what most routes have."""
    to, table, metric, tos = name
    words = [to]
    words += ["table", table] if table != "main" else []
    words += ["metric", metric] if metric not in ("0", "1024") else []
    return " ".join(words + (["tos", tos] if tos else []))


def _sysctl_words(name: tuple[str, ...]) -> str:
    """With dots, as people write it, unless an interface name has some: then with slashes."""
    return ("/" if any("." in part for part in name) else ".").join(name)


def _bird_words(name: tuple[str, ...]) -> str:
    return name[0]


def _rule_words(name: tuple[str, ...]) -> str:
    family, priority = name
    return f"{family} {int(priority)}"


def _number_words(name: tuple[str, ...]) -> str:
    return str(int(name[0]))


def _vf_words(name: tuple[str, ...]) -> str:
    link_name, number = name
    return f"{link_name} {int(number)}"


_WORDS: dict[str, Callable[[tuple[str, ...]], str]] = {
    "route": _route_words,
    "rule": _rule_words,
    "nexthop": _number_words,
    "l2tp-tunnel": _number_words,
    "sysctl": _sysctl_words,
    "bird": _bird_words,
    "vf": _vf_words,
}


LINK = "link"
ADMIN_UP = "admin-up"
PORT = "port"
VLANS = "vlans"
BACKUP = "backup-port"
VNIS = "vnis"
PLACEMENT = "placement"
WIREGUARD = "wireguard"
L2TP_TUNNEL = "l2tp-tunnel"
MACSEC = "macsec"
VFS = "vfs"
VF = "vf"
ADDRESS = "address"
ROUTE = "route"
RULE = "rule"
NEIGHBOUR = "neighbour"
NEXTHOP = "nexthop"
FDB = "fdb"
ADDRESS_LABEL = "address-label"
USUAL_LABEL = "usual-label"
MPTCP_ENDPOINT = "mptcp-endpoint"
MPTCP_LIMITS = "mptcp-limits"
MDB = "mdb"
SYSCTL = "sysctl"
NETNS = "netns"
NAME = "name"
BIRD = "bird"
FIREWALL = "firewall"
IPTABLES = "iptables"
OFFLOAD = "offload"

LOCAL = "local"
REACH = "reach"
IPV4 = "ipv4"
IPV6 = "ipv6"
IPV6_ENABLED = "ipv6-enabled"
SYSCTLS = "sysctls"
STATION = "station"
MEMBER = "member"
IN_VLAN = "in-vlan"
VF_SLOT = "vf-slot"
WAY = "way"
WIREGUARD_LINK = "wireguard-link"
MACSEC_LINK = "macsec-link"
VNI_FILTER = "vni-filter"
SILENCE = "silence"
FAR_END = "far-end"
PACKET_FILTER = "packet-filter"


@_shared
def link(name: str, netns: str = "") -> ResourceId:
    """A network interface."""
    return ResourceId(LINK, (name,), netns)


@_shared
def admin_up(name: str, netns: str = "") -> ResourceId:
    """The administrative up state (IFF_UP) of a link; it exists while the link is up."""
    return ResourceId(ADMIN_UP, (name,), netns)


def port(name: str, netns: str = "") -> ResourceId:
    """A link's membership in a master (bridge, bond, VRF)."""
    return ResourceId(PORT, (name,), netns)


def address(link_name: str, text: str, netns: str = "") -> ResourceId:
    """An address as `ip address` writes it: `192.0.2.1/24`, `192.0.2.1 peer 192.0.2.9/32`."""
    return _made(ResourceId, (ADDRESS, (link_name, text), netns))


def route(to: str, table: str, metric: str, tos: str = "", netns: str = "") -> ResourceId:
    """A route by what the kernel holds unique: destination, table, metric, for IPv4 also TOS."""
    return _made(ResourceId, (ROUTE, (to, table, metric, tos), netns))


def neighbour(link_name: str, ip: str, *, proxy: bool = False, netns: str = "") -> ResourceId:
    """An entry of the neighbour table, or an address that is answered for on a link."""
    return ResourceId(NEIGHBOUR, (link_name, ip, "proxy") if proxy else (link_name, ip), netns)


def rules(family: str, priority: int, netns: str = "") -> ResourceId:
    """The policy rules of a family (`ipv4`, `ipv6`) and priority. The priority comes with leading
    zeros as far as sorting needs them, and is shown without.
    """
    return ResourceId(RULE, (family, f"{priority:010}"), netns)


def nexthop(number: int, netns: str = "") -> ResourceId:
    """A nexthop object or a group of them. Leading zeros as in a rule's priority."""
    return ResourceId(NEXTHOP, (f"{number:010}",), netns)


def fdb(link_name: str, mac: str, *rest: str, netns: str = "") -> ResourceId:
    """An entry of a forwarding database; `rest` are words as of `bridge fdb` that tell it from others."""
    return ResourceId(FDB, (link_name, mac, *rest), netns)


def mdb(link_name: str, group: str, *rest: str, netns: str = "") -> ResourceId:
    """A port's entry of a multicast database; `rest` are words as of `bridge mdb` that tell it from others."""
    return ResourceId(MDB, (link_name, group, *rest), netns)


def address_label(prefix: str, link_name: str = "", netns: str = "") -> ResourceId:
    """The label of an IPv6 prefix, on one link or ("") on all."""
    return ResourceId(ADDRESS_LABEL, (prefix, "dev", link_name) if link_name else (prefix,), netns)


def usual_label(prefix: str, netns: str = "") -> ResourceId:
    """The label of an IPv6 prefix that the kernel begins with one for."""
    return ResourceId(USUAL_LABEL, (prefix,), netns)


def mptcp_endpoint(address: str, port: int = 0, netns: str = "") -> ResourceId:
    """An address that MPTCP may use, with a port of its own or (0) without."""
    return ResourceId(MPTCP_ENDPOINT, (address, "port", str(port)) if port else (address,), netns)


def mptcp_limits(netns: str = "") -> ResourceId:
    """How many paths an MPTCP connection may have."""
    return ResourceId(MPTCP_LIMITS, (), netns)


def sysctl(path: tuple[str, ...], netns: str = "") -> ResourceId:
    """A sysctl by its path parts, so that a dot in an interface name can't split wrongly."""
    return ResourceId(SYSCTL, path, netns)


def netns(name: str) -> ResourceId:
    """A named network namespace."""
    return ResourceId(NETNS, (name,))


def name(link_name: str) -> ResourceId:
    """That a link is called so by the kernel, too."""
    return ResourceId(NAME, (link_name,))


def far_end(link_name: str, netns: str = "") -> ResourceId:
    """Capability: the other end of this veth is there, in another namespace, and made it."""
    return ResourceId(FAR_END, (link_name,), netns)


def placement(link_name: str, where: str, netns: str = "") -> ResourceId:
    """That a link of this namespace, which netconf can't make, is in another one."""
    return ResourceId(PLACEMENT, (link_name, where), netns)


def vfs(link_name: str) -> ResourceId:
    """The number of virtual functions of a NIC."""
    return ResourceId(VFS, (link_name,))


def vf(link_name: str, number: int) -> ResourceId:
    """The settings of one virtual function. Leading zeros as in a rule's priority."""
    return ResourceId(VF, (link_name, f"{number:05}"))


def vf_slot(link_name: str, number: int) -> ResourceId:
    """Capability: the NIC has a virtual function of this number."""
    return ResourceId(VF_SLOT, (link_name, f"{number:05}"))


def bird(config: str, socket: str, netns: str = "") -> ResourceId:
    """The configuration of a BIRD daemon, by its file and its control socket."""
    return ResourceId(BIRD, (config, socket), netns)


def local(ip: str, netns: str = "") -> ResourceId:
    """Capability: this address is local to the host (provided by addresses)."""
    return _made(ResourceId, (LOCAL, (ip,), netns))


@_shared
def reach(link_name: str, netns: str = "") -> ResourceId:
    """Capability: what makes next hops reachable on this link, its addresses and link routes."""
    return ResourceId(REACH, (link_name,), netns)


@_shared
def sysctls(link_name: str, netns: str = "") -> ResourceId:
    """Capability: the sysctls of this link (used for order: they are set before it goes up), or of
    "default", which links take over when they are made.
    """
    return ResourceId(SYSCTLS, (link_name,), netns)


def vlans(link_name: str, bridge: str, netns: str = "") -> ResourceId:
    """The VLANs of a port of a bridge, or of the bridge itself."""
    return ResourceId(VLANS, (link_name,) if link_name == bridge else (link_name, bridge), netns)


def backup(link_name: str, netns: str = "") -> ResourceId:
    """The port of a bridge that stands in for another one, by that one."""
    return ResourceId(BACKUP, (link_name,), netns)


def vnis(link_name: str, netns: str = "") -> ResourceId:
    """The VNIs of a vxlan that filters them."""
    return ResourceId(VNIS, (link_name,), netns)


def vni_filter(link_name: str, netns: str = "") -> ResourceId:
    """Capability: this link is a vxlan that filters VNIs."""
    return ResourceId(VNI_FILTER, (link_name,), netns)


def wireguard(link_name: str, netns: str = "") -> ResourceId:
    """What WireGuard has on its link: keys, port, mark and peers."""
    return ResourceId(WIREGUARD, (link_name,), netns)


def wireguard_link(link_name: str, netns: str = "") -> ResourceId:
    """Capability: this link is one of WireGuard."""
    return ResourceId(WIREGUARD_LINK, (link_name,), netns)


def l2tp_tunnel(number: int, netns: str = "") -> ResourceId:
    """A static L2TPv3 tunnel by its number here. Leading zeros as in a rule's priority."""
    return ResourceId(L2TP_TUNNEL, (f"{number:010}",), netns)


def macsec(link_name: str, netns: str = "") -> ResourceId:
    """What MACsec has on its link: channels and associations."""
    return ResourceId(MACSEC, (link_name,), netns)


def macsec_link(link_name: str, netns: str = "") -> ResourceId:
    """Capability: this link is one of MACsec."""
    return ResourceId(MACSEC_LINK, (link_name,), netns)


def silence(netns: str = "") -> ResourceId:
    """Capability: links are up that switch off redirects of all links when they go up."""
    return ResourceId(SILENCE, (), netns)


def member(link_name: str, master: str, netns: str = "") -> ResourceId:
    """Capability: this link is a port of this master."""
    return ResourceId(MEMBER, (link_name, master), netns)


def in_vlan(link_name: str, bridge: str, number: int, netns: str = "") -> ResourceId:
    """Capability: this port of a bridge, or the bridge itself, is in this VLAN."""
    return ResourceId(IN_VLAN, (link_name, bridge, str(number)), netns)


def station(link_name: str, mac: str, netns: str = "") -> ResourceId:
    """Capability: this link has this MAC address. With another one the kernel forgets its neighbours
    (neigh_changeaddr in net/core/neighbour.c).
    """
    return ResourceId(STATION, (link_name, mac), netns)


def way(number: int, family: str, netns: str = "") -> ResourceId:
    """Capability: routes of this family (`ipv4`, `ipv6`) may lead over this nexthop object."""
    return ResourceId(WAY, (f"{number:010}", family), netns)


@_shared
def ipv4(link_name: str, netns: str = "") -> ResourceId:
    """Capability: this link has an IPv4 address. With the last one the kernel drops every IPv4 route
    over the link (fib_disable_ip in net/ipv4/fib_frontend.c), though it takes routes without any.
    """
    return ResourceId(IPV4, (link_name,), netns)


@_shared
def ipv6(link_name: str, netns: str = "") -> ResourceId:
    """Capability: this link can carry IPv6, i.e. its MTU is at least 1280 (RFC 8200 section 5)."""
    return ResourceId(IPV6, (link_name,), netns)


@_shared
def ipv6_enabled(link_name: str, netns: str = "") -> ResourceId:
    """Capability: disable_ipv6 of this link is 0. When it's set the kernel drops the link's IPv6
    addresses and routes (addrconf_ifdown in net/ipv6/addrconf.c).
    """
    return ResourceId(IPV6_ENABLED, (link_name,), netns)


def firewall(family: str, table: str, netns: str = "") -> ResourceId:
    """An nftables table of ours."""
    return ResourceId(FIREWALL, (family, table), netns)


def offload(name: str, netns: str = "") -> ResourceId:
    """That the flowtable of our table takes packets of an interface."""
    return ResourceId(OFFLOAD, (name,), netns)


def iptables(prefix: str, netns: str = "") -> ResourceId:
    """Our chains of legacy xtables, and the sets they look into."""
    return ResourceId(IPTABLES, (prefix,), netns)


def packet_filter(netns: str = "") -> ResourceId:
    """Capability: packets are filtered (used for order: before links go up and packets are forwarded)."""
    return ResourceId(PACKET_FILTER, (), netns)
