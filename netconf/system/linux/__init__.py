"""The Linux adapters of the ports, and `system()` which puts them together.

Importing this package costs nothing, making a system little: sockets are opened at their first
use, so a network namespace can be entered in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netconf.system.ports import Monitor, System


def system() -> System:
    """The system this process runs on. For one thread."""
    from netconf.system.linux.clock import LinuxClock
    from netconf.system.linux.kernel import LinuxKernel
    from netconf.system.linux.rtnl import LinuxRtnl
    from netconf.system.linux.tree import LinuxTree
    from netconf.system.linux.tuntap import LinuxTun
    from netconf.system.ports import System

    return System(
        rtnl=LinuxRtnl(),
        tree=LinuxTree(),
        tun=LinuxTun(),
        kernel=LinuxKernel(),
        clock=LinuxClock(),
        open_monitor=_open_monitor,
    )


def _open_monitor() -> Monitor:
    from netconf.system.linux.monitor import LinuxMonitor

    return LinuxMonitor()
