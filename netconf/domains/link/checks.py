"""What the kernel would refuse about links, or what would hurt, found before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, given
from netconf.core.resource import State, Target
from netconf.domains.link import backup, loss, parents, ports, sockets
from netconf.domains.link.final import (
    Final,
    corrected,
    is_over_ipv6,
    listed,
    names_of,
    twin_keys,
)
from netconf.domains.link.kinds import KINDS, PAIRS, has_mac, macsec, netkit
from netconf.domains.link.kinds.mtu import limits
from netconf.domains.link.kinds.option import NO_KEY, NO_OPTIONS
from netconf.domains.link.kinds.tunnel import TUNNELS
from netconf.domains.link.l2tp import check as l2tp
from netconf.domains.link.resource import MIN_IPV6_MTU, AdminUp, Link, Port
from netconf.domains.link.vni import check as vni


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the links among the changes."""
    final = Final(target, observed)
    for key, change in changes.items():
        if key.kind not in _CHECKED:
            continue
        if key.kind == ids.LINK:
            yield from _check_link(change, changes, final)
        elif isinstance(change.after, Port):
            yield from ports.check(change.after, final)
        elif isinstance(change.after, AdminUp):
            if not given(change.after.over_netns, ""):
                yield from check_up(change.after, final)
            yield from sockets.check(change.after, final)
        elif change.after is not None and key in target and key.kind in _BESIDES:
            yield from _BESIDES[key.kind](change.after, final)


_BESIDES: Mapping[str, Callable[[Any, Final], Iterator[Diagnostic]]] = {
    ids.VLANS: ports.check_vlans,
    ids.BACKUP: backup.check,
    ids.VNIS: vni.check,
    ids.L2TP_TUNNEL: l2tp.check_tunnel,
}
"""What links have besides, that a document has something of."""

_CHECKED = {ids.LINK, ids.PORT, ids.ADMIN_UP, *_BESIDES}


def _check_link(change: Change, changes: Mapping[ResourceId, Change], final: Final) -> Iterator[Diagnostic]:
    before, after = change.before, change.after
    if isinstance(before, Link) and change.action in (Action.REPLACE, Action.DELETE):
        yield from loss.check_loss(change, before, after, changes, final)
    if not isinstance(after, Link) or change.id not in final.target:
        return
    if before is None and not isinstance(after.kind, str):
        if not given(after.arrives, default=False):
            yield missing(after.name, final, str(after.id))
        return
    for fault in KINDS[after.kind].faults(dict(after.options)) if after.kind in KINDS else ():
        yield error(fault.code, f"{after.name}: {fault.what}", fault.why, fault.fix, resource=str(after.id))
    finders = (
        _check_names, parents.check_own, _check_limits, _check_address, _check_mtu, parents.check_shared, _check_pair, _check_twin, ports.primary,
        l2tp.check_session, _check_mac, sockets.check_geneve,
    )  # fmt: skip
    for find in finders:
        yield from find(after, final)


def missing(name: str, final: Final, resource: str) -> Diagnostic:
    names = sorted(key.name[0] for key in final.observed if key.kind == ids.LINK)
    return error(
        "NC2101",
        f"there is no link {name} on this host",
        f"there are: {listed(names)}",
        f"{corrected(name, names)}, or give its kind so that it's made",
        resource=resource,
    )


def _check_names(link: Link, final: Final) -> Iterator[Diagnostic]:
    if link.name in given(link.altnames, ()):
        yield error(
            "NC2116",
            f"{link.name} has its own name as an alternative one",
            "the kernel refuses a name that is taken",
            f"remove {link.name} from altnames",
            resource=str(link.id),
        )
    for name in sorted(names_of(link)):
        for other in final.named[name]:
            if other != link.name:
                yield error(
                    "NC2110",
                    f"{link.name} and {other} would both have the name {name}",
                    "a name, alternative ones included, is one link's",
                    "choose another alternative name",
                    resource=str(link.id),
                )


def _check_limits(link: Link, final: Final) -> Iterator[Diagnostic]:
    """What the document says alone is looked at with it (spec); here with the options the link has by itself.
    An MTU that it has already is one the kernel takes.
    """
    before = final.observed.get(link.id)
    kept = isinstance(before, Link) and (before.mtu, before.options) == (link.mtu, link.options)
    if kept or not isinstance(link.mtu, int) or not isinstance(link.kind, str):
        return
    least, most = limits(link.kind, dict(link.options))
    if not least <= link.mtu <= most:
        bound = f"above {most}" if link.mtu > most else f"below {least}"
        yield error(
            "NC2124",
            f"{link.name}: mtu {link.mtu} is {bound}",
            f"the kernel takes {least} to {most} for a {link.kind or 'physical link'} with these options",
            f"write mtu: {most if link.mtu > most else least}",
            path=("interfaces", link.name, "mtu"),
            resource=str(link.id),
        )


def _check_address(link: Link, _final: Final) -> Iterator[Diagnostic]:
    """The same of what has no MAC address by an option that it has already."""
    bare = KINDS.get(str(link.kind), NO_OPTIONS).bare
    if bare and given(link.address, "") and not has_mac(str(link.kind), dict(link.options)):
        yield error(
            "NC2035",
            f"{link.name}: a {link.kind} with a MAC address",
            f"it has {bare}: on, and carries no Ethernet frames",
            "remove address",
            path=("interfaces", link.name, "address"),
            resource=str(link.id),
        )


def _check_mtu(link: Link, final: Final) -> Iterator[Diagnostic]:
    place = ("interfaces", link.name, "mtu")
    mtu = given(link.mtu, 0)
    if 0 < mtu < MIN_IPV6_MTU and (lost := final.ipv6[link.name]):
        yield error(
            "NC2105",
            f"mtu {mtu} removes all IPv6 from {link.name}",
            f"IPv6 needs {MIN_IPV6_MTU} octets (RFC 8200); {listed(lost)} can't exist there",
            f"write mtu: {MIN_IPV6_MTU} or more, or remove what is IPv6",
            path=place,
            resource=str(link.id),
        )
    if not link.abroad:
        yield from check_mtu_below(link, final, str(link.id))


def check_mtu_below(link: Link, final: Final, resource: str) -> Iterator[Diagnostic]:
    """Whether its frames fit through its parent, which is in the namespace of `final`."""
    place = ("interfaces", link.name, "mtu")
    mtu, lower = given(link.mtu, 0), given(link.lower, "")
    if not lower or final.link(lower) is None or link.kind in {*TUNNELS, "xfrm"}:
        return  # a tunnel's packets may be fragmented
    below, headers = final.mtu(lower), _headers(link)
    most = below - headers
    if mtu > most:
        of = (
            f"what the mtu {below} of its parent {lower} leaves"
            if headers
            else f"the mtu of its parent {lower}"
        )
        yield error(
            "NC2104",
            f"{link.name}: mtu {mtu} is above {most}, {of}",
            f"its frames leave through {lower}" + (f", with {headers} octets of headers" if headers else ""),
            f"write mtu: {most} or less, or raise the mtu of {lower}",
            path=() if link.abroad else place,
            resource=resource,
        )


def _headers(link: Link) -> int:
    """vxlan_headroom of net/vxlan.h, with gpe without Ethernet (since Linux 6.5); the tag of a VLAN doesn't count."""
    if link.kind == "macsec":
        return macsec.TAG + int(dict(link.options).get("icvlen", macsec.ICV_LENGTH))
    if link.kind != "vxlan":
        return 0
    ethernet = 14 if has_mac(link.kind, dict(link.options)) else 0
    return (56 if is_over_ipv6(link) else 36) + ethernet


def _check_pair(link: Link, final: Final) -> Iterator[Diagnostic]:
    peer = given(link.peer, "")
    if link.kind not in PAIRS or not peer or given(link.peer_netns, ""):
        return
    other = final.link(peer)
    if peer == link.name:
        yield error(
            "NC2107",
            f"{link.kind} {link.name} is its own peer",
            "a pair has two ends",
            "name another peer",
            resource=str(link.id),
        )
    elif other is not None and (
        other.kind not in (link.kind, UNSET) or given(other.peer, link.name) != link.name
    ):
        same = other.kind == link.kind
        says = f"is a {other.kind} with peer {other.peer}" if same else f"has kind {other.kind}"
        instead = f"write veth: {{peer: {link.name}}} for {peer}, or " if link.kind == "veth" else ""
        yield error(
            "NC2106",
            f"{link.kind} {link.name} has peer {peer}, but {peer} {says}",
            "both ends of a pair name each other",
            f"{instead}leave kind and {link.kind} of {peer} out",
            resource=str(link.id),
        )
    elif other is not None and ("role", "primary") in link.options and ("role", "primary") in other.options:
        yield error(
            "NC2147",
            f"netkit {link.name} and its peer {peer} would both be the primary end",
            "a pair has one, which it's made and changed by",
            f"leave kind and netkit of {max(link.name, peer)} out, and write what it says of both for the other",
            resource=str(link.id),
        )


def _check_mac(link: Link, _final: Final) -> Iterator[Diagnostic]:
    """The spec looks at that of the primary end."""
    if link.kind == "netkit" and given(link.address, "") and not netkit.has_mac(link.options):
        yield error(
            "NC2149",
            f"{link.name} can't have a MAC address",
            "it's the end of a netkit pair of mode l3, which carries no Ethernet frames",
            "remove address, or write mode: l2 for the primary end",
            resource=str(link.id),
        )


def _check_twin(link: Link, final: Final) -> Iterator[Diagnostic]:
    fallback = KINDS.get(str(link.kind), NO_OPTIONS).fallback
    if (
        fallback
        and not link.abroad
        and not final.observed.get(link.id)
        and _is_open(link)
        and final.link(fallback) is not None
    ):
        yield error(
            "NC2133",
            f"{link.kind} {link.name} has neither ends nor a parent, as {fallback} has none",
            f"the kernel made {fallback} for packets of no other tunnel, and takes no second one",
            "write local or remote",
            resource=str(link.id),
        )
    if not link.abroad:
        yield from check_twins(link, final, [], str(link.id))


def check_twins(
    link: Link, final: Final | None, elsewhere: list[Link], resource: str
) -> Iterator[Diagnostic]:
    """Whether another link carries the same, of the namespace of `final` or of others."""
    for key in twin_keys(link):
        ours = [name for name in (final.twins[key] if final else ()) if name != link.name or link.abroad]
        theirs = [f"{found.name} in another namespace" for found in elsewhere if key in twin_keys(found)]
        for other in ours + theirs:
            unique = ["parent" if name == "lower" else name for name in _compared(link)]
            alone = dict(link.options).get("external") == "on" and "port" not in unique
            yield error(
                "NC2113",
                f"{link.kind} {link.name} and {other} would carry the same packets",
                "both are external, and a namespace has one such"
                if alone
                else f"both have the same {', '.join(unique)}",
                "remove one"
                if alone
                else f"give one another {'id' if 'id' in unique else unique[-1]}, or remove one",
                resource=resource,
            )


def _compared(link: Link) -> Iterator[str]:
    """What makes links of its kind unique; an external vxlan or geneve has its port only."""
    options = dict(link.options)
    for name in KINDS[str(link.kind)].unique:
        if name in options or "port" not in options:
            yield name


def _is_open(link: Link) -> bool:
    """Whether a tunnel takes packets of any ends, without a key."""
    table, values = KINDS[str(link.kind)], {"lower": given(link.lower, ""), **dict(link.options)}
    free = ("", NO_KEY, *dict(table.unsaid).values())
    return values.get("external") != "on" and all(values.get(word, "") in free for word in table.unique)


def check_up(up: AdminUp, final: Final) -> Iterator[Diagnostic]:
    """Whether its parent, in the namespace of `final`, lets it be up."""
    if up.over and final.link(up.over) is not None and not final.is_up(up.over):
        yield error(
            "NC2115",
            f"{up.name} can't be up: its parent {up.over} is down",
            "the kernel refuses to bring up a VLAN on a link that is down",
            f"write state: up for {up.over}, or state: down for {up.name}",
            resource=str(up.id),
        )
