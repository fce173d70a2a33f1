"""Tunnels: IP, GRE, ERSPAN and IPsec in IP."""

from __future__ import annotations

from netconf.domains.link.kinds import erspan
from netconf.domains.link.kinds.option import (
    ADDRESS,
    FLAG,
    HEX,
    KEY,
    NUMBER,
    KindTable,
    Option,
    Usual,
    Value,
    Values,
    present,
    words,
)

_KEY, _SEQ, _CSUM = 0x2000, 0x1000, 0x8000
"""GRE_KEY, GRE_SEQ and GRE_CSUM of linux/if_tunnel.h."""


def _ends(prefix: str) -> tuple[Option, ...]:
    return (
        Option("local", f"{prefix}_LOCAL", "local", ADDRESS),
        Option("remote", f"{prefix}_REMOTE", "remote", ADDRESS),
    )


def _gre_flag(name: str, word: str, bit: int) -> Option:
    return Option(name, f"IFLA_GRE_{name[0].upper()}FLAGS", word, FLAG, bit, masked=False)


def _key(name: str) -> Option:
    side = name[0].upper()
    return Option(name, f"IFLA_GRE_{side}KEY", name, KEY, flag=(f"IFLA_GRE_{side}FLAGS", _KEY))


_NUMBERED = (_key("ikey"), _gre_flag("iseq", "iseq", _SEQ), _key("okey"), _gre_flag("oseq", "oseq", _SEQ))
_KEYS = (*_NUMBERED, _gre_flag("icsum", "icsum", _CSUM), _gre_flag("ocsum", "ocsum", _CSUM))
_NONE = FLAG._replace(bare=False, word=lambda v: "none" if v == "on" else "")
_INHERIT = _NONE._replace(word=lambda v: "inherit" if v == "on" else "")
_IPV4 = ("ttl", "tos", "fwmark")
_IPV6 = ("hoplimit", "fwmark")


def _over_ipv4(prefix: str) -> tuple[Option, ...]:
    return (
        Option("ttl", f"{prefix}_TTL", "ttl", NUMBER),
        Option("tos", f"{prefix}_TOS", "tos", HEX),
        Option("pmtudisc", f"{prefix}_PMTUDISC", "pmtudisc", FLAG),
        Option("fwmark", f"{prefix}_FWMARK", "fwmark", HEX),
    )


def _over_ipv6(prefix: str) -> tuple[Option, ...]:
    """Traffic class and flow label share a word."""

    def flag(name: str, word: str, bit: int) -> Option:
        return Option(name, f"{prefix}_FLAGS", word, FLAG, bit, masked=False)

    return (
        Option("tclass", f"{prefix}_FLOWINFO", "tclass", HEX, field=(20, 8)),
        Option("flowlabel", f"{prefix}_FLOWINFO", "flowlabel", HEX, field=(0, 20)),
        # IP6_TNL_F_* of linux/ip6_tunnel.h
        Option("no_encaplimit", f"{prefix}_FLAGS", "encaplimit", _NONE, 0x1, masked=False),
        Option("tclass_inherit", f"{prefix}_FLAGS", "tclass", _INHERIT, 0x2, masked=False),
        Option("flowlabel_inherit", f"{prefix}_FLAGS", "flowlabel", _INHERIT, 0x4, masked=False),
        Option("dscp_inherit", f"{prefix}_FLAGS", "dscp", _INHERIT, 0x10, masked=False),
        Option("fwmark_inherit", f"{prefix}_FLAGS", "fwmark", _INHERIT, 0x20, masked=False),
        flag("allow_localremote", "allow-localremote", 0x40),
        Option("hoplimit", f"{prefix}_TTL", "hoplimit", NUMBER),
        Option("encaplimit", f"{prefix}_ENCAP_LIMIT", "encaplimit", NUMBER),
        Option("fwmark", f"{prefix}_FWMARK", "fwmark", HEX),
    )


INSTEAD = {
    "encaplimit": "no_encaplimit",
    "tclass": "tclass_inherit",
    "flowlabel": "flowlabel_inherit",
    "fwmark": "fwmark_inherit",
}
"""What the kernel doesn't look at while the other is on (prepare_ip6gre_xmit_ipv6 of net/ipv6/ip6_gre.c)."""


EXTERNAL = frozenset({"external", "mode"})
"""What counts of a tunnel that is external; routes and filters give the rest with each packet."""


_BY_KEY = ("lower", "local", "remote", "ikey")
"""What two GRE tunnels can't have in common (ip_tunnel_find of net/ipv4/ip_tunnel.c)."""
_KEY_0 = (("ikey", 0),)
"""Over IPv6 none is key 0 (ip6gre_tunnel_find of net/ipv6/ip6_gre.c)."""


def counts(name: str, options: Values) -> bool:
    if options.get("external") == "on":
        return name in EXTERNAL
    return options.get(INSTEAD.get(name, "")) != "on"


def _table(
    options: tuple[Option, ...],
    kept: tuple[str, ...],
    lower: str,
    fallback: str,
    *spoken: tuple[str, Value],
    usual: tuple[Usual, ...] = (),
    unique: tuple[str, ...] = ("lower", "local", "remote"),
) -> KindTable:
    """Only what the kernel surely changes in place does; a change resets all it doesn't name."""
    return KindTable(
        options,
        fixed=frozenset(option.name for option in options) - set(kept),
        unique=unique,
        lower="may",
        mac="none",
        lower_option=lower,
        whole=True,
        applies=counts,
        unwritten=frozenset({("external", "off")}),
        fallback=fallback,
        spoken=spoken,
        usual=usual,
    )


def _external(prefix: str) -> Option:
    return Option("external", f"{prefix}_COLLECT_METADATA", "", present("external"))


_GRE = (*_ends("IFLA_GRE"), *_KEYS, *_over_ipv4("IFLA_GRE"))
_IGNORE_DF = Option("ignore_df", "IFLA_GRE_IGNORE_DF", "ignore-df", FLAG)
_GRE_ALL = (*_GRE, _IGNORE_DF, _external("IFLA_GRE"))
_GRE6 = (*_ends("IFLA_GRE"), *_KEYS, *_over_ipv6("IFLA_GRE"), _external("IFLA_GRE"))
_IPTUN = (*_ends("IFLA_IPTUN"), *_over_ipv4("IFLA_IPTUN"))
_SPOKEN6 = (("encaplimit", 0), ("hoplimit", 0))
_METADATA = "it's external: routes and filters say where its packets go"
_UDP = "its packets are in UDP (encap fou or gue)"
_GRE_USUAL = (Usual("IFLA_GRE_ENCAP_TYPE", 0, _UDP),)
_IPTUN_USUAL = (
    Usual("IFLA_IPTUN_COLLECT_METADATA", False, _METADATA),
    Usual("IFLA_IPTUN_ENCAP_TYPE", 0, _UDP),
)
_6RD = "it has a 6rd prefix"
_SIT_USUAL = (
    *_IPTUN_USUAL,
    # 2002::/16 is that of 6to4 (ipip6_tunnel_clone_6rd of net/ipv6/sit.c).
    Usual("IFLA_IPTUN_6RD_PREFIX", "2002::", _6RD),
    Usual("IFLA_IPTUN_6RD_PREFIXLEN", 16, _6RD),
    Usual("IFLA_IPTUN_6RD_RELAY_PREFIXLEN", 0, _6RD),
    Usual("IFLA_IPTUN_FLAGS", 0, "it's an ISATAP tunnel"),
)
_PROTO = words({0: "any", 4: "ipip", 41: "ip6ip", 137: "mplsip"})
_PROTO6 = words({0: "any", 4: "ipip6", 41: "ip6ip6"})
_IN_PLACE6 = ("hoplimit", "fwmark", "encaplimit", "tclass", "flowlabel", "allow_localremote")
"""ip6_tnl_change of net/ipv6/ip6_tunnel.c takes more as it comes, but iproute2 has no words for ending what
is inherited.
"""


def _erspan(
    options: tuple[Option, ...], kept: tuple[str, ...], fallback: str, *spoken: tuple[str, Value]
) -> KindTable:
    """The version makes the headers, and room for them is made once."""
    table = _table(
        (*erspan.OPTIONS, *options, _external("IFLA_GRE")),
        (*kept, "index", "direction", "hwid"),
        "IFLA_GRE_LINK",
        fallback,
        *spoken,
        usual=_GRE_USUAL,
        unique=_BY_KEY,
    )
    return table._replace(
        mac="live",
        applies=erspan.applies(counts),
        faults=erspan.faults,
        apart=erspan.APART,
        implied=erspan.IMPLIED,
    )


TUNNELS: dict[str, KindTable] = {
    "gre": _table(_GRE_ALL, _IPV4, "IFLA_GRE_LINK", "gre0", usual=_GRE_USUAL, unique=_BY_KEY),
    "gretap": _table(_GRE_ALL, _IPV4, "IFLA_GRE_LINK", "gretap0", usual=_GRE_USUAL, unique=_BY_KEY)._replace(
        mac="live"
    ),
    "ip6gre": _table(
        _GRE6, _IPV6, "IFLA_GRE_LINK", "ip6gre0", *_SPOKEN6, usual=_GRE_USUAL, unique=_BY_KEY
    )._replace(unsaid=_KEY_0),
    "ip6gretap": _table(
        _GRE6, _IPV6, "IFLA_GRE_LINK", "", *_SPOKEN6, usual=_GRE_USUAL, unique=_BY_KEY
    )._replace(mac="live", unsaid=_KEY_0, like_external="ip6gre"),
    "ipip": _table(
        (*_IPTUN, Option("mode", "IFLA_IPTUN_PROTO", "mode", _PROTO), _external("IFLA_IPTUN")),
        _IPV4,
        "IFLA_IPTUN_LINK",
        "tunl0",
        ("mode", "ipip"),
        usual=(Usual("IFLA_IPTUN_ENCAP_TYPE", 0, _UDP),),
    ),
    "ip6tnl": _table(
        (
            *_ends("IFLA_IPTUN"),
            *_over_ipv6("IFLA_IPTUN"),
            Option("mode", "IFLA_IPTUN_PROTO", "mode", _PROTO6),
            _external("IFLA_IPTUN"),
        ),
        _IN_PLACE6,
        "IFLA_IPTUN_LINK",
        "ip6tnl0",
        *_SPOKEN6,
        usual=(Usual("IFLA_IPTUN_ENCAP_TYPE", 0, _UDP),),
    ),
    "erspan": _erspan(
        (*_ends("IFLA_GRE"), *_NUMBERED, *_over_ipv4("IFLA_GRE"), _IGNORE_DF), _IPV4, "erspan0"
    ),
    "ip6erspan": _erspan(
        (*_ends("IFLA_GRE"), *_NUMBERED, *_over_ipv6("IFLA_GRE")), _IPV6, "", *_SPOKEN6
    )._replace(unsaid=_KEY_0, like="ip6gretap"),
    "sit": _table(
        (*_IPTUN, Option("mode", "IFLA_IPTUN_PROTO", "mode", _PROTO)),
        _IPV4,
        "IFLA_IPTUN_LINK",
        "sit0",
        ("mode", "ip6ip"),
        ("ttl", 64),
        usual=_SIT_USUAL,
    ),
}

_VTI = (
    *_ends("IFLA_VTI"),
    Option("ikey", "IFLA_VTI_IKEY", "ikey", NUMBER),
    Option("okey", "IFLA_VTI_OKEY", "okey", NUMBER),
    Option("fwmark", "IFLA_VTI_FWMARK", "fwmark", HEX),
)
TUNNELS["vti"] = _table(_VTI, ("fwmark",), "IFLA_VTI_LINK", "ip_vti0")
TUNNELS["vti6"] = _table(_VTI, ("fwmark",), "IFLA_VTI_LINK", "ip6_vti0", unique=("local", "remote"))
