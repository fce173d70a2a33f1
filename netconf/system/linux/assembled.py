"""The adapters put together. Apart from the package, as importing it loads all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netconf.system.linux.bird import LinuxBird
from netconf.system.linux.clock import LinuxClock
from netconf.system.linux.conntrack import LinuxConntrack
from netconf.system.linux.devices import LinuxDevices
from netconf.system.linux.files import LinuxFiles
from netconf.system.linux.ipset import LinuxIpsets
from netconf.system.linux.kernel import LinuxKernel
from netconf.system.linux.l2tp import LinuxL2tp
from netconf.system.linux.macsec import LinuxMacsec
from netconf.system.linux.memory import NoMemory
from netconf.system.linux.mptcp import LinuxMptcp
from netconf.system.linux.netns import LinuxNamespaces
from netconf.system.linux.nft import LinuxNft
from netconf.system.linux.probes import LinuxProbes
from netconf.system.linux.process import LinuxProcess
from netconf.system.linux.rtnl import LinuxRtnl
from netconf.system.linux.session import LinuxSessions
from netconf.system.linux.sriov import LinuxSriov
from netconf.system.linux.supervisor import LinuxSupervisor
from netconf.system.linux.tree import LinuxTree
from netconf.system.linux.tuntap import LinuxTun
from netconf.system.linux.wireguard import LinuxWireguard
from netconf.system.linux.xtables import LinuxXtables
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.system.linux.keys import Keys
    from netconf.system.ports import Memory, Monitor


def assembled(kept: Keys | None, made: Memory | None) -> System:
    """See `netconf.system.linux.system`."""
    seen: dict[str, System] = {}

    def inside(name: str) -> System:
        from netconf.system.linux import places

        if name not in seen:
            seen[name] = places.inside(found, name)
        return seen[name]

    def fresh() -> System:
        from netconf.system.linux import places

        return places.fresh(found)

    process = LinuxProcess()
    found = System(
        rtnl=LinuxRtnl(),
        tree=LinuxTree(),
        tun=LinuxTun(),
        kernel=LinuxKernel(),
        namespaces=LinuxNamespaces(lambda name: seen.pop(name, None)),
        devices=LinuxDevices(),
        wireguard=LinuxWireguard(kept),
        l2tp=LinuxL2tp(made),
        macsec=LinuxMacsec(None if kept is None else kept.of_macsec),
        sriov=LinuxSriov(),
        nft=LinuxNft(),
        xtables=LinuxXtables(),
        ipsets=LinuxIpsets(),
        conntrack=LinuxConntrack(),
        mptcp=LinuxMptcp(),
        sessions=LinuxSessions(),
        memory=NoMemory(),
        clock=LinuxClock(),
        open_monitor=_open_monitor,
        open_watch=_open_watch,
        inside=inside,
        fresh=fresh,
        bird=LinuxBird(),
        files=LinuxFiles(),
        process=process,
        probes=LinuxProbes(process),
        supervisor=LinuxSupervisor(process),
    )
    return found


def _open_watch() -> Monitor:
    from netconf.system.linux.monitor import LinuxMonitor

    return LinuxMonitor(rules=True)


def _open_monitor() -> Monitor:
    from netconf.system.linux.monitor import LinuxMonitor

    return LinuxMonitor()
