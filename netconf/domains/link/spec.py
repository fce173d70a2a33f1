"""What a user may write about a link, except its addresses and sysctls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.grammar import Strict, reject
from netconf.grammar.names import LinkName, NetnsName
from netconf.grammar.values import Duration, Mac, Switch

LinkKind = Literal["dummy", "ifb", "veth", "bridge", "vlan", "macvlan", "vxlan", "tun", "tap"]


def _unicast(value: Any) -> Any:
    address = ip.parse(value) if isinstance(value, str) else None
    if address is None:
        reject("NC2020", f"{value!r} is not an IP address", "", "write 192.0.2.1 or 2001:db8::1")
    return str(address)


IpText = Annotated[str, BeforeValidator(_unicast)]


class Bridge(Strict):
    """Options of a bridge; times with their unit."""

    stp: Switch | None = Field(None, description="spanning tree protocol")
    forward_delay: Duration | None = Field(None, description="STP forward delay, 2s to 30s")
    hello_time: Duration | None = Field(None, description="STP hello interval, 1s to 10s")
    max_age: Duration | None = Field(None, description="STP maximum message age, 6s to 40s")
    ageing_time: Duration | None = Field(None, description="how long a learnt MAC address is kept")
    priority: int | None = Field(None, ge=0, le=65535, description="STP bridge priority")
    group_fwd_mask: int | None = Field(
        None, ge=0, le=65535, description="bit mask of link-local groups (01:80:c2:00:00:0X) to forward"
    )
    mcast_snooping: Switch | None = Field(None, description="IGMP and MLD snooping")
    mcast_querier: Switch | None = Field(None, description="send IGMP and MLD queries")


class Vlan(Strict):
    """A VLAN on a parent link."""

    parent: LinkName = Field(description="the link that carries the tagged frames")
    id: int = Field(ge=1, le=4094, description="VLAN id")
    protocol: Literal["802.1q", "802.1ad"] = Field("802.1q", description="tag protocol")
    reorder_hdr: Switch | None = Field(None, description="show frames without their tag")
    gvrp: Switch | None = Field(None, description="announce the VLAN by GVRP")
    mvrp: Switch | None = Field(None, description="announce the VLAN by MVRP")
    loose_binding: Switch | None = Field(None, description="don't follow the parent's up and down")
    bridge_binding: Switch | None = Field(None, description="follow the bridge ports of this VLAN")


class Macvlan(Strict):
    """A macvlan on a parent link."""

    parent: LinkName = Field(description="the link it shares")
    mode: Literal["private", "vepa", "bridge", "passthru", "source"] = Field(
        "bridge", description="who may talk to whom"
    )


class Vxlan(Strict):
    """A VXLAN tunnel end point."""

    id: int = Field(ge=0, le=(1 << 24) - 1, description="VXLAN network identifier (VNI)")
    port: int = Field(
        ge=1, le=65535, description="UDP destination port; 4789 is IANA's, the kernel's own default is 8472"
    )
    parent: LinkName | None = Field(None, description="the link the packets leave by")
    local: IpText | None = Field(None, description="source address of the packets")
    remote: IpText | None = Field(
        None, description="unicast peer or multicast group for unknown destinations"
    )
    ttl: int | None = Field(None, ge=0, le=255, description="TTL of the packets, 0 = as the system does")
    tos: int | None = Field(None, ge=0, le=255, description="TOS of the packets")
    learning: Switch | None = Field(None, description="learn MAC addresses from received packets")
    ageing: Duration | None = Field(None, description="how long a learnt MAC address is kept")
    limit: int | None = Field(None, ge=0, description="most forwarding entries, 0 = no limit")
    proxy: Switch | None = Field(None, description="answer ARP and ND for known neighbours")
    rsc: Switch | None = Field(None, description="route short circuit")
    l2miss: Switch | None = Field(None, description="netlink notification of unknown MAC addresses")
    l3miss: Switch | None = Field(None, description="netlink notification of unknown IP addresses")
    udp_csum: Switch | None = Field(None, description="UDP checksums over IPv4")

    @model_validator(mode="before")
    @classmethod
    def _port_given(cls, data: Any) -> Any:
        if isinstance(data, dict) and "port" not in data:
            reject(
                "NC2021",
                "a vxlan needs its UDP port",
                "the kernel's default is 8472, not the registered 4789",
                "write port: 4789",
            )
        return data


class Veth(Strict):
    """One end of a veth pair."""

    peer: LinkName = Field(description="name of the other end")
    peer_netns: NetnsName | None = Field(
        None, description="network namespace of the other end; left out = this one"
    )


class TunTap(Strict):
    """A persistent tun (IP) or tap (Ethernet) device."""

    owner: int | None = Field(None, ge=0, description="user id that may open it")
    group: int | None = Field(None, ge=0, description="group id that may open it")
    packet_info: Switch | None = Field(
        None, description="four bytes of flags and protocol before each packet"
    )
    vnet_header: Switch | None = Field(None, description="virtio header before each packet")
    multi_queue: Switch | None = Field(None, description="several queues")


def _altnames(names: list[str]) -> list[str]:
    for name in names:
        if not name or len(name.encode()) > 127 or not name.isprintable() or "/" in name or " " in name:
            reject(
                "NC2022",
                f"{name!r} can't be an alternative name",
                "1 to 127 bytes, no space or /",
                "choose another",
            )
    return names


_SECTIONS = ("bridge", "vlan", "macvlan", "vxlan", "veth", "tun", "tap")
_NEEDED = {"vlan", "macvlan", "vxlan", "veth"}


class Interface(Strict):
    """A network interface. Without `kind` it must be there; with it, netconf makes it."""

    kind: LinkKind | None = Field(None, description="make it if it isn't there")
    state: Literal["up", "down", "absent"] | None = Field(
        None, description="administrative state; left out: up with kind, else left alone"
    )
    mtu: int | None = Field(None, ge=68, le=65536, description="octets")
    address: Mac | None = Field(None, description="MAC address")
    alias: Annotated[str, Field(max_length=255)] | None = Field(
        None, description="free text shown by ip link"
    )
    group: int | None = Field(None, ge=0, lt=1 << 32, description="link group number")
    txqueuelen: int | None = Field(None, ge=0, lt=1 << 32, description="transmit queue length, packets")
    altnames: Annotated[list[str], Field(max_length=32)] | None = Field(
        None, description="all alternative names"
    )
    master: LinkName | None = Field(None, description="the bridge it's a port of; none = of nothing")
    bridge: Bridge | None = None
    vlan: Vlan | None = None
    macvlan: Macvlan | None = None
    vxlan: Vxlan | None = None
    veth: Veth | None = None
    tun: TunTap | None = None
    tap: TunTap | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Interface:
        for section in _SECTIONS:
            if section in self.model_fields_set and section != self.kind:
                given = f"kind is {self.kind}" if self.kind else "kind isn't given"
                reject(
                    "NC2023",
                    f"{section}: is only for kind {section}",
                    given,
                    f"write kind: {section} or remove it",
                )
        if self.kind in _NEEDED and getattr(self, str(self.kind)) is None:
            reject(
                "NC2024",
                f"kind {self.kind} needs a section {self.kind}:",
                "it says what the link is made of",
                f"add {self.kind}: with its required fields",
            )
        if self.state == "absent":
            extra = sorted(self.model_fields_set - {"state", "kind"})
            if extra:
                reject(
                    "NC2025",
                    f"state: absent with {', '.join(extra)}",
                    "a link that shall not exist has no settings",
                    "remove one or the other",
                )
        return self


class Spec(Strict):
    """The part of a document that describes links."""

    interfaces: dict[LinkName, Interface] = Field(default_factory=dict)
