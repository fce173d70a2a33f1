"""What the rest of the program may ask of the system, as Protocols and plain rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netconf.system.ports.bird import Bird, BirdFault, BirdReply, BirdSession, BirdUnavailable
from netconf.system.ports.firewall import (
    Conntrack,
    Flow,
    IpsetComplaint,
    Ipsets,
    Memory,
    Nft,
    NftChain,
    NftComplaint,
    NftImage,
    NftTrial,
    Session,
    Sessions,
    Xtables,
    XtText,
)
from netconf.system.ports.host import (
    Clock,
    Device,
    Devices,
    Files,
    Finished,
    Kernel,
    Namespaces,
    Probes,
    Process,
    Sriov,
    Supervisor,
    Tree,
    Tun,
    TunTap,
    VfSupport,
)
from netconf.system.ports.l2tp import L2tp, L2tpSession, L2tpTunnel
from netconf.system.ports.macsec import (
    KeyFacts,
    Macsec,
    MacsecAssociation,
    MacsecChannel,
    MacsecRow,
    MacsecWrite,
)
from netconf.system.ports.mptcp import Mptcp, MptcpEndpoint, MptcpLimits, MptcpRequest
from netconf.system.ports.rows import (
    AF_BRIDGE,
    FOREVER,
    AddressLabelRequest,
    AddressLabelRow,
    AddressRequest,
    AddressRow,
    AttributeValue,
    FdbRequest,
    FdbRow,
    LinkPeer,
    LinkRequest,
    LinkRow,
    MdbRequest,
    MdbRow,
    NeighbourRequest,
    NeighbourRow,
    NexthopObjectRow,
    NexthopRequest,
    NexthopRow,
    Request,
    RouteRequest,
    RouteRow,
    RuleRequest,
    RuleRow,
    Verb,
    VfRequest,
    VfRow,
    VlanRequest,
    VlanRow,
    VniRequest,
    VniRow,
)
from netconf.system.ports.rtnetlink import Monitor, Refusal, RouteFilter, Rtnl
from netconf.system.ports.wireguard import (
    Key,
    NoKeyError,
    Wireguard,
    WireguardPeerRow,
    WireguardPeerWrite,
    WireguardRow,
    WireguardWrite,
)

__all__ = [
    "AF_BRIDGE",
    "FOREVER",
    "AddressLabelRequest",
    "AddressLabelRow",
    "AddressRequest",
    "AddressRow",
    "AttributeValue",
    "Bird",
    "BirdFault",
    "BirdReply",
    "BirdSession",
    "BirdUnavailable",
    "Clock",
    "Conntrack",
    "Device",
    "Devices",
    "FdbRequest",
    "FdbRow",
    "Files",
    "Finished",
    "Flow",
    "IpsetComplaint",
    "Ipsets",
    "Kernel",
    "Key",
    "KeyFacts",
    "L2tp",
    "L2tpSession",
    "L2tpTunnel",
    "LinkPeer",
    "LinkRequest",
    "LinkRow",
    "Macsec",
    "MacsecAssociation",
    "MacsecChannel",
    "MacsecRow",
    "MacsecWrite",
    "MdbRequest",
    "MdbRow",
    "Memory",
    "Monitor",
    "Mptcp",
    "MptcpEndpoint",
    "MptcpLimits",
    "MptcpRequest",
    "Namespaces",
    "NeighbourRequest",
    "NeighbourRow",
    "NexthopObjectRow",
    "NexthopRequest",
    "NexthopRow",
    "Nft",
    "NftChain",
    "NftComplaint",
    "NftImage",
    "NftTrial",
    "NoKeyError",
    "Probes",
    "Process",
    "Refusal",
    "Request",
    "RouteFilter",
    "RouteRequest",
    "RouteRow",
    "Rtnl",
    "RuleRequest",
    "RuleRow",
    "Session",
    "Sessions",
    "Sriov",
    "Supervisor",
    "System",
    "Tree",
    "Tun",
    "TunTap",
    "Verb",
    "VfRequest",
    "VfRow",
    "VfSupport",
    "VlanRequest",
    "VlanRow",
    "VniRequest",
    "VniRow",
    "Wireguard",
    "WireguardPeerRow",
    "WireguardPeerWrite",
    "WireguardRow",
    "WireguardWrite",
    "XtText",
    "Xtables",
]


@dataclass(frozen=True, slots=True)
class System:
    """The ports, handed to whatever touches the system."""

    rtnl: Rtnl
    tree: Tree
    tun: Tun
    kernel: Kernel
    namespaces: Namespaces
    devices: Devices
    wireguard: Wireguard
    l2tp: L2tp
    macsec: Macsec
    sriov: Sriov
    nft: Nft
    xtables: Xtables
    ipsets: Ipsets
    conntrack: Conntrack
    mptcp: Mptcp
    sessions: Sessions
    memory: Memory
    clock: Clock
    open_monitor: Callable[[], Monitor]
    open_watch: Callable[[], Monitor]
    """A monitor that wakes up when rules of nftables change, too."""
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
    trial: float = 0.0
    """What's done is on trial: for about so many seconds, unless it's confirmed; 0 = it isn't."""
    nested: bool = False
    """Whether this is the view into another namespace than the process is in."""
    netns: str = ""
    """The name of that namespace, if it has one."""
