"""Which option of bird.conf a field is, for the options that are one word and one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from netconf.domains.bird.text import Lines, quoted, seconds, switch, time


class Option(NamedTuple):
    """The field of the spec, the option, and how its value is written."""

    field: str
    words: str
    form: Callable[[Any], str] = switch


def options(add: Lines, found: Any, table: tuple[Option, ...], common: Any = None) -> None:
    """Those that are given, in the order of the table; `common` says them for who doesn't."""
    for option in table:
        value = given(found, option.field, common)
        if value is not None:
            own = getattr(found, option.field) is not None
            with add.at(option.field) if own else add.elsewhere((*DEFAULTS, option.field)):
                add(f"{option.words} {option.form(value)};")


DEFAULTS = ("bird", "defaults", "bgp")
"""Where what is common to all neighbours is written."""


def given(found: Any, field: str, common: Any = None) -> Any:
    value = getattr(found, field)
    return getattr(common, field) if value is None and common is not None else value


DIRECT = (Option("check_link", "check link"),)

STATIC = (Option("check_link", "check link"),)

KERNEL = (
    Option("kernel_table", "kernel table"),
    Option("metric", "metric"),
    Option("scan_time", "scan time", seconds),
    Option("learn", "learn"),
    Option("persist", "persist"),
    Option("merge_paths", "merge paths"),
    Option("graceful_restart", "graceful restart"),
)

RIP = (Option("ecmp", "ecmp"), Option("infinity", "infinity"))

RIP_INTERFACE = (
    Option("mode", "mode"),
    Option("version", "version"),
    Option("version_only", "version only"),
    Option("metric", "metric"),
    Option("passive", "passive"),
    Option("split_horizon", "split horizon"),
    Option("poison_reverse", "poison reverse"),
    Option("check_zero", "check zero"),
    Option("check_link", "check link"),
    Option("ecmp_weight", "ecmp weight"),
    Option("update_time", "update time", seconds),
    Option("timeout_time", "timeout time", seconds),
    Option("garbage_time", "garbage time", seconds),
    Option("ttl_security", "ttl security"),
    Option("authentication", "authentication"),
)

OSPF = (
    Option("instance_id", "instance id"),
    Option("stub_router", "stub router"),
    Option("ecmp", "ecmp"),
    Option("graceful_restart", "graceful restart"),
    Option("tick", "tick", seconds),
)

OSPF_AREA = (Option("summary", "summary"), Option("default_cost", "default cost"))

OSPF_INTERFACE = (
    Option("type", "type"),
    Option("cost", "cost"),
    Option("hello", "hello", seconds),
    Option("dead", "dead", seconds),
    Option("wait", "wait", seconds),
    Option("retransmit", "retransmit", seconds),
    Option("poll", "poll", seconds),
    Option("priority", "priority"),
    Option("stub", "stub"),
    Option("strict_nonbroadcast", "strict nonbroadcast"),
    Option("ptp_netmask", "ptp netmask"),
    Option("check_link", "check link"),
    Option("bfd", "bfd"),
    Option("ttl_security", "ttl security"),
    Option("ecmp_weight", "ecmp weight"),
    Option("authentication", "authentication"),
)

BFD_INTERFACE = (
    Option("min_rx", "min rx interval", time),
    Option("min_tx", "min tx interval", time),
    Option("idle_tx", "idle tx interval", time),
    Option("multiplier", "multiplier"),
    Option("passive", "passive"),
    Option("authentication", "authentication"),
)

BABEL = (Option("randomize_router_id", "randomize router id"),)

BABEL_INTERFACE = (
    Option("type", "type"),
    Option("rxcost", "rxcost"),
    Option("limit", "limit"),
    Option("hello_interval", "hello interval", time),
    Option("update_interval", "update interval", time),
    Option("check_link", "check link"),
    Option("next_hop_ipv4", "next hop ipv4"),
    Option("next_hop_ipv6", "next hop ipv6"),
    Option("authentication", "authentication"),
)

BGP = (
    Option("multihop", "multihop"),
    Option("passive", "passive"),
    Option("strict_bind", "strict bind"),
    Option("bfd", "bfd"),
    Option("check_link", "check link"),
    Option("ttl_security", "ttl security"),
    Option("hold_time", "hold time", seconds),
    Option("keepalive_time", "keepalive time", seconds),
    Option("connect_delay_time", "connect delay time", seconds),
    Option("connect_retry_time", "connect retry time", seconds),
    Option("graceful_restart", "graceful restart"),
    Option("graceful_restart_time", "graceful restart time", seconds),
    Option("rr_client", "rr client"),
    Option("rs_client", "rs client"),
    Option("role", "local role"),
    Option("allow_local_as", "allow local as"),
    Option("enforce_first_as", "enforce first as"),
    Option("default_local_pref", "default bgp_local_pref"),
    Option("default_med", "default bgp_med"),
    Option("extended_messages", "enable extended messages"),
    Option("advertise_hostname", "advertise hostname"),
)

CHANNEL = (
    Option("preference", "preference"),
    Option("keep_filtered", "import keep filtered"),
)

BGP_CHANNEL = (
    Option("next_hop_self", "next hop self"),
    Option("next_hop_keep", "next hop keep"),
    Option("next_hop_address", "next hop address"),
    Option("gateway", "gateway"),
    Option("import_table", "import table"),
    Option("export_table", "export table"),
    Option("add_paths", "add paths"),
    Option("extended_next_hop", "extended next hop"),
    Option("secondary", "secondary"),
    Option("mandatory", "mandatory"),
)

RPKI = (
    Option("retry", "retry", seconds),
    Option("refresh", "refresh", seconds),
    Option("expire", "expire", seconds),
)

RADV_INTERFACE = (
    Option("max_interval", "max ra interval", seconds),
    Option("min_interval", "min ra interval", seconds),
    Option("managed", "managed"),
    Option("other_config", "other config"),
    Option("link_mtu", "link mtu"),
    Option("hop_limit", "current hop limit"),
    Option("default_lifetime", "default lifetime", seconds),
    Option("default_preference", "default preference"),
)

RADV_PREFIX = (
    Option("skip", "skip"),
    Option("onlink", "onlink"),
    Option("autonomous", "autonomous"),
    Option("valid_lifetime", "valid lifetime", seconds),
    Option("preferred_lifetime", "preferred lifetime", seconds),
)

PROTOCOL = (Option("description", "description", quoted), Option("disabled", "disabled"))
