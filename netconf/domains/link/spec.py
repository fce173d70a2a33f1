"""What a user may write about a link, except its addresses and sysctls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.core.duration import milliseconds
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import host_address, is_multicast, unicast_address
from netconf.grammar.names import LinkName, NetnsName
from netconf.grammar.values import Duration, Mac, Switch, between

LinkKind = Literal["dummy", "ifb", "veth", "bridge", "vlan", "macvlan", "vxlan", "tun", "tap"]

LATER_KINDS = frozenset({
    "bond", "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "ip6tnl", "ipip", "ipvlan", "l2tp", "macvtap",
    "sit", "vrf", "vti", "vti6", "wireguard", "xfrm",
})  # fmt: skip
"""Kinds that the language has and that can't be made yet."""


def _kind(value: Any) -> Any:
    if isinstance(value, str) and value in LATER_KINDS:
        reject(
            "NC2026",
            f'kind "{value}" is not supported by this version of netconf',
            "it would not be made",
            f"make the {value} by other means, and leave kind out: then it's configured as it is there",
        )
    return value


Count = Annotated[int, Field(ge=0, le=(1 << 32) - 1)]
Id = Annotated[int, Field(ge=0, le=(1 << 31) - 1)]
"""A user or group id, as far as an ioctl takes it."""


def _group_mask(mask: int) -> int:
    if mask & 7:
        reject(
            "NC2028",
            f"group_fwd_mask {mask} forwards a group that a bridge must keep to itself",
            "bits 0 to 2 are STP, pause frames and LACP; the kernel refuses them",
            f"write {mask & ~7}",
        )
    return mask


class Bridge(Strict):
    """Options of a bridge; times with their unit."""

    stp: Switch | None = Field(None, description="spanning tree protocol")
    forward_delay: Annotated[Duration, between("0s", "42949672s", "20ms")] | None = Field(
        None, description="STP forward delay, 2s to 30s while stp is on"
    )
    hello_time: Annotated[Duration, between("1s", "10s", "20ms")] | None = Field(
        None, description="STP hello interval, 1s to 10s"
    )
    max_age: Annotated[Duration, between("6s", "40s", "20ms")] | None = Field(
        None, description="STP maximum message age, 6s to 40s"
    )
    ageing_time: Annotated[Duration, between("0s", "42949672s", "20ms")] | None = Field(
        None, description="how long a learnt MAC address is kept"
    )
    priority: int | None = Field(None, ge=0, le=65535, description="STP bridge priority")
    group_fwd_mask: Annotated[int, Field(ge=0, le=65535), AfterValidator(_group_mask)] | None = Field(
        None, description="bit mask of link-local groups (01:80:c2:00:00:0X) to forward"
    )
    mcast_snooping: Switch | None = Field(None, description="IGMP and MLD snooping")
    mcast_querier: Switch | None = Field(None, description="send IGMP and MLD queries")

    @model_validator(mode="after")
    def _delay_fits_stp(self) -> Bridge:
        delay = self.forward_delay
        if self.stp == "on" and delay and not 2000 <= milliseconds(delay) <= 30_000:
            reject(
                "NC2027",
                f"forward_delay {delay} with stp: on",
                "the spanning tree protocol needs 2s to 30s (IEEE 802.1D)",
                "write a time in that range, or stp: off",
            )
        return self


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
    local: Annotated[str, BeforeValidator(unicast_address)] | None = Field(
        None, description="source address of the packets"
    )
    remote: Annotated[str, BeforeValidator(host_address)] | None = Field(
        None, description="unicast peer or multicast group for unknown destinations"
    )
    ttl: int | None = Field(None, ge=0, le=255, description="TTL of the packets, 0 = as the system does")
    tos: int | None = Field(None, ge=0, le=255, description="TOS of the packets")
    learning: Switch | None = Field(None, description="learn MAC addresses from received packets")
    ageing: Annotated[Duration, between("1s", "4294967295s", "1s")] | None = Field(
        None, description="how long a learnt MAC address is kept"
    )
    limit: Count | None = Field(None, description="most forwarding entries, 0 = no limit")
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

    @model_validator(mode="after")
    def _ends_fit(self) -> Vxlan:
        local, remote = (ip.parse(text or "") for text in (self.local, self.remote))
        if local and remote and local.family != remote.family:
            reject(
                "NC2029",
                f"local {local} and remote {remote} are of different address families",
                "a tunnel runs over IPv4 or over IPv6",
                "correct one",
            )
        for name, end in (("local", local), ("remote", remote)):
            if end and not self.parent and (is_multicast(end) or ip.is_link_local(end)):
                sort = "a multicast group" if is_multicast(end) else "link-local"
                reject(
                    "NC2030",
                    f"{name} {end} is {sort}, and there is no parent",
                    "on which link it is can't be known",
                    "add parent: with the link the packets leave by",
                )
        return self


class Veth(Strict):
    """One end of a veth pair."""

    peer: LinkName = Field(description="name of the other end")
    peer_netns: NetnsName | None = Field(
        None, description="network namespace of the other end; left out = this one"
    )


class TunTap(Strict):
    """A persistent tun (IP) or tap (Ethernet) device."""

    owner: Id | None = Field(None, description="user id that may open it")
    group: Id | None = Field(None, description="group id that may open it")
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
                f"{shown(name)} can't be an alternative name",
                "the kernel takes 1 to 127 bytes without blanks and slashes",
                "choose another",
            )
        if names.count(name) > 1:
            reject(
                "NC2031",
                f"alternative name {shown(name)} is listed twice",
                "a link has it once",
                "remove one",
            )
    return names


MAX_ALIAS = 254
"""Bytes; IFALIASZ of linux/if.h less two terminating zeros, the kernel's and the message's."""


def _alias(text: str) -> str:
    size = len(text.encode())
    if size > MAX_ALIAS:
        reject("NC2032", f"the alias is {size} bytes long", f"Linux allows {MAX_ALIAS}", "shorten it")
    if "\0" in text:
        reject("NC2033", "the alias has a zero byte", "the kernel would take it for the end", "remove it")
    return text


MAX_MTU = {"dummy": 65536, "ifb": 65536, "tap": 65521}
"""Octets, of the kinds that allow other than 65535."""

_SECTIONS = ("bridge", "vlan", "macvlan", "vxlan", "veth", "tun", "tap")
_NEEDED = {
    "vlan": "parent: eth0, id: 10",
    "macvlan": "parent: eth0",
    "vxlan": "id: 10, port: 4789",
    "veth": "peer: NAME",
}
"""The sections that can't be left out, with examples."""


class Interface(Strict):
    """A network interface. Without `kind` it must be there; with it, netconf makes it."""

    kind: Annotated[LinkKind, BeforeValidator(_kind)] | None = Field(
        None, description="make it if it isn't there"
    )
    state: Literal["up", "down", "absent"] | None = Field(
        None, description="administrative state; left out: up with kind, else left alone"
    )
    mtu: int | None = Field(None, ge=68, le=65536, description="octets")
    address: Mac | None = Field(None, description="MAC address")
    alias: Annotated[str, AfterValidator(_alias)] | None = Field(
        None, description="free text shown by ip link"
    )
    group: Count | None = Field(None, description="link group number")
    txqueuelen: Count | None = Field(None, description="transmit queue length, packets")
    altnames: Annotated[list[str], Field(max_length=32), AfterValidator(_altnames)] | None = Field(
        None, description="all alternative names"
    )
    master: LinkName | None = Field(None, description="the bridge it's a port of; none = of nothing")
    bridge: Bridge | None = Field(None, description="for kind bridge")
    vlan: Vlan | None = Field(None, description="for kind vlan")
    macvlan: Macvlan | None = Field(None, description="for kind macvlan")
    vxlan: Vxlan | None = Field(None, description="for kind vxlan")
    veth: Veth | None = Field(None, description="for kind veth")
    tun: TunTap | None = Field(None, description="for kind tun")
    tap: TunTap | None = Field(None, description="for kind tap")

    @model_validator(mode="after")
    def _can_be(self) -> Interface:
        most = MAX_MTU.get(self.kind or "", 65535)
        if self.kind and self.mtu is not None and self.mtu > most:
            reject(
                "NC2034",
                f"mtu {self.mtu} is too much for a {self.kind}",
                f"the kernel allows it {most}",
                f"write {most} or less",
            )
        if self.kind == "tun" and self.address is not None:
            reject(
                "NC2035",
                "a tun with a MAC address",
                "it carries IP packets, no Ethernet frames",
                "remove address, or write kind: tap",
            )
        return self

    @model_validator(mode="after")
    def _fits_kind(self) -> Interface:
        for section in _SECTIONS:
            if section in self.model_fields_set and section != self.kind:
                given = f"kind is {self.kind}" if self.kind else "no kind is given"
                reject(
                    "NC2023",
                    f"{section}: is for kind {section} only",
                    given,
                    f"write kind: {section}, or remove {section}:",
                )
        if self.kind in _NEEDED and getattr(self, str(self.kind)) is None:
            reject(
                "NC2024",
                f"kind {self.kind} without {self.kind}:",
                "it says what the link is made of",
                f"add {self.kind}: {{{_NEEDED[self.kind]}}}",
            )
        if self.address and self.macvlan and self.macvlan.mode == "passthru":
            reject(
                "NC2036",
                "address with mode: passthru",
                f"such a macvlan has the MAC address of its parent {self.macvlan.parent}",
                f"write address under {self.macvlan.parent}",
            )
        if self.state == "absent":
            extra = sorted(self.model_fields_set - {"state", "kind"})
            if extra:
                reject(
                    "NC2025",
                    f"state: absent with {', '.join(extra)}",
                    "a link that shall not exist has no settings",
                    f"remove {', '.join(extra)}, or state: absent",
                )
        return self


class Spec(Strict):
    """The part of a document that describes links."""

    interfaces: dict[LinkName, Interface] = Field(default_factory=dict)
