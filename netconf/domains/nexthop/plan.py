"""From the document to nexthop objects, and from their changes to operations. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids, ip
from netconf.core.change import Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.duration import duration_text, milliseconds
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource, State, Target
from netconf.domains.nexthop.operation import DeleteNexthop, NexthopOperation, WriteNexthop
from netconf.domains.nexthop.resource import Member, Nexthop

if TYPE_CHECKING:
    from netconf.domains.nexthop.spec import Nexthop as NexthopSpec
    from netconf.domains.nexthop.spec import Spec

IDLE_TIMER = "120s"
"""What the kernel takes if none is given (NH_RES_DEFAULT_IDLE_TIMER)."""


def expand(spec: Spec) -> Desired:
    """The nexthops; the mapping is the whole set of those with our protocol."""
    if spec.nexthops is None:
        return Desired()
    resources: dict[ResourceId, Resource] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    for number, entry in spec.nexthops.items():
        one = _group(int(number), entry) if entry.group else _single(int(number), entry)
        resources[one.id] = one
        paths[one.id] = ("nexthops", number)
    return Desired(resources, frozenset({Claim(ids.NEXTHOP)}), frozenset(), paths)


def _single(number: int, entry: NexthopSpec) -> Nexthop:
    return Nexthop(
        number,
        entry.asked_family,
        entry.via or "",
        entry.dev or "",
        entry.onlink == "on",
        entry.blackhole == "on",
        entry.fdb == "on",
    )


def _group(number: int, entry: NexthopSpec) -> Nexthop:
    """The kernel keeps the members in the order they are given in, and tells it."""
    members = tuple(Member(int(name), weight) for name, weight in (entry.group or {}).items())
    resilient = entry.buckets is not None
    return Nexthop(
        number,
        fdb=entry.fdb == "on",
        members=tuple(sorted(members)),
        buckets=entry.buckets or 0,
        idle_timer=_canonical(entry.idle_timer or IDLE_TIMER) if resilient else "",
        unbalanced_timer=_canonical(entry.unbalanced_timer or "0s") if resilient else "",
    )


def _canonical(duration: str) -> str:
    return duration_text(milliseconds(duration))


def lower(change: Change) -> list[NexthopOperation]:
    """A new nexthop must not displace another; an existing one is replaced in one message."""
    if isinstance(change.after, Nexthop):
        fresh = change.before is None and change.because is None
        return [WriteNexthop("create" if fresh else "replace", change.after)]
    return [DeleteNexthop(change.before)] if isinstance(change.before, Nexthop) else []


def refine(target: Target, observed: State) -> Target:
    """Find the links of gateways that don't name theirs from the addresses there will be, and note which
    links go up.
    """
    wanted = [want for want in target.values() if isinstance(want, Nexthop)]
    if not wanted:
        return {}
    final = {**observed, **target}
    networks = connected(final)
    ups = frozenset(key for key, want in final.items() if key.kind == ids.ADMIN_UP and want is not None)
    found: dict[ResourceId, Resource | None] = {}
    for want in wanted:
        one = replace(want, dev=_located(want.via, networks)) if _is_open(want) else want
        found[want.id] = replace(one, ups=ups)
    return found


def _is_open(want: Nexthop) -> bool:
    return bool(want.via) and not want.dev and not want.fdb


def connected(state: Target) -> list[tuple[ip.Network, str]]:
    """The networks that are on a link, longest prefix first, with the link: those of addresses, and of
    routes without a gateway.
    """
    found = []
    for key, resource in state.items():
        if resource is None:
            continue
        if key.kind == ids.ADDRESS:
            own, _, rest = key.name[1].partition(" peer ")
            parts = ip.split(rest or own)
        elif key.kind == ids.ROUTE:
            parts = ip.split(key.name[0].replace("default", "0.0.0.0/0"))
        else:
            continue
        if parts is not None:
            devs = [given.name[0] for given in resource.provides if given.kind == ids.REACH]
            found += [(ip.network(*parts), dev) for dev in devs]
    return sorted(found, key=lambda pair: (-pair[0].length, pair[1]))


def _located(via: str, networks: list[tuple[ip.Network, str]]) -> str:
    gateway = ip.parse(via)
    if gateway is None:
        return ""
    return next((dev for network, dev in networks if network.has(gateway)), "")
