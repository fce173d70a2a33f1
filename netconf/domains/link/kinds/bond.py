"""Bonds."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.duration import milliseconds
from netconf.domains.link.kinds.option import (
    LINK_NAME,
    LIST,
    MILLISECONDS,
    NUMBER,
    SWITCH,
    TEXT,
    Fault,
    KindTable,
    Option,
    Values,
    enumerated,
)

MODES = (
    "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb",
)  # fmt: skip
_LACP = frozenset({"802.3ad"})
ONE_ACTIVE = frozenset({"active-backup", "balance-tlb", "balance-alb"})
_WITHOUT_ARP = frozenset({"802.3ad", "balance-tlb", "balance-alb"})
_IN_MODES = {
    "packets_per_slave": frozenset({"balance-rr"}),
    "primary": ONE_ACTIVE,
    "primary_reselect": ONE_ACTIVE,
    "tlb_dynamic_lb": frozenset({"balance-tlb", "balance-alb"}),
    **dict.fromkeys(
        ("lacp_rate", "lacp_active", "ad_select", "ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system"),
        _LACP,
    ),
    **dict.fromkeys(("arp_interval", "arp_validate", "arp_missed_max"), frozenset(MODES) - _WITHOUT_ARP),
}
"""The modes in which the kernel takes an option (bond_opts of drivers/net/bonding/bond_options.c)."""

_DELAYS = ("updelay", "downdelay", "peer_notify_delay")
_ZERO = ("0s", "0ms", "")


def _is_on(options: Values, name: str) -> bool:
    return str(options.get(name, "")) not in _ZERO


def applies(name: str, options: Values) -> bool:
    if name in _DELAYS:
        return _is_on(options, "miimon")
    return name not in _IN_MODES or str(options.get("mode", MODES[0])) in _IN_MODES[name]


def faults(options: Values) -> Iterator[Fault]:
    """Options that don't go together."""
    if _is_on(options, "miimon") and _is_on(options, "arp_interval"):
        yield Fault(
            "NC2117",
            f"miimon {options['miimon']} and arp_interval {options['arp_interval']}",
            "a bond watches its ports by their carrier or by ARP; the kernel refuses both",
            "write arp_interval: 0s, or miimon: 0s",
        )
    if not _is_on(options, "miimon"):
        return
    tick = milliseconds(str(options["miimon"]))
    for name in _DELAYS:
        if milliseconds(str(options.get(name, "0s"))) % tick:
            yield Fault(
                "NC2118",
                f"{name} {options[name]} is no multiple of miimon {options['miimon']}",
                "the kernel counts in intervals of miimon and rounds down",
                f"write {name}: {milliseconds(str(options[name])) // tick * tick}ms or another multiple",
            )


_SYSTEM = TEXT._replace(read=lambda v: "" if v == "00:00:00:00:00:00" else str(v))
"""The kernel shows zeros for none, and takes none."""


def _time(name: str, codec: str) -> Option:
    return Option(name, f"IFLA_BOND_{codec}", name, MILLISECONDS)


def _number(name: str, codec: str) -> Option:
    return Option(name, f"IFLA_BOND_{codec}", name, NUMBER)


def _choice(name: str, codec: str, *names: str) -> Option:
    return Option(name, f"IFLA_BOND_{codec}", name, enumerated(*names))


BOND = KindTable(
    (
        _choice("mode", "MODE", *MODES),
        _time("miimon", "MIIMON"),
        _time("updelay", "UPDELAY"),
        _time("downdelay", "DOWNDELAY"),
        _time("peer_notify_delay", "PEER_NOTIF_DELAY"),
        Option("use_carrier", "IFLA_BOND_USE_CARRIER", "use_carrier", SWITCH),
        _time("arp_interval", "ARP_INTERVAL"),
        Option("arp_ip_target", "IFLA_BOND_ARP_IP_TARGET", "arp_ip_target", LIST),
        Option("ns_ip6_target", "IFLA_BOND_NS_IP6_TARGET", "ns_ip6_target", LIST),
        _choice(
            "arp_validate", "ARP_VALIDATE",
            "none", "active", "backup", "all", "filter", "filter_active", "filter_backup",
        ),
        _choice("arp_all_targets", "ARP_ALL_TARGETS", "any", "all"),
        _number("arp_missed_max", "MISSED_MAX"),
        Option("primary", "IFLA_BOND_PRIMARY", "primary", LINK_NAME),
        _choice("primary_reselect", "PRIMARY_RESELECT", "always", "better", "failure"),
        _choice("fail_over_mac", "FAIL_OVER_MAC", "none", "active", "follow"),
        _choice(
            "xmit_hash_policy", "XMIT_HASH_POLICY",
            "layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac",
        ),
        _number("resend_igmp", "RESEND_IGMP"),
        _number("num_grat_arp", "NUM_PEER_NOTIF"),
        Option("all_slaves_active", "IFLA_BOND_ALL_SLAVES_ACTIVE", "all_slaves_active", SWITCH),
        _number("min_links", "MIN_LINKS"),
        Option("lp_interval", "IFLA_BOND_LP_INTERVAL", "lp_interval", NUMBER),
        _number("packets_per_slave", "PACKETS_PER_SLAVE"),
        Option("tlb_dynamic_lb", "IFLA_BOND_TLB_DYNAMIC_LB", "tlb_dynamic_lb", SWITCH),
        _choice("lacp_rate", "AD_LACP_RATE", "slow", "fast"),
        _choice("lacp_active", "AD_LACP_ACTIVE", "off", "on"),
        _choice("ad_select", "AD_SELECT", "stable", "bandwidth", "count"),
        _number("ad_actor_sys_prio", "AD_ACTOR_SYS_PRIO"),
        _number("ad_user_port_key", "AD_USER_PORT_KEY"),
        Option("ad_actor_system", "IFLA_BOND_AD_ACTOR_SYSTEM", "ad_actor_system", _SYSTEM),
    ),
    # Refused while the bond is up (BOND_OPTFLAG_IFDOWN) or has ports (BOND_OPTFLAG_NOSLAVES).
    fixed=frozenset({
        "mode", "fail_over_mac", "lacp_rate", "lacp_active", "ad_select", "tlb_dynamic_lb",
        "ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system",
    }),
    together=frozenset({"miimon", *_DELAYS}),
    applies=applies,
    faults=faults,
)  # fmt: skip

PORT = KindTable(
    (
        Option("queue_id", "IFLA_BOND_SLAVE_QUEUE_ID", "queue_id", NUMBER),
        Option("prio", "IFLA_BOND_SLAVE_PRIO", "prio", NUMBER),
    ),
    defaults=frozenset({("prio", 0), ("queue_id", 0)}),
)
"""Of a port: `ip link set ... type bond_slave`."""
