"""Ethernet over UDP: vxlan, geneve."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core import ip
from netconf.domains.link.kinds.option import (
    DUAL,
    FLAG,
    HEX,
    NUMBER,
    SECONDS,
    Fault,
    KindTable,
    Option,
    Usual,
    Values,
    enumerated,
    named,
    present,
)

DF = enumerated("unset", "set", "inherit")

_PORTS = DUAL._replace(read=lambda v: "" if v == "0-0" else str(v), word=lambda v: str(v).replace("-", " "))


def of_external(options: Values) -> frozenset[str]:
    """What doesn't count of a vxlan that is external: each packet, or the VLAN it comes from, has its own VNI, and only
    where VNIs are filtered is each of them known and has an entry with the remote end (vxlan_xmit of
    drivers/net/vxlan/vxlan_core.c, vxlan_vni_update_group of vxlan_vnifilter.c).
    """
    if options.get("external") != "on":
        return frozenset()
    return frozenset({"id"} if options.get("vnifilter") == "on" else {"id", "remote"})


def _counts(name: str, options: Values) -> bool:
    if name == "vnifilter":
        return options.get("external") == "on"
    return name not in of_external(options)


def is_group(address: str) -> bool:
    """Whether a remote end is a multicast group."""
    found = ip.parse(address)
    top = 0 if found is None else found.value >> (ip.WIDTH[found.family] - 8)
    return top == 0xFF or (found is not None and found.family == ip.INET and top >> 4 == 0xE)


_NOT_GPE = ("gbp", "proxy", "rsc", "l2miss", "l3miss", "remcsum_tx", "remcsum_rx")
"""What the kernel refuses beside gpe where it's on (VXLAN_F_ALLOWED_GPE of include/net/vxlan.h)."""


def faults(options: Values) -> Iterator[Fault]:
    """What the kernel refuses of options together."""
    if options.get("gpe") != "on":
        return
    wrong = [f"{name}: on" for name in _NOT_GPE if options.get(name) == "on"]
    wrong += ["ttl: inherit"] if options.get("ttl") == "inherit" else []
    needed = {"external": "on", "learning": "off"}
    missing = [f"{name}: {value}" for name, value in needed.items() if options.get(name) != value]
    for word, names, fix in (("with", wrong, "remove"), ("without", missing, "add")):
        if names:
            yield Fault(
                "NC2082",
                f"gpe: on {word} {', '.join(names)}",
                "such a vxlan carries packets without Ethernet headers, for routes and filters only",
                f"{fix} {', '.join(names)}, or remove gpe",
            )


RECEIVING = ("external", "vnifilter", "gbp", "gpe", "remcsum_rx", "udp6_zero_csum_rx")
"""What vxlans that are up and have a port have in common: they share a socket (VXLAN_F_RCV_FLAGS of
include/net/vxlan.h).
"""


VXLAN = KindTable(
    (
        Option("id", "IFLA_VXLAN_ID", "id", NUMBER),
        Option("port", "IFLA_VXLAN_PORT", "dstport", NUMBER),
        Option("external", "IFLA_VXLAN_COLLECT_METADATA", "", named("external")),
        Option("vnifilter", "IFLA_VXLAN_VNIFILTER", "", named("vnifilter")),
        Option("local", "IFLA_VXLAN_LOCAL", "local", DUAL),
        Option("remote", "IFLA_VXLAN_GROUP", "remote", DUAL),
        Option("ttl", "IFLA_VXLAN_TTL", "ttl", NUMBER, inherit="IFLA_VXLAN_TTL_INHERIT"),
        Option("tos", "IFLA_VXLAN_TOS", "tos", HEX),
        Option("df", "IFLA_VXLAN_DF", "df", DF),
        Option("flowlabel", "IFLA_VXLAN_LABEL", "flowlabel", HEX),
        Option("learning", "IFLA_VXLAN_LEARNING", "learning", FLAG),
        Option("ageing", "IFLA_VXLAN_AGEING", "ageing", SECONDS),
        Option("limit", "IFLA_VXLAN_LIMIT", "maxaddress", NUMBER),
        Option("source_ports", "IFLA_VXLAN_PORT_RANGE", "srcport", _PORTS),
        Option("proxy", "IFLA_VXLAN_PROXY", "proxy", FLAG),
        Option("rsc", "IFLA_VXLAN_RSC", "rsc", FLAG),
        Option("l2miss", "IFLA_VXLAN_L2MISS", "l2miss", FLAG),
        Option("l3miss", "IFLA_VXLAN_L3MISS", "l3miss", FLAG),
        Option("udp_csum", "IFLA_VXLAN_UDP_CSUM", "udpcsum", FLAG),
        Option("udp6_zero_csum_tx", "IFLA_VXLAN_UDP_ZERO_CSUM6_TX", "udp6zerocsumtx", FLAG),
        Option("udp6_zero_csum_rx", "IFLA_VXLAN_UDP_ZERO_CSUM6_RX", "udp6zerocsumrx", FLAG),
        Option("remcsum_tx", "IFLA_VXLAN_REMCSUM_TX", "remcsumtx", FLAG),
        Option("remcsum_rx", "IFLA_VXLAN_REMCSUM_RX", "remcsumrx", FLAG),
        Option("gbp", "IFLA_VXLAN_GBP", "", present("gbp")),
        Option("gpe", "IFLA_VXLAN_GPE", "", present("gpe")),
        Option("localbypass", "IFLA_VXLAN_LOCALBYPASS", "localbypass", FLAG),
    ),
    fixed=frozenset({
        "id", "port", "limit", "source_ports", "proxy", "rsc", "l2miss", "l3miss", "udp_csum",
        "udp6_zero_csum_tx", "udp6_zero_csum_rx", "remcsum_tx", "remcsum_rx", "gbp", "external",
        "vnifilter", "gpe",
    }),
    unique=("id", "port"),
    plural="vnifilter",
    apart=frozenset({("ttl", "inherit")}),
    lasting=("local", "remote"),
    applies=_counts,
    # `ip link add` says otherwise of an external one alone.
    spoken=(("learning", "on"),),
    spoken_if="external",
    defaults=frozenset({("localbypass", "on")}),
    unwritten=frozenset({("external", "off"), ("vnifilter", "off"), ("gpe", "off"), ("localbypass", "on")}),
    faults=faults,
    bare="gpe",
    lower="may",
    movable=True,
    lower_option="IFLA_VXLAN_LINK",
    usual=(
        Usual("IFLA_VXLAN_LABEL_POLICY", 0, "its flow label is that of the inner packet (flowlabel inherit)"),
        Usual("IFLA_VXLAN_REMCSUM_NOPARTIAL", False, "its remote checksums aren't partial (noremcsumpartial)"),
    ),
)  # fmt: skip

GENEVE_EXTERNAL = frozenset({"port", "external", "inner_proto_inherit"})
"""What counts of a geneve that is external; routes and filters give the rest with each packet (geneve_xmit_skb of
drivers/net/geneve.c).
"""


def _counts_of_geneve(name: str, options: Values) -> bool:
    return options.get("external") != "on" or name in GENEVE_EXTERNAL


GENEVE = KindTable(
    (
        Option("id", "IFLA_GENEVE_ID", "id", NUMBER),
        Option("remote", "IFLA_GENEVE_REMOTE", "remote", DUAL),
        Option("port", "IFLA_GENEVE_PORT", "dstport", NUMBER),
        Option("ttl", "IFLA_GENEVE_TTL", "ttl", NUMBER, inherit="IFLA_GENEVE_TTL_INHERIT"),
        Option("tos", "IFLA_GENEVE_TOS", "tos", HEX),
        Option("df", "IFLA_GENEVE_DF", "df", DF),
        Option("flowlabel", "IFLA_GENEVE_LABEL", "flowlabel", HEX),
        Option("udp_csum", "IFLA_GENEVE_UDP_CSUM", "udpcsum", FLAG),
        Option("udp6_zero_csum_tx", "IFLA_GENEVE_UDP_ZERO_CSUM6_TX", "udp6zerocsumtx", FLAG),
        Option("udp6_zero_csum_rx", "IFLA_GENEVE_UDP_ZERO_CSUM6_RX", "udp6zerocsumrx", FLAG),
        Option("external", "IFLA_GENEVE_COLLECT_METADATA", "", present("external")),
        Option("inner_proto_inherit", "IFLA_GENEVE_INNER_PROTO_INHERIT", "", present("innerprotoinherit")),
    ),
    fixed=frozenset({
        "id", "port", "remote", "udp_csum", "udp6_zero_csum_tx", "udp6_zero_csum_rx", "external", "inner_proto_inherit",
    }),
    unique=("id", "port", "remote"),
    applies=_counts_of_geneve,
    unwritten=frozenset({("external", "off"), ("inner_proto_inherit", "off")}),
    bare="inner_proto_inherit",
    # iproute2 finds no tunnel without the first two.
    together=frozenset({"id", "remote", "ttl", "tos", "df", "flowlabel"}),
)  # fmt: skip
