"""The VNIs of vxlans on the live system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from netconf.core import ids
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError
from netconf.domains.link.vni.operation import SetVnis
from netconf.domains.link.vni.resource import Range, Vnis, words
from netconf.system.ports import LinkRow, System, VniRequest, VniRow

ENOENT, ENODEV = 2, 19


def filters(row: LinkRow) -> bool:
    return bool(row.options.get("IFLA_VXLAN_VNIFILTER"))


def observe(rows: Sequence[LinkRow], system: System, scope: Scope) -> Iterator[Vnis]:
    """Those that are asked for, and those of links that have any."""
    links = {row.ifindex: row.name for row in rows if filters(row)}
    found: dict[int, list[Range]] = defaultdict(list)
    for one in system.rtnl.vnis() if links else ():
        found[one.ifindex].append(Range(one.first, one.last, one.remote))
    for ifindex, name in links.items():
        if found[ifindex] or ids.vnis(name) in scope.ids:
            yield Vnis(name, words(found[ifindex]))


def apply(operations: Sequence[SetVnis], system: System) -> None:
    """All that goes first: one vxlan may take what another gives up."""
    for verb in ("delete", "create"):
        for operation in operations:
            _send(operation, verb, system)


def _send(operation: SetVnis, verb: str, system: System) -> None:
    ifindex = system.rtnl.ifindex(operation.name)
    ranges = operation.remove if verb == "delete" else operation.add
    if not ifindex and ranges:
        if verb == "delete":
            return
        raise ApplyError(f"{operation.describe()}: there is no such link", errno=ENODEV)
    requests = [
        VniRequest("delete" if verb == "delete" else "create", VniRow(ifindex, *one)) for one in ranges
    ]
    for refusal in system.rtnl.send(requests):
        if refusal is not None and not (verb == "delete" and refusal.errno in (ENOENT, ENODEV)):
            raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)
