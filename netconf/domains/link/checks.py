"""What the kernel would refuse about links, or what would hurt, found before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, given
from netconf.core.resource import State, Target
from netconf.domains.link import ports
from netconf.domains.link.final import (
    Final,
    corrected,
    is_over_ipv6,
    listed,
    names_of,
    no_ethernet,
    twin_keys,
)
from netconf.domains.link.kinds import FALLBACKS, KINDS, macsec
from netconf.domains.link.kinds.mtu import limits
from netconf.domains.link.kinds.option import NO_KEY, KindTable
from netconf.domains.link.kinds.tunnel import TUNNELS
from netconf.domains.link.resource import LOOPBACK, MIN_IPV6_MTU, AdminUp, Link, Port
from netconf.domains.link.vlans import Vlans

MACVLANS = ("macvlan", "macvtap", "ipvlan")
ON_ETHERNET = {"vlan", "macsec", "macvlan", "macvtap", "ipvlan"}
PLAIN_QDISCS = {"", "noqueue", "noop", "mq", "pfifo_fast", "fq_codel", "fq", "pfifo"}
"""What the kernel gives a new link by itself, depending on its settings."""


def check(changes: Mapping[ResourceId, Change], target: Target, observed: State) -> Iterator[Diagnostic]:
    """Every finding about the links among the changes."""
    final = Final(target, observed)
    for key, change in changes.items():
        if key.kind == ids.LINK:
            yield from _check_link(change, changes, final)
        elif isinstance(change.after, Port):
            yield from ports.check(change.after, final)
        elif isinstance(change.after, Vlans) and key in target:
            yield from ports.check_vlans(change.after, final)
        elif isinstance(change.after, AdminUp) and not given(change.after.over_netns, ""):
            yield from check_up(change.after, final)


def _check_link(change: Change, changes: Mapping[ResourceId, Change], final: Final) -> Iterator[Diagnostic]:
    before, after = change.before, change.after
    if isinstance(before, Link) and change.action in (Action.REPLACE, Action.DELETE):
        yield from _check_loss(change, before, after, changes, final)
    if not isinstance(after, Link) or change.id not in final.target:
        return
    if before is None and not isinstance(after.kind, str):
        if not given(after.arrives, default=False):
            yield missing(after.name, final, str(after.id))
        return
    for fault in KINDS[after.kind].faults(dict(after.options)) if after.kind in KINDS else ():
        yield error(fault.code, f"{after.name}: {fault.what}", fault.why, fault.fix, resource=str(after.id))
    finders = (
        _check_names, _check_lower, _check_limits, _check_mtu, _check_shared, _check_pair, _check_twin, ports.primary,
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


def _check_lower(link: Link, final: Final) -> Iterator[Diagnostic]:
    if not link.abroad:
        yield from check_lower(link, final, [], str(link.id))


def check_lower(link: Link, final: Final, elsewhere: list[Link], resource: str) -> Iterator[Diagnostic]:
    """Whether it can be on its parent, which is in the namespace of `final`; with others in other namespaces."""
    lower = given(link.lower, "")
    if not lower:
        return
    if lower == link.name and not link.abroad:
        yield error(
            "NC2111",
            f"{link.kind} {link.name} is its own parent",
            "its frames would never leave",
            "name another parent",
            resource=resource,
        )
    elif final.link(lower) is None:
        why, fix = final.missing(lower, link.name)
        yield error(
            "NC2102",
            f"{link.kind} {link.name}: its parent {lower} is not there",
            why,
            fix,
            resource=resource,
        )
    elif link.kind in ON_ETHERNET and (reason := _unfit_parent(link, lower, elsewhere, final)):
        yield error(
            "NC2112",
            f"{link.kind} {link.name} can't be put on {lower}",
            reason,
            "name another parent, or solve that",
            resource=resource,
        )


def _unfit_parent(link: Link, lower: str, elsewhere: list[Link], final: Final) -> str:
    """Why the kernel refuses a parent, or would take another one; "" if it doesn't."""
    reason = no_ethernet(lower, final)
    if reason or link.kind == "vlan":
        return reason
    others = final.macvlans[lower] + [other for other in elsewhere if other.kind in MACVLANS]
    macsecs = final.macsecs[lower] + [other.name for other in elsewhere if other.kind == "macsec"]
    if link.kind == "macsec" or macsecs:
        return _unfit_for_macsec(link, lower, others, macsecs, final)
    if len({other.kind == "ipvlan" for other in others}) > 1:
        return f"an ipvlan can't share a parent with macvlans: {listed([other.name for other in others])}"
    if link.kind == "ipvlan":
        return f"{lower} is an ipvlan itself" if final.kind(lower) == "ipvlan" else ""
    return _unfit_for_macvlan(link, lower, others, final)


def _unfit_for_macsec(link: Link, lower: str, others: list[Link], macsecs: list[str], final: Final) -> str:
    """One of them takes all frames that a link receives (netdev_rx_handler_register)."""
    if link.kind != "macsec":
        return f"{listed(macsecs)} on it is a macsec, which takes all frames it receives"
    if others:
        return f"{listed([other.name for other in others])} on it takes the frames it receives"
    master = final.master(lower)
    if master and final.kind(master) != "vrf":
        return f"{lower} is a port of {master}, which takes the frames it receives"
    return ""


def _unfit_for_macvlan(link: Link, lower: str, others: list[Link], final: Final) -> str:
    if final.kind(lower) in ("macvlan", "macvtap"):
        return f"{lower} is a macvlan itself: the kernel would put it on {final.lower(lower)}"
    if (master := final.master(lower)) and final.kind(master) == "bridge":
        return f"{lower} is a port of {master}: a link is a bridge's port or a macvlan's parent, not both"
    mine = given(link.address, "")
    rest = [o for o in others if o != link and (o.name != link.name or o.abroad or link.abroad)]
    theirs = (given(o.address, "") or ("" if o.abroad else final.address(o.name)) for o in rest)
    if mine and mine in (final.address(lower), *theirs):
        return f"its address {mine} is taken there, by {lower} or by another macvlan"
    alone = [other.name for other in others if dict(other.options).get("mode") == "passthru"]
    return f"{alone[0]} has mode passthru, which takes all of {lower}" if alone and len(others) > 1 else ""


def _check_shared(link: Link, final: Final) -> Iterator[Diagnostic]:
    """The kernel keeps the mode and the flags of ipvlans with their parent (ipvlan_nl_changelink)."""
    lower = given(link.lower, "")
    if link.kind != "ipvlan" or not lower:
        return
    mine = dict(link.options)
    for other in final.macvlans[lower]:
        theirs = dict(other.options) if other.kind == "ipvlan" else {}
        for name in ("mode", "flag"):
            if mine.get(name, "") != theirs.get(name, mine.get(name, "")) and name in mine:
                yield error(
                    "NC2123",
                    f"ipvlan {link.name} has {name} {mine[name]}, and {other.name} has {theirs[name]}",
                    f"both are on {lower}, and the kernel keeps one {name} for all ipvlans of a parent",
                    f"write the same {name} for both",
                    path=("interfaces", link.name, "ipvlan", name),
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
    """VXLAN_HEADROOM and VXLAN6_HEADROOM of net/vxlan.h; the tag of a VLAN doesn't count."""
    if link.kind == "macsec":
        return macsec.TAG + int(dict(link.options).get("icvlen", macsec.ICV_LENGTH))
    if link.kind != "vxlan":
        return 0
    return 70 if is_over_ipv6(link) else 50


def _check_pair(link: Link, final: Final) -> Iterator[Diagnostic]:
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
            f"write veth: {{peer: {link.name}}} for {peer}, or leave kind and veth of {peer} out",
            resource=str(link.id),
        )


def _check_twin(link: Link, final: Final) -> Iterator[Diagnostic]:
    fallback = KINDS.get(str(link.kind), KindTable()).fallback
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
            unique = ["parent" if name == "lower" else name for name in KINDS[str(link.kind)].unique]
            yield error(
                "NC2113",
                f"{link.kind} {link.name} and {other} would carry the same packets",
                f"both have the same {', '.join(unique)}",
                f"give one another {'id' if 'id' in unique else unique[-1]}, or remove one",
                resource=resource,
            )


def _is_open(link: Link) -> bool:
    """Whether a tunnel takes packets of any ends, without a key."""
    table, values = KINDS[str(link.kind)], {"lower": given(link.lower, ""), **dict(link.options)}
    free = ("", NO_KEY, *dict(table.unsaid).values())
    return values.get("external") != "on" and all(values.get(word, "") in free for word in table.unique)


def _check_loss(
    change: Change, before: Link, after: object, changes: Mapping[ResourceId, Change], final: Final
) -> Iterator[Diagnostic]:
    verb = "replaced" if after is not None else "deleted"
    if _goes_with_its_place(change, before) or (before.kind == "" and before.name in final.moving):
        return
    if before.kind == "":
        wish = f"kind: {after.kind}" if isinstance(after, Link) else "state: absent"
        yield error(
            "NC5101",
            f"{before.name} can't be {verb}: netconf can't make it again",
            before.strange or "it's a physical link, or of a kind that netconf doesn't make",
            f"remove {wish}; state: down takes a link out of use",
            resource=str(change.id),
        )
    elif isinstance(after, Link) and after.kind == "veth" and before.kind != "veth":
        yield error(
            "NC5105",
            f"{before.name} is there already, as a {before.kind}",
            "it would be replaced by one end of a veth pair",
            f"name another peer, or remove {before.name} first, with state: absent",
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
    elif after is not None:
        yield from _check_remade(before)
    peer = ids.link(given(before.peer, ""))
    if before.kind == "veth" and given(before.peer, "") and not given(before.peer_netns, ""):
        other = changes.get(peer)
        goes = other is not None and other.action in (Action.REPLACE, Action.DELETE)
        if other is None or not goes or (other.because is not None and not _is_pair(after, other.after)):
            yield error(
                "NC5104",
                f"{before.name} can't be {verb} without its peer {before.peer}",
                "the kernel removes both ends of a veth pair together",
                f"describe {before.peer} in the document, too; state: absent removes it",
                resource=str(change.id),
            )


def _check_remade(before: Link) -> Iterator[Diagnostic]:
    """What is on a link that netconf doesn't manage."""
    if before.qdisc not in PLAIN_QDISCS:
        yield error(
            "NC5103",
            f"{before.name} would be replaced and lose its {before.qdisc} qdisc",
            "netconf doesn't manage qdiscs and can't put it back",
            f"remove it first: tc qdisc del dev {before.name} root",
            resource=str(before.id),
        )
    if before.keyed:
        yield error(
            "NC5106",
            f"{before.name} would be replaced and lose its MACsec keys and peers",
            "netconf doesn't manage them and can't put them back",
            f"remove them first, or {before.name} itself, with state: absent; add them again afterwards",
            resource=str(before.id),
        )


def _goes_with_its_place(change: Change, before: Link) -> bool:
    """What every namespace has by itself is lost only with it, and a new one has another; an end of a
    pair that came with the other one, in another namespace, goes with it.
    """
    own = before.name == LOOPBACK or before.name in FALLBACKS
    return (own and change.because is not None) or given(before.far, default=False)


def _is_pair(one: object, other: object) -> bool:
    return (
        isinstance(one, Link) and isinstance(other, Link) and (one.peer, other.peer) == (other.name, one.name)
    )


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
