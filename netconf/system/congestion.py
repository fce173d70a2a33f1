"""Whether this kernel knows a congestion control algorithm of TCP."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.system.ports import System

AVAILABLE = ("net", "ipv4", "tcp_available_congestion_control")
MODPROBE = ("kernel", "modprobe")


def unsupported(name: str, resource: str, system: System) -> Iterator[Diagnostic]:
    """An error if the kernel lacks it for certain; a warning if it may load a module for it, which
    it does by itself (tcp_ca_find_autoload in net/ipv4/tcp_cong.c). Without support for modules
    there is no kernel.modprobe.
    """
    known = (system.tree.read(AVAILABLE) or "").split()
    if not known or name in known:
        return
    what, there = f"this kernel has no congestion control {name} yet", f"there are: {', '.join(known)}"
    if system.tree.read(MODPROBE):
        more = "the kernel will try to load its module; if it can't, the transaction is rolled back"
        yield warning("NC6905", what, f"{there}; {more}", f"modprobe tcp_{name}", resource=resource)
    else:
        yield error(
            "NC6905",
            what.removesuffix(" yet"),
            f"{there}; it can't load modules",
            "write one of these",
            resource=resource,
        )
