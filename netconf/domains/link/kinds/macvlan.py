"""Links that share the frames of their parent: macvlan, macvtap, ipvlan."""

from __future__ import annotations

from netconf.domains.link.kinds.option import (
    MACS,
    NUMBER,
    KindTable,
    Option,
    Usual,
    enumerated,
    words,
)

MACVLAN = KindTable(
    (
        Option(
            "mode",
            "IFLA_MACVLAN_MODE",
            "mode",
            words({1: "private", 2: "vepa", 4: "bridge", 8: "passthru", 16: "source"}),
        ),
        Option("bc_queue_len", "IFLA_MACVLAN_BC_QUEUE_LEN", "bcqueuelen", NUMBER),
        Option("sources", "IFLA_MACVLAN_MACADDR_DATA", "macaddr", MACS),
    ),
    apart=frozenset({("mode", "passthru")}),
    lower="needs",
    applies=lambda name, options: name != "sources" or options.get("mode") == "source",
    usual=(Usual("IFLA_MACVLAN_FLAGS", 0, "it has the flag nopromisc or nodst"),),
)

IPVLAN = KindTable(
    (
        Option("mode", "IFLA_IPVLAN_MODE", "mode", enumerated("l2", "l3", "l3s")),
        Option("flag", "IFLA_IPVLAN_FLAGS", "", enumerated("bridge", "private", "vepa")),
    ),
    lower="needs",
    mac="none",
)
