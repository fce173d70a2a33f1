"""Options of a bond and of its ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from netconf.core import ip
from netconf.domains.link.kinds.bond import applies
from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, Mac, Switch, between

Milliseconds = Annotated[Duration, between("0s", "2147483s", "1ms")]


def _targets(family: int, addresses: list[str]) -> list[str]:
    found = []
    for text in addresses:
        address = ip.parse(text)
        if address is None or address.family != family or not address.value:
            reject(
                "NC2044",
                f"{shown(text)} is not an address to ask",
                "it's an IPv4 address in arp_ip_target, an IPv6 address in ns_ip6_target",
                "write the address of a neighbour, without a prefix length",
            )
        if str(address) in found:
            reject("NC2045", f"{address} is listed twice", "a bond asks it once", "remove one")
        found.append(str(address))
    return found


def _arp_targets(addresses: list[str]) -> list[str]:
    return _targets(ip.INET, addresses)


def _ns_targets(addresses: list[str]) -> list[str]:
    return _targets(ip.INET6, addresses)


class Bond(Strict):
    """Several links as one. Ports name it as their master."""

    mode: Literal[
        "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"
    ] = Field("balance-rr", description="how frames are spread over the ports")
    miimon: Milliseconds | None = Field(None, description="how often carriers are looked at, 0s = never")
    updelay: Milliseconds | None = Field(None, description="how long a carrier must last; multiple of miimon")
    downdelay: Milliseconds | None = Field(
        None, description="how long a carrier may be lost; multiple of miimon"
    )
    peer_notify_delay: Annotated[Duration, between("0s", "300s", "1ms")] | None = Field(
        None, description="between notifications of a failover; multiple of miimon"
    )
    use_carrier: Switch | None = Field(None, description="look at carriers, not at MII registers")
    arp_interval: Milliseconds | None = Field(None, description="how often targets are asked, 0s = never")
    arp_ip_target: Annotated[list[str], Field(max_length=16), AfterValidator(_arp_targets)] | None = Field(
        None, description="IPv4 neighbours to ask by ARP; all of them"
    )
    ns_ip6_target: Annotated[list[str], Field(max_length=16), AfterValidator(_ns_targets)] | None = Field(
        None, description="IPv6 neighbours to ask by ND; all of them"
    )
    arp_validate: (
        Literal["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"] | None
    ) = Field(None, description="which ports' answers are looked at")
    arp_all_targets: Literal["any", "all"] | None = Field(None, description="which targets must answer")
    arp_missed_max: int | None = Field(None, ge=1, le=255, description="how many may go unanswered")
    primary: LinkName | None = Field(None, description="the port to use if it works, or none")
    primary_reselect: Literal["always", "better", "failure"] | None = Field(
        None, description="when to go back to the primary"
    )
    fail_over_mac: Literal["none", "active", "follow"] | None = Field(
        None, description="how ports get the bond's MAC address"
    )
    xmit_hash_policy: (
        Literal["layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac"] | None
    ) = Field(None, description="what decides by which port a frame leaves")
    resend_igmp: int | None = Field(None, ge=0, le=255, description="IGMP reports after a failover")
    num_grat_arp: int | None = Field(None, ge=0, le=255, description="notifications after a failover")
    all_slaves_active: Switch | None = Field(None, description="take frames from inactive ports")
    min_links: int | None = Field(None, ge=0, le=2147483647, description="working ports it needs for carrier")
    lp_interval: int | None = Field(None, ge=1, le=2147483647, description="seconds between learning packets")
    packets_per_slave: int | None = Field(
        None, ge=0, le=65535, description="packets by one port before the next; 0 = at random"
    )
    tlb_dynamic_lb: Switch | None = Field(None, description="move flows by load")
    lacp_rate: Literal["slow", "fast"] | None = Field(None, description="LACP frames every 30 s or 1 s")
    lacp_active: Switch | None = Field(None, description="send LACP frames unasked")
    ad_select: Literal["stable", "bandwidth", "count"] | None = Field(
        None, description="which aggregator is used"
    )
    ad_actor_sys_prio: int | None = Field(None, ge=1, le=65535, description="LACP system priority")
    ad_user_port_key: int | None = Field(None, ge=0, le=1023, description="upper bits of the LACP port key")
    ad_actor_system: Mac | None = Field(None, description="LACP system MAC address")

    @model_validator(mode="after")
    def _fits_mode(self) -> Bond:
        given: Mapping[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        options = {"mode": self.mode, "miimon": "on", **given}
        for name in sorted(given):
            if given[name] is not None and not applies(name, {**options, "miimon": self.miimon or "1ms"}):
                why = f"mode is {self.mode}" if self.miimon is None or name == "primary" else ""
                reject(
                    "NC2046",
                    f"{name} doesn't count here",
                    why or f"mode is {self.mode} and miimon is {self.miimon}",
                    f"remove {name}, or choose a mode that has it",
                )
        return self


class BondPort(Strict):
    """What a bond keeps of a port."""

    queue_id: int | None = Field(None, ge=0, le=15, description="transmit queue that is this port's")
    prio: int | None = Field(
        None, ge=-2147483648, le=2147483647, description="which port is preferred after the primary"
    )
