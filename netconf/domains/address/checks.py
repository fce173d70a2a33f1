"""What is wrong or doubtful about addresses, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.core.ids import ResourceId
from netconf.core.image import encode
from netconf.core.resource import State, Target
from netconf.domains.address.resource import Address


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Findings about new addresses: what they are put on, one address on two links."""
    new = [c.after for c in changes.values() if c.before is None and isinstance(c.after, Address)]
    if not new:
        return
    final = {**observed, **target}
    holders = _holders(final)
    fine: set[str] = set()
    for address in new:
        if address.link not in fine or address.is_v6:
            wrong = list(_check_link(address, final))
            yield from wrong
            if not wrong:
                fine.add(address.link)
        if address.ip in holders:
            others = sorted(holders[address.ip] - {address.link})
            yield warning(
                "NC2221",
                f"{address.ip} is on {address.link} and on {', '.join(others)}",
                "replies may leave by the wrong one",
                "keep it on one link",
                resource=str(address.id),
            )


def _holders(final: Target) -> Mapping[str, AbstractSet[str]]:
    """The links of addresses that more than one has."""
    first: dict[str, str] = {}
    found: dict[str, set[str]] = {}
    for resource in final.values():
        if isinstance(resource, Address):
            link = first.setdefault(resource.ip, resource.link)
            if link != resource.link:
                found.setdefault(resource.ip, {link}).add(resource.link)
    return found


def _check_link(address: Address, final: Target) -> Iterator[Diagnostic]:
    """Whether the link is there, and can have it."""
    link = ids.link(address.link)
    if final.get(link) is None:
        removed = link in final
        yield error(
            "NC2220",
            f"{address.text}: there is no link {address.link}",
            "the document removes it" if removed else "it's neither on this host nor made by the document",
            "remove its addresses" if removed else "correct the name",
            resource=str(address.id),
        )
    elif address.ip == "::1" and address.link != "lo":
        yield error(
            "NC2222",
            f"{address.link} can't have the loopback address ::1",
            "the kernel allows it on lo only",
            "write the address of the host in that network",
            resource=str(address.id),
        )
    elif address.is_v6 and _without_ipv6(address.link, final):
        yield error(
            "NC2223",
            f"{address.link} can't have {address.text}",
            "the document switches IPv6 off there: ipv6.disable_ipv6",
            "remove the sysctl or the IPv6 addresses",
            resource=str(address.id),
        )
    elif address.is_v6 and ids.admin_up(address.link) in final and final[ids.admin_up(address.link)] is None:
        yield error(
            "NC2224",
            f"{address.link} can't have {address.text} while it's down",
            "the kernel removes the IPv6 addresses of a link that goes down",
            f"write state: up for {address.link}, or remove its IPv6 addresses",
            resource=str(address.id),
        )


def _without_ipv6(link: str, final: Target) -> bool:
    """Whether the document sets disable_ipv6; read from the image, since sysctls are another domain's."""
    found = final.get(ids.sysctl(("net", "ipv6", "conf", link, "disable_ipv6")))
    return found is not None and encode(found).get("value") != "0"
