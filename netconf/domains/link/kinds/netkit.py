"""Pairs of links for BPF programs, which decide of each packet; without one the policy of its end does (Linux 6.7,
drivers/net/netkit.c).

The pair is made by its primary end, and changed through that one only. The other one is a link that is told
nothing: its `role` is that of a peer, and of the other options it has only the mode.
"""

from __future__ import annotations

from netconf.domains.link.kinds.option import Form, KindTable, Option, Value, Values, enumerated, words

_POLICY = words({0: "forward", 2: "blackhole"})
"""NETKIT_PASS and NETKIT_DROP."""
_SCRUB = enumerated("none", "default")
_ROLE = Form(lambda v: int(v == "primary"), lambda v: "primary" if v else "peer", lambda _: "")

NETKIT = KindTable(
    (
        Option("role", "IFLA_NETKIT_PRIMARY", "", _ROLE),
        Option("mode", "IFLA_NETKIT_MODE", "mode", enumerated("l2", "l3")),
        Option("policy", "IFLA_NETKIT_POLICY", "policy", _POLICY),
        Option("scrub", "IFLA_NETKIT_SCRUB", "scrub", _SCRUB),
        Option("peer_policy", "IFLA_NETKIT_PEER_POLICY", "peer policy", _POLICY),
        Option("peer_scrub", "IFLA_NETKIT_PEER_SCRUB", "peer scrub", _SCRUB),
    ),
    fixed=frozenset({"role", "mode", "scrub", "peer_scrub"}),
    applies=lambda name, options: name in ("role", "mode") or options.get("role") != "peer",
    defaults=frozenset({("role", "primary")}),
    implied=frozenset({"role"}),
)


Options = tuple[tuple[str, Value], ...]


def of_other_end(options: Options) -> Options:
    """What follows for the other end from those of the primary one."""
    return (*(pair for pair in options if pair[0] == "mode"), ("role", "peer"))


def is_other_end(options: Options) -> bool:
    return ("role", "peer") in options


def has_mac(options: Options) -> bool:
    """The mode is l3 unless it's told otherwise."""
    return ("mode", "l2") in options


def command_words(options: Values, peer: str = "", netns: str = "") -> list[str]:
    """As `ip link ... type netkit` has them, from iproute2 6.8 on: policies are bare words, and what is said of the
    other end comes after `peer`.
    """
    own = [f"mode {options['mode']}"] if "mode" in options else []
    own += [str(options["policy"])] if "policy" in options else []
    own += [f"scrub {options['scrub']}"] if "scrub" in options else []
    other = [str(options["peer_policy"])] if "peer_policy" in options else []
    other += [f"scrub {options['peer_scrub']}"] if "peer_scrub" in options else []
    other += [f"name {peer}"] if peer else []
    other += [f"netns {netns}"] if netns else []
    return [*own, "peer", *other] if other else own
