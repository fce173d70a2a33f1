"""From the document to the one table, or to chains of xtables. Pure."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource
from netconf.domains.firewall import model
from netconf.domains.firewall.compile import compile_table
from netconf.domains.firewall.iptables import plan as iptables
from netconf.domains.firewall.iptables.resource import Later, OwnChains
from netconf.domains.firewall.resolve import ROOT, resolve
from netconf.domains.firewall.resource import FAMILY, TABLE, FileSet, Need, Offload, Table

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Spec

_SYN_NEEDS = (
    (("net", "netfilter", "nf_conntrack_tcp_loose"), "0"),
    (("net", "ipv4", "tcp_syncookies"), "1"),
    (("net", "ipv4", "tcp_timestamps"), "1"),
)
"""With loose tracking the last ACK of a handshake is a connection to the kernel already, and SYNPROXY
never sees it; without cookies and timestamps it can't answer."""


def expand(spec: Spec) -> Desired:
    """The whole firewall is one resource: the table is loaded whole, or not at all, and tables of xtables
    go together. Which it is with backend auto, the host decides. The interfaces of its flowtable are
    others: the kernel takes one out when it goes.
    """
    if spec.firewall is None:
        return Desired()
    with _uncollected():
        firewall = resolve(spec.firewall)
        found = chains(firewall) if firewall.backend == "iptables" else table(firewall)
    resources: dict[ResourceId, Resource] = {found.id: found}
    paths: dict[ResourceId, DocumentPath] = {found.id: (ROOT,)}
    for offload in offloads(firewall):
        resources[offload.id] = offload
        paths[offload.id] = (ROOT, "flow_offload", "interfaces", offload.number)
    return Desired(resources, frozenset({Claim(ids.OFFLOAD)}), frozenset(), paths)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A model is many objects and no cycles: the collector would walk them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def table(firewall: model.Firewall) -> Table:
    """The table of a firewall, as nobody has shown it to the kernel yet."""
    script = compile_table(firewall, FAMILY, TABLE)
    return Table(
        FAMILY,
        TABLE,
        source=script.text(),
        backend=firewall.backend,
        purge=firewall.purge,
        places=tuple(_places(firewall)),
        origins=tuple(script.origins),
        files=tuple(FileSet(s.name, s.type, s.file, s.networks) for s in firewall.sets if s.file),
        needs=tuple(_needs(firewall)),
        between=() if firewall.flow_offload is None else firewall.flow_offload.interfaces,
        instead=Later(lambda: chains(firewall)) if firewall.backend == "auto" else (),
    )


def offloads(firewall: model.Firewall) -> Iterator[Offload]:
    """The interfaces of the flowtable."""
    if firewall.flow_offload is not None and firewall.backend != "iptables":
        yield from (Offload(name, n) for n, name in enumerate(firewall.flow_offload.interfaces))


def chains(firewall: model.Firewall) -> OwnChains:
    """The chains of xtables, as nobody has shown them to the kernel yet."""
    return iptables.chains(firewall, tuple(_places(firewall)), tuple(_needs(firewall)))


def _places(firewall: model.Firewall) -> Iterator[tuple[str, DocumentPath]]:
    yield from ((found.name, found.path) for found in firewall.rules)
    yield from ((found.name, found.path) for found in firewall.nat)
    yield from ((found.name, found.path) for found in firewall.notrack)
    yield from ((found.name, found.path) for found in firewall.helpers)
    yield from ((found.name, found.path) for found in firewall.syn_protect)
    yield from ((found.name, found.path) for found in firewall.marks)


def _needs(firewall: model.Firewall) -> Iterator[Need]:
    if firewall.syn_protect:
        name = firewall.syn_protect[0].name
        yield from (Need(path, value, name) for path, value in _SYN_NEEDS)
