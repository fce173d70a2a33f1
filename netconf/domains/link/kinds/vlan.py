"""VLANs."""

from __future__ import annotations

from netconf.domains.link.kinds.option import NUMBER, ON_OFF, SPACED, VLAN_PROTOCOL, KindTable, Option


def _flag(name: str, bit: int) -> Option:
    return Option(name, "IFLA_VLAN_FLAGS", name, ON_OFF, bit)


VLAN = KindTable(
    (
        Option("id", "IFLA_VLAN_ID", "id", NUMBER),
        Option("protocol", "IFLA_VLAN_PROTOCOL", "protocol", VLAN_PROTOCOL),
        _flag("reorder_hdr", 1),
        _flag("gvrp", 2),
        _flag("loose_binding", 4),
        _flag("mvrp", 8),
        _flag("bridge_binding", 16),
        Option("ingress_qos_map", "IFLA_VLAN_INGRESS_QOS", "ingress-qos-map", SPACED),
        Option("egress_qos_map", "IFLA_VLAN_EGRESS_QOS", "egress-qos-map", SPACED),
    ),
    fixed=frozenset({"id", "protocol"}),
    unique=("lower", "id", "protocol"),
    lower="needs",
)
