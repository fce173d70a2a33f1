"""What sysctls and the rest of a document contradict each other in, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.resource import Target
from netconf.domains.sysctl import bounds
from netconf.domains.sysctl.resource import Sysctl


def check(changes: Mapping[ResourceId, Change], target: Target) -> Iterator[Diagnostic]:
    """Values out of bounds. IPv6 addresses that are there, and shall be, where IPv6 is switched off; new ones are the
    address domain's matter.
    """
    for key, change in changes.items():
        if not isinstance(change.after, Sysctl):
            continue
        if change.because is None:
            yield from bounds.check(change.after)
        if change.after.value == "0":
            continue
        match key.name:
            case ("net", "ipv6", "conf", link, "disable_ipv6") if link != "default":
                kept = {other: want for other, want in target.items() if not _is_new(other, changes)}
                yield from _without_ipv6(key, link, kept)


def _is_new(key: ResourceId, changes: Mapping[ResourceId, Change]) -> bool:
    return key in changes and changes[key].before is None


def _is_excepted(link: str, target: Target) -> bool:
    own = target.get(ids.sysctl(("net", "ipv6", "conf", link, "disable_ipv6")))
    return isinstance(own, Sysctl) and own.value == "0"


def _without_ipv6(key: ResourceId, link: str, target: Target) -> Iterator[Diagnostic]:
    wanted = sorted(
        f"{other.name[1]} on {other.name[0]}"
        for other, want in target.items()
        if other.kind == ids.ADDRESS and want is not None and ":" in other.name[1]
        if link == other.name[0] or (link == "all" and not _is_excepted(other.name[0], target))
    )
    if wanted:
        yield error(
            "NC2420",
            f"{key.name[-1]} removes all IPv6 addresses{'' if link == 'all' else f' of {link}'}",
            f"the document has {', '.join(wanted)}",
            "set it to 0, or remove the addresses",
            resource=str(key),
        )
