"""Options of a bridge and of its ports."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from netconf.core.duration import milliseconds
from netconf.domains.link.spec.bridgevlans import OwnVlans, PortVlans
from netconf.domains.link.spec.numbers import Count
from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, Switch, between


def _group_mask(mask: int) -> int:
    if mask & 7:
        reject(
            "NC2028",
            f"group_fwd_mask {mask} forwards a group that a bridge must keep to itself",
            "bits 0 to 2 are STP, pause frames and LACP; the kernel refuses them",
            f"write {mask & ~7}",
        )
    return mask


def _group_address(text: str) -> str:
    address = text.lower()
    if address not in _GROUP_ADDRESSES:
        reject(
            "NC2037",
            f"{shown(text)} can't be the group address of a bridge",
            "the kernel takes link-local ones, except those of pause frames and port access",
            "write 01:80:c2:00:00:00, or 04 to 0f at its end",
        )
    return address


_GROUP_ADDRESSES = {f"01:80:c2:00:00:0{digit}" for digit in "0456789abcdef"}


def _power(number: int) -> int:
    if number & (number - 1):
        near = 1 << number.bit_length() - 1
        reject("NC2038", f"{number} is not a power of two", "the kernel refuses it", f"write {near}")
    return number


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
    group_address: Annotated[str, AfterValidator(_group_address)] | None = Field(
        None, description="destination of STP frames, 01:80:c2:00:00:00, or 04 to 0f at its end"
    )
    vlan_filtering: Switch | None = Field(None, description="mind the VLANs of ports")
    vlan_protocol: Literal["802.1q", "802.1ad"] | None = Field(None, description="tag protocol")
    vlan_default_pvid: int | None = Field(None, ge=0, le=4094, description="VLAN new ports get, 0 = none")
    vlan_stats: Switch | None = Field(None, description="count frames of each VLAN")
    vlan_stats_per_port: Switch | None = Field(None, description="count them for each port")
    no_linklocal_learn: Switch | None = Field(None, description="don't learn from link-local frames")
    mcast_vlan_snooping: Switch | None = Field(None, description="snooping for each VLAN")
    mcast_snooping: Switch | None = Field(None, description="IGMP and MLD snooping")
    mcast_router: Literal[0, 1, 2] | None = Field(
        None, description="a multicast router behind the bridge: 0 never, 1 as learnt, 2 always"
    )
    mcast_querier: Switch | None = Field(None, description="send IGMP and MLD queries")
    mcast_query_use_ifaddr: Switch | None = Field(None, description="query from the bridge's own address")
    mcast_hash_max: Annotated[int, Field(ge=1, le=2147483648), AfterValidator(_power)] | None = Field(
        None, description="most multicast groups, a power of two"
    )
    mcast_last_member_count: Count | None = Field(None, description="queries before a group is given up")
    mcast_startup_query_count: Count | None = Field(None, description="queries at startup")
    mcast_last_member_interval: Annotated[Duration, between("0s", "42949672s", "10ms")] | None = Field(
        None, description="between queries to a group that was left"
    )
    mcast_membership_interval: Annotated[Duration, between("0s", "42949672s", "10ms")] | None = Field(
        None, description="after which a silent group is given up"
    )
    mcast_querier_interval: Annotated[Duration, between("0s", "42949672s", "10ms")] | None = Field(
        None, description="after which another querier counts as gone"
    )
    mcast_query_interval: Annotated[Duration, between("1s", "42949672s", "10ms")] | None = Field(
        None, description="between general queries"
    )
    mcast_query_response_interval: Annotated[Duration, between("0s", "42949672s", "10ms")] | None = Field(
        None, description="how long hosts may take to answer"
    )
    mcast_startup_query_interval: Annotated[Duration, between("1s", "42949672s", "10ms")] | None = Field(
        None, description="between queries at startup"
    )
    mcast_stats: Switch | None = Field(None, description="count IGMP and MLD messages")
    mcast_igmp_version: Literal[2, 3] | None = Field(None, description="IGMP version of queries")
    mcast_mld_version: Literal[1, 2] | None = Field(None, description="MLD version of queries")
    nf_call_iptables: Switch | None = Field(None, description="show bridged IPv4 to iptables")
    nf_call_ip6tables: Switch | None = Field(None, description="show bridged IPv6 to ip6tables")
    nf_call_arptables: Switch | None = Field(None, description="show bridged ARP to arptables")

    vlans: OwnVlans | None = Field(None, description="VLANs of the bridge's own packets; all of them")

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


class BridgePort(Strict):
    """What a bridge keeps of a port."""

    cost: int | None = Field(None, ge=1, le=65535, description="STP path cost")
    priority: int | None = Field(None, ge=0, le=63, description="STP port priority")
    guard: Switch | None = Field(None, description="shut the port if it receives STP frames")
    root_block: Switch | None = Field(None, description="never make it the root port")
    hairpin: Switch | None = Field(None, description="send frames back out of the port they came by")
    learning: Switch | None = Field(None, description="learn MAC addresses")
    flood: Switch | None = Field(None, description="flood unicast frames to unknown addresses")
    mcast_flood: Switch | None = Field(None, description="flood multicast frames")
    bcast_flood: Switch | None = Field(None, description="flood broadcast frames")
    mcast_fast_leave: Switch | None = Field(None, description="give up a group when the host leaves")
    mcast_to_unicast: Switch | None = Field(None, description="copy multicast frames to each receiver")
    mcast_router: Literal[0, 1, 2] | None = Field(
        None, description="a multicast router there: 0 never, 1 as learnt, 2 always"
    )
    proxy_arp: Switch | None = Field(None, description="answer ARP for known neighbours")
    proxy_arp_wifi: Switch | None = Field(None, description="the same by IEEE 802.11 and Hotspot 2.0")
    neigh_suppress: Switch | None = Field(None, description="answer ARP and ND, don't flood them")
    vlan_tunnel: Switch | None = Field(None, description="map VLANs to tunnels")
    isolated: Switch | None = Field(None, description="talk to ports that aren't isolated only")
    locked: Switch | None = Field(None, description="only known MAC addresses may send")
    backup_port: LinkName | None = Field(
        None, description="the port that frames leave by while this one has no carrier, or none"
    )
    vlans: PortVlans | None = Field(None, description="VLANs of the port; all of them")
    group_fwd_mask: Annotated[int, Field(ge=0, le=65535), AfterValidator(_group_mask)] | None = Field(
        None, description="bit mask of link-local groups to forward"
    )

    @model_validator(mode="after")
    def _tunnels_are_on(self) -> BridgePort:
        for entry in self.vlans or ():
            if entry.tunnel_id is not None and self.vlan_tunnel != "on":
                reject(
                    "NC2053",
                    f"tunnel_id for {entry.id} without vlan_tunnel: on",
                    "the kernel takes tunnel ids of such ports only",
                    "write vlan_tunnel: on",
                )
        return self
