"""Options of veth and netkit pairs, and of tun and tap devices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netconf.grammar import Strict
from netconf.grammar.names import LinkName, NetnsName
from netconf.grammar.values import Switch

Id = Annotated[int, Field(ge=0, le=(1 << 31) - 1)]
"""A user or group id, as far as an ioctl takes it."""


class Veth(Strict):
    """One end of a veth pair."""

    peer: LinkName = Field(description="name of the other end")
    peer_netns: NetnsName | None = Field(
        None, description="network namespace of the other end; left out = this one"
    )


Policy = Literal["forward", "blackhole"]
Scrub = Literal["default", "none"]


class Netkit(Strict):
    """The primary end of a netkit pair; the other end is described by its name alone, without kind."""

    peer: LinkName = Field(description="name of the other end")
    peer_netns: NetnsName | None = Field(
        None, description="network namespace of the other end; left out = this one"
    )
    mode: Literal["l2", "l3"] | None = Field(
        None, description="Ethernet frames, or IP alone; a new one has l3"
    )
    policy: Policy | None = Field(
        None, description="what becomes of packets sent by this end without a BPF program"
    )
    peer_policy: Policy | None = Field(None, description="the same for the other end")
    scrub: Scrub | None = Field(
        None, description="whether mark and priority of packets sent by this end are cleared"
    )
    peer_scrub: Scrub | None = Field(None, description="the same for the other end")

    @property
    def role(self) -> str:
        """An option like the others, which documents don't write."""
        return "primary"


class TunTap(Strict):
    """A persistent tun (IP) or tap (Ethernet) device."""

    owner: Id | None = Field(None, description="user id that may open it")
    group: Id | None = Field(None, description="group id that may open it")
    packet_info: Switch | None = Field(
        None, description="four bytes of flags and protocol before each packet"
    )
    vnet_header: Switch | None = Field(None, description="virtio header before each packet")
    multi_queue: Switch | None = Field(None, description="several queues")
