"""The system as another network namespace sees it.

A namespace belongs to a thread (setns(2)), a socket to the namespace it was opened in. So sockets
are opened by a thread that was moved there and used by whoever wants; what looks at the caller's
namespace each time (/proc/sys/net, /dev/net/tun) is done by such a thread as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from netconf.core.errors import ObserveError
from netconf.system.linux import generic, netns
from netconf.system.linux.conntrack import LinuxConntrack
from netconf.system.linux.ipset import LinuxIpsets
from netconf.system.linux.l2tp import LinuxL2tp
from netconf.system.linux.macsec import LinuxMacsec
from netconf.system.linux.memory import NoMemory
from netconf.system.linux.monitor import LinuxMonitor
from netconf.system.linux.mptcp import LinuxMptcp
from netconf.system.linux.netlink import NetlinkSocket
from netconf.system.linux.nft import LinuxNft
from netconf.system.linux.rtnl import LinuxRtnl
from netconf.system.linux.tree import LinuxTree
from netconf.system.linux.tuntap import LinuxTun
from netconf.system.linux.wireguard import LinuxWireguard
from netconf.system.linux.xtables import LinuxXtables
from netconf.system.ports import (
    Conntrack,
    Flow,
    IpsetComplaint,
    Ipsets,
    Monitor,
    Nft,
    NftChain,
    NftComplaint,
    NftImage,
    NftTrial,
    Session,
    System,
    Tree,
    Tun,
    TunTap,
    Xtables,
    XtText,
)
from netconf.system.xtables import Commit, Complaint

T = TypeVar("T")


class _Place:
    """A network namespace, kept as long as this is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __del__(self) -> None:
        os.close(self._descriptor)

    def do(self, work: Callable[..., T], *arguments: object) -> T:
        """What `work` returns or raises there. By a thread that ends with it: one that stayed would
        share our root directory, and keep us from ever changing the mount namespace.
        """

        def there() -> T:
            netns.set_current(self._descriptor)
            return work(*arguments)

        return netns.in_thread(there)


class _TreeThere:
    def __init__(self, place: _Place, tree: Tree) -> None:
        self._place, self._tree = place, tree

    def read(self, path: Sequence[str]) -> str | None:
        return self._place.do(self._tree.read, path)

    def write(self, path: Sequence[str], value: str) -> None:
        self._place.do(self._tree.write, path, value)

    def names(self, path: Sequence[str]) -> Sequence[str]:
        return self._place.do(self._tree.names, path)

    def values(self, path: Sequence[str], but: Collection[str] = ()) -> Mapping[str, str]:
        return self._place.do(self._tree.values, path, but)

    def writable(self, path: Sequence[str]) -> bool:
        return self._place.do(self._tree.writable, path)


class _TunThere:
    def __init__(self, place: _Place, tun: Tun) -> None:
        self._place, self._tun = place, tun

    def create(self, device: TunTap) -> None:
        self._place.do(self._tun.create, device)


class _NftThere:
    def __init__(self, place: _Place, nft: Nft) -> None:
        self._place, self._nft = place, nft

    def table(self, family: str, name: str) -> str:
        return self._place.do(self._nft.table, family, name)

    def canonical(self, script: str, family: str, name: str) -> str | NftComplaint:
        return self._place.do(self._nft.canonical, script, family, name)

    def trial(self, script: str, family: str, name: str) -> NftTrial | NftComplaint:
        return self._place.do(self._nft.trial, script, family, name)

    def image(self, family: str, name: str) -> NftImage | None:
        return self._place.do(self._nft.image, family, name)

    def generation(self) -> int:
        return self._place.do(self._nft.generation)

    def load(self, script: str) -> NftComplaint | None:
        return self._place.do(self._nft.load, script)

    def admits(self, script: str, session: Session, link: str) -> bool | None:
        return self._place.do(self._nft.admits, script, session, link)

    def base_chains(self) -> Sequence[NftChain]:
        return self._place.do(self._nft.base_chains)

    def legacy_tables(self) -> Sequence[str]:
        return self._place.do(self._nft.legacy_tables)


class _XtablesThere:
    def __init__(self, place: _Place, xtables: Xtables) -> None:
        self._place, self._xtables = place, xtables

    def can_write(self) -> bool:
        return self._xtables.can_write()

    def tables(self, family: int) -> Sequence[str]:
        return self._place.do(self._xtables.tables, family)

    def save(self, family: int, table: str) -> str:
        return self._place.do(self._xtables.save, family, table)

    def canonical(self, sets: str, texts: Sequence[XtText]) -> Sequence[str] | Complaint:
        return self._place.do(self._xtables.canonical, sets, texts)

    def rehearse(self, sets: str, commits: Sequence[Commit]) -> Complaint | None:
        return self._place.do(self._xtables.rehearse, sets, commits)

    def commit(self, commit: Commit) -> None:
        self._place.do(self._xtables.commit, commit)

    def admits(self, sets: str, texts: Sequence[XtText], session: Session, link: str) -> bool | None:
        return self._place.do(self._xtables.admits, sets, texts, session, link)


class _IpsetsThere:
    def __init__(self, place: _Place, ipsets: Ipsets) -> None:
        self._place, self._ipsets = place, ipsets

    def names(self) -> Sequence[str]:
        return self._place.do(self._ipsets.names)

    def save(self, name: str) -> str:
        return self._place.do(self._ipsets.save, name)

    def restore(self, script: str) -> IpsetComplaint | None:
        return self._place.do(self._ipsets.restore, script)


class _ConntrackThere:
    def __init__(self, place: _Place, conntrack: Conntrack) -> None:
        self._place, self._conntrack = place, conntrack

    def sockets(self) -> Sequence[Flow]:
        return self._place.do(self._conntrack.sockets)

    def flows(self) -> Sequence[Flow]:
        return self._place.do(self._conntrack.flows)

    def track(self, flows: Sequence[Flow]) -> None:
        self._place.do(self._conntrack.track, flows)

    def forget(self, flows: Sequence[Flow]) -> None:
        self._place.do(self._conntrack.forget, flows)


def inside(system: System, name: str) -> System:
    """The system within a named namespace; raises ObserveError if there is none of that name."""
    try:
        descriptor = netns.open_named(name)
    except OSError as err:
        raise ObserveError(f'network namespace "{name}": {err.strerror}') from err

    return replace(_at(system, _Place(descriptor)), netns=name)


def fresh(system: System) -> System:
    """The system within a new namespace, which is gone when it's no longer used."""
    return _at(system, _Place(netns.in_thread(netns.open_new)))


def _at(system: System, place: _Place) -> System:
    def open_monitor() -> Monitor:
        return place.do(LinuxMonitor)

    here = system.wireguard
    kept = here.kept if isinstance(here, LinuxWireguard) else None
    keys = system.macsec.kept if isinstance(system.macsec, LinuxMacsec) else None
    l2tp = system.l2tp
    made = l2tp.memory if isinstance(l2tp, LinuxL2tp) else None
    tree = _TreeThere(place, LinuxTree())
    return replace(
        system,
        rtnl=LinuxRtnl(lambda protocol: place.do(lambda: NetlinkSocket(protocol=protocol))),
        tree=tree,
        tun=_TunThere(place, LinuxTun()),
        wireguard=LinuxWireguard(kept, lambda: place.do(generic.open_socket)),
        l2tp=LinuxL2tp(made, lambda: place.do(generic.open_socket), lambda: place.do(netns.cookie)),
        macsec=LinuxMacsec(keys, lambda: place.do(generic.open_socket)),
        nft=_NftThere(place, LinuxNft()),
        memory=NoMemory(),
        xtables=_XtablesThere(place, LinuxXtables()),
        ipsets=_IpsetsThere(place, LinuxIpsets()),
        conntrack=_ConntrackThere(place, LinuxConntrack()),
        mptcp=LinuxMptcp(lambda: place.do(generic.open_socket), tree),
        open_monitor=open_monitor,
        open_watch=open_monitor,
        nested=True,
    )
