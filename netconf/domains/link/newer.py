"""Options of links that older kernels don't know, and most of them ignore without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.domains.link.resource import Link
from netconf.system.ports import System


class Newer(NamedTuple):
    """Options of a kind, of which older kernels have the value `usual` at most. `lacks` asks the kernel."""

    kind: str
    options: frozenset[str]
    usual: str
    lacks: Callable[[System], bool]
    code: str
    what: str
    since: str
    fix: str


_NEWER = (
    Newer(
        "vxlan",
        frozenset({"vnifilter"}),
        "off",
        lambda system: system.kernel.refuses_vni_filters(),
        "NC6914",
        "the vxlans of this kernel filter no VNIs",
        "that came with Linux 5.18",
        "remove vnifilter and vnis, and make a vxlan for each VNI",
    ),
    Newer(
        "vxlan",
        frozenset({"localbypass"}),
        "",
        lambda system: system.kernel.refuses_local_bypass(),
        "NC6918",
        "the vxlans of this kernel have no localbypass",
        "that came with Linux 6.4; those of others always bypass",
        "remove localbypass",
    ),
    Newer(
        "netkit",
        frozenset({"scrub", "peer_scrub"}),
        "",
        lambda system: system.kernel.ignores_netkit_scrub(),
        "NC6917",
        "this kernel minds no scrub and peer_scrub of netkit",
        "they came with Linux 6.12",
        "remove them",
    ),
)


def unsupported(changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
    """What this kernel doesn't know of what is asked for. What a link has already, it knows."""
    for newer in _NEWER:
        names = sorted(
            change.after.name
            for change in changes.values()
            if isinstance(change.after, Link) and _asked(newer, change.before, change.after)
        )
        if names and newer.lacks(system):
            yield error(
                newer.code,
                f"{newer.what} ({', '.join(names)})",
                newer.since,
                f"{newer.fix}; nothing was changed",
                resource=str(ids.link(names[0])),
            )


def _asked(newer: Newer, before: object, after: Link) -> bool:
    had = dict(before.options) if isinstance(before, Link) else {}
    told = {name for name, value in after.options if value != newer.usual}
    return after.kind == newer.kind and bool((told - had.keys()) & newer.options)
