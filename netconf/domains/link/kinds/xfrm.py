"""Interfaces of IPsec: policies and states with the same ID (`ip xfrm ... if_id`) are meant by their traffic."""

from __future__ import annotations

from netconf.domains.link.kinds.option import HEX, KindTable, Option, Values, present


def applies(name: str, options: Values) -> bool:
    return name != "if_id" or options.get("external") != "on"


XFRM = KindTable(
    (
        Option("if_id", "IFLA_XFRM_IF_ID", "if_id", HEX),
        Option("external", "IFLA_XFRM_COLLECT_METADATA", "", present("external")),
    ),
    fixed=frozenset({"external"}),
    unique=("if_id",),
    lower="may",
    mac="none",
    lower_option="IFLA_XFRM_LINK",
    whole=True,
    applies=applies,
)
