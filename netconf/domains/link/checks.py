"""What the kernel would refuse about links, or what would hurt, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, given
from netconf.core.resource import State, Target
from netconf.domains.link.kinds import KINDS
from netconf.domains.link.resource import MIN_IPV6_MTU, Link, Port

MASTER_KINDS = {"bridge", "bond", "team", "vrf"}
PLAIN_QDISCS = {"", "noqueue", "noop", "mq", "pfifo_fast", "fq_codel", "fq", "pfifo"}
"""What the kernel gives a new link by itself, depending on its settings."""


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the links among the changes."""
    final = _Final(target, observed)
    for key, change in changes.items():
        if key.kind == ids.LINK:
            yield from _check_link(change, changes, final)
        elif isinstance(change.after, Port):
            yield from _check_port(change.after, final)


class _Final:
    """The links as they will be."""

    def __init__(self, target: Target, observed: State) -> None:
        self.target, self.observed = target, observed

    def link(self, name: str) -> Link | None:
        key = ids.link(name)
        found = self.target[key] if key in self.target else self.observed.get(key)
        return found if isinstance(found, Link) else None

    def mtu(self, name: str) -> int:
        wanted, there = self.link(name), self.observed.get(ids.link(name))
        if wanted is not None and wanted.mtu is not UNSET:
            return given(wanted.mtu, 0)
        return given(there.mtu, 0) if isinstance(there, Link) else 1500

    def names(self) -> list[str]:
        return sorted(key.name[0] for key in self.observed if key.kind == ids.LINK)

    def ipv6_addresses(self, name: str) -> list[str]:
        keys = (key for key, want in self.target.items() if want is not None and key.kind == ids.ADDRESS)
        return [key.name[1] for key in keys if key.name[0] == name and ":" in key.name[1]]


def _check_link(change: Change, changes: Mapping[ResourceId, Change], final: _Final) -> Iterator[Diagnostic]:
    before, after = change.before, change.after
    if isinstance(before, Link) and change.action in (Action.REPLACE, Action.DELETE):
        yield from _check_loss(change, before, after, changes)
    if not isinstance(after, Link):
        return
    if before is None and not isinstance(after.kind, str):
        yield _missing(after.name, final.names())
        return
    yield from _check_lower(after, final)
    if given(after.mtu, MIN_IPV6_MTU) < MIN_IPV6_MTU and (lost := final.ipv6_addresses(after.name)):
        yield error(
            "NC2105",
            f"mtu {after.mtu} removes all IPv6 from {after.name}",
            f"IPv6 needs {MIN_IPV6_MTU} octets (RFC 8200); {', '.join(sorted(lost))} can't exist there",
            "raise the MTU or remove the IPv6 addresses",
            resource=str(after.id),
        )
    yield from _check_pair(after, final)


def _missing(name: str, names: Iterable[str]) -> Diagnostic:
    close = get_close_matches(name, list(names), 1)
    meant = f"did you mean {close[0]}? " if close else ""
    return error(
        "NC2101",
        f"there is no link {name} on this host",
        f"{meant}there are: {', '.join(names)}",
        "correct the name, or give its kind so that it's made",
        resource=str(ids.link(name)),
    )


def _check_lower(link: Link, final: _Final) -> Iterator[Diagnostic]:
    lower = given(link.lower, "")
    if not lower:
        return
    if final.link(lower) is None:
        yield error(
            "NC2102",
            f'{link.kind} {link.name}: its parent "{lower}" is not there',
            "it's neither on this host nor in the document",
            f"describe {lower} under interfaces, or correct the name",
            resource=str(link.id),
        )
    elif link.kind in ("vlan", "macvlan") and given(link.mtu, 0) > final.mtu(lower):
        yield error(
            "NC2104",
            f"{link.name}: mtu {link.mtu} is above the {final.mtu(lower)} of its parent {lower}",
            "its frames leave through the parent",
            f"lower it, or raise the mtu of {lower}",
            resource=str(link.id),
        )


def _check_pair(link: Link, final: _Final) -> Iterator[Diagnostic]:
    peer = given(link.peer, "")
    if link.kind != "veth" or not peer or given(link.peer_netns, ""):
        return
    other = final.link(peer)
    if peer == link.name:
        yield error(
            "NC2107",
            f"veth {link.name} is its own peer",
            "a pair has two ends",
            "name another peer",
            resource=str(link.id),
        )
    elif other is not None and (
        other.kind not in ("veth", UNSET) or given(other.peer, link.name) != link.name
    ):
        says = f"is a veth with peer {other.peer}" if other.kind == "veth" else f"has kind {other.kind}"
        yield error(
            "NC2106",
            f"veth {link.name} has peer {peer}, but {peer} {says}",
            "both ends of a pair name each other",
            f"write veth: {{peer: {link.name}}} for {peer}, or leave its kind out",
            resource=str(link.id),
        )


def _check_loss(
    change: Change, before: Link, after: object, changes: Mapping[ResourceId, Change]
) -> Iterator[Diagnostic]:
    verb = "replaced" if after is not None else "deleted"
    if before.kind == "":
        yield error(
            "NC5101",
            f"{before.name} can't be {verb}: netconf can't make a link of its sort again",
            "it's a physical link, or one that another program made",
            "remove kind or state: absent for it; state: down takes it out of use",
            resource=str(change.id),
        )
    elif change.because is not None and (before.kind not in KINDS or after is None):
        yield error(
            "NC5102",
            f"{before.name} would be lost with {change.because}",
            f"it's a {before.kind} that isn't in the document"
            + ("" if before.kind in KINDS else ", of a kind netconf can't make"),
            f"describe {before.name} in the document, or remove it first",
            resource=str(change.id),
        )
    elif after is not None and before.qdisc not in PLAIN_QDISCS:
        yield error(
            "NC5103",
            f"{before.name} would be replaced and lose its {before.qdisc} qdisc",
            "netconf doesn't manage qdiscs and can't put it back",
            f"remove it first: tc qdisc del dev {before.name} root",
            resource=str(change.id),
        )
    peer = ids.link(given(before.peer, ""))
    if before.kind == "veth" and given(before.peer, "") and not given(before.peer_netns, ""):
        other = changes.get(peer)
        if other is None or other.action not in (Action.REPLACE, Action.DELETE):
            yield error(
                "NC5104",
                f"{before.name} can't be {verb} without its peer {before.peer}",
                "the kernel removes both ends of a veth pair together",
                f"describe {before.peer} in the document",
                resource=str(change.id),
            )


def _check_port(port: Port, final: _Final) -> Iterator[Diagnostic]:
    master = final.link(port.master)
    if master is None:
        yield error(
            "NC2103",
            f'{port.name}: its master "{port.master}" is not there',
            "it's neither on this host nor in the document",
            f"describe {port.master} under interfaces, or correct the name",
            resource=str(port.id),
        )
    elif isinstance(master.kind, str) and master.kind not in MASTER_KINDS:
        kind = master.kind or "physical link"
        yield error(
            "NC2108",
            f"{port.name}: its master {port.master} is a {kind}",
            "only a bridge, bond, team or vrf has ports",
            "correct master",
            resource=str(port.id),
        )
    named = [
        key.name[1]
        for key, want in final.target.items()
        if want is not None and key.kind == ids.ADDRESS and key.name[0] == port.name
    ]
    if named and master is not None and master.kind in ("bridge", "bond", "team"):
        yield warning(
            "NC2109",
            f"{port.name} is a port of {port.master} and has addresses ({', '.join(sorted(named))})",
            f"packets for them arrive on {port.master}",
            f"move them to {port.master}",
            resource=str(port.id),
        )
