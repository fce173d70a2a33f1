"""Values that the kernel is known to refuse, found while planning. Pure.

The bounds are those of ipv4_net_table (net/ipv4/sysctl_net_ipv4.c) and addrconf_sysctl
(net/ipv6/addrconf.c) that have been the same since Linux 5.10; what isn't listed is found out when
it's written, and rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error
from netconf.domains.sysctl.resource import Sysctl

BOUNDS: dict[tuple[str, ...], tuple[int, int]] = {
    ("net", "ipv4", "igmp_qrv"): (1, 2**31 - 1),
    ("net", "ipv4", "ip_default_ttl"): (1, 255),
    ("net", "ipv4", "ip_local_port_range"): (1, 65535),
    ("net", "ipv4", "tcp_adv_win_scale"): (-31, 31),
    ("net", "ipv4", "tcp_min_snd_mss"): (48, 65535),
    ("net", "ipv4", "tcp_retries1"): (0, 255),
    ("net", "ipv4", "tcp_syn_retries"): (1, 127),
}
HOP_LIMIT = (1, 255)


def check(want: Sysctl) -> Iterator[Diagnostic]:
    """Whether it's a value that the kernel takes."""
    bounds = _bounds(want.path)
    if bounds is None:
        return
    least, most = bounds
    numbers = _numbers(want.value)
    if numbers is None or not all(least <= number <= most for number in numbers):
        yield error(
            "NC2421",
            f"{'.'.join(want.path)} can't be {want.value}",
            f"the kernel takes numbers from {least} to {most}",
            "correct the value",
            resource=str(want.id),
        )


def _bounds(path: tuple[str, ...]) -> tuple[int, int] | None:
    if path[:3] == ("net", "ipv6", "conf") and path[-1] == "hop_limit":
        return HOP_LIMIT
    return BOUNDS.get(path)


def _numbers(value: str) -> list[int] | None:
    """The numbers of a value, in the forms that the kernel reads; None if it's something else."""
    try:
        return [int(word, 0) for word in value.split()]
    except ValueError:
        return None
