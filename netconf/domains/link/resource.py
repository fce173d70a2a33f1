"""Links, their admin-up state and their membership in a master, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset, fill, given
from netconf.core.quick import quick
from netconf.core.resource import NO_KEYS, NOTHING, Resource
from netconf.domains.link.kinds import KINDS, has_mac, netkit
from netconf.domains.link.kinds.option import NO_KEY, NO_OPTIONS, KindTable, Value

MIN_IPV6_MTU = 1280
"""Octets; below it the kernel removes IPv6 from a link (RFC 8200 section 5)."""

LOOPBACK = "lo"
"""The link that every network namespace has from the beginning."""

AFTER = frozenset({ids.sysctls("default")})
"""A new link takes over what is in conf.default when it's made."""

Options = tuple[tuple[str, str | int], ...]


def counting(kind: KindTable, options: dict[str, Value]) -> dict[str, Value]:
    """The options that count beside each other."""
    return {name: value for name, value in options.items() if kind.applies(name, options)}


@quick
@dataclass(frozen=True, slots=True)
class Link(Resource):
    """A network interface by name. kind "" is one that netconf can't make, such as a NIC.

    `lower` is the parent of a vlan, macvlan, vxlan or tunnel. Both ends of a pair are links; the one whose name
    sorts first, of netkit the primary one, is made with the pair, the other requires it; `far` is an end that comes
    with the other one, which is in another namespace. `link_netns` is the namespace of the parent, and of what
    carries a tunnel's packets: HOME, or "" for its own. A NIC that is moved here `arrives`. `ifindex` isn't compared:
    it's kept so that a link made again gets its old one. `qdisc` is the root qdisc as observed,
    `strange` what it has that netconf couldn't give it again, for which its kind is "", `keyed` whether
    it's a macsec link with keys that netconf doesn't know.
    """

    name: str
    kind: str | Unset = UNSET
    mtu: int | Unset = UNSET
    address: str | Unset = UNSET
    alias: str | Unset = UNSET
    group: int | Unset = UNSET
    txqueuelen: int | Unset = UNSET
    altnames: tuple[str, ...] | Unset = UNSET
    lower: str | Unset = UNSET
    peer: str | Unset = UNSET
    peer_netns: str | Unset = UNSET
    far: bool | Unset = UNSET
    link_netns: str | Unset = UNSET
    options: Options = ()
    ifindex: int | Unset = field(default=UNSET, compare=False)
    peer_ifindex: int | Unset = field(default=UNSET, compare=False)
    arrives: bool | Unset = field(default=UNSET, compare=False)
    pinned: bool = field(default=False, compare=False, metadata=TRANSIENT)
    qdisc: str = field(default="", compare=False, metadata=TRANSIENT)
    strange: str = field(default="", compare=False, metadata=TRANSIENT)
    keyed: bool = field(default=False, compare=False, metadata=TRANSIENT)

    @property
    def id(self) -> ResourceId:
        return ids.link(self.name)

    @property
    def first_end(self) -> str:
        """The other end of a pair if that's the one the pair is made by, else ""."""
        peer = given(self.peer, "")
        second = netkit.is_other_end(self.options) if self.kind == "netkit" else peer < self.name
        return peer if peer and not given(self.peer_netns, "") and second else ""

    @property
    def abroad(self) -> str:
        """The other namespace that what's below it is in, "" if it's in the same."""
        return given(self.link_netns, "")

    @property
    def requires(self) -> frozenset[ResourceId]:
        first = self.first_end
        needed = [ids.link(first)] if first else []
        if given(self.lower, ""):
            needed.append(ids.link(str(self.lower), self.abroad))
        if given(self.far, default=False) or given(self.arrives, default=False):
            needed.append(ids.far_end(self.name))
        if given(self.peer_netns, ""):
            needed.append(ids.netns(str(self.peer_netns)))
        if self.kind == "l2tp":
            needed.append(ids.l2tp_tunnel(int(dict(self.options)["tunnel_id"])))
        return frozenset(needed) if needed else NOTHING

    @property
    def after(self) -> frozenset[ResourceId]:
        """The primary port of a bond is there first: it's known to the kernel by its index."""
        primary = dict(self.options).get("primary") if self.kind == "bond" else None
        return AFTER | {ids.link(str(primary))} if primary else AFTER

    @property
    def provides(self) -> frozenset[ResourceId]:
        offered = [ids.ipv6(self.name)] if given(self.mtu, MIN_IPV6_MTU) >= MIN_IPV6_MTU else []
        if given(self.address, ""):
            offered.append(ids.station(self.name, str(self.address)))
        if self.kind == "wireguard":
            offered.append(ids.wireguard_link(self.name))
        if self.kind == "macsec":
            offered.append(ids.macsec_link(self.name))
        if self.kind == "vxlan" and ("vnifilter", "on") in self.options:
            offered.append(ids.vni_filter(self.name))
        if given(self.peer_netns, ""):
            offered.append(ids.far_end(str(self.peer), str(self.peer_netns)))
        return frozenset(offered) if offered else NOTHING

    @property
    def _made_names(self) -> tuple[str, ...]:
        """The names its creation needs free: the first end of a pair takes both."""
        if given(self.far, default=False) or self.first_end:
            return ()
        peer = "" if given(self.peer_netns, "") else given(self.peer, "")
        return (self.name, peer) if peer else (self.name,)

    @property
    def occupies(self) -> frozenset[str]:
        keys = [f"name {name}" for name in (*self._made_names, *given(self.altnames, ()))]
        keys += [self.abroad + one for one in self.identity]
        if self.abroad and self.kind in ("macvlan", "macvtap") and given(self.address, ""):
            keys.append(f"{self.abroad}{self.lower} {self.address}")
        return frozenset(keys)

    @property
    def excludes(self) -> frozenset[str]:
        """What has a port goes before another sort takes it."""
        return frozenset({self.socket}) if self.socket else NO_KEYS

    @property
    def socket(self) -> str:
        """The UDP port that it shares with others of its kind, as one text; "" if there's none."""
        if self.kind not in ("vxlan", "geneve"):
            return ""
        return f"{self.abroad}{self.kind} port {dict(self.options).get('port')}"

    @property
    def identity(self) -> tuple[str, ...]:
        """What no other link may have in common with it, as one text; () if there's nothing."""
        table = KINDS.get(str(self.kind), NO_OPTIONS)
        if not table.unique or (table.plural and (table.plural, "on") in self.options):
            return ()
        unsaid = dict(table.unsaid)
        values = {"lower": given(self.lower, ""), **dict(self.options)}
        found = (values.get(word, "") for word in table.unique)
        parts = (
            unsaid.get(word, "") if value in ("", NO_KEY) else value
            for word, value in zip(table.unique, found, strict=True)
        )
        like = table.like_external if values.get("external") == "on" else table.like
        return (" ".join(map(str, [like or self.kind, *parts])),)

    def overlay(self, observed: Link) -> Link:
        """Options fill in one by one; the rest field by field. A link of another kind only keeps
        what doesn't come from the kind.
        """
        filled = fill(self, observed)
        if observed.kind != filled.kind:
            return filled._as_new_kind(self)
        options = {**dict(observed.options), **dict(self.options)}
        if filled.kind in KINDS:
            options = counting(KINDS[str(filled.kind)], options)
        filled = replace(filled, options=tuple(sorted(options.items())))
        if options.get("icvlen") != dict(observed.options).get("icvlen"):
            return replace(filled, mtu=self.mtu)  # what of the parent's is left for frames is another
        # A passthru macvlan has the MAC address of its parent, which no other may have; netkit of mode l3 has none.
        left = ("mode", "passthru") in observed.options and options["mode"] != "passthru"
        left = left or (filled.kind == "netkit" and not netkit.has_mac(filled.options))
        left = left or (
            not has_mac(str(filled.kind), options) and has_mac(str(filled.kind), dict(observed.options))
        )
        return replace(filled, address=self.address) if left else filled

    def _as_new_kind(self, desired: Link) -> Link:
        names = ["mtu", "txqueuelen", "lower", "peer", "peer_netns", "peer_ifindex", "link_netns"]
        if not has_mac(str(self.kind), dict(desired.options)):
            names.append("address")
        return replace(self, **{name: getattr(desired, name) for name in names})

    def can_become(self, other: Link) -> bool:
        if self.kind != other.kind or (self.peer, self.peer_netns) != (other.peer, other.peer_netns):
            return False
        kind = KINDS.get(str(self.kind))
        if kind is None:
            return True
        if given(self.link_netns, "") != given(other.link_netns, "") or (
            self.abroad and _sent_along(self, other)
        ):
            return False
        if self.lower != other.lower and not (kind.movable and given(other.lower, "")):
            return False
        if self.address != other.address and kind.mac == "fixed":
            return False
        return _changes(kind, dict(self.options), dict(other.options))


def _changes(kind: KindTable, mine: Mapping[str, Value], theirs: Mapping[str, Value]) -> bool:
    """Whether the kernel changes the options in place."""
    different = {pair for pair in mine.items() ^ theirs.items() if pair[0] in mine.keys() & theirs.keys()}
    if different & kind.apart or not _lasts(mine, theirs, kind.lasting):
        return False
    return all(mine.get(word, "") == theirs.get(word, "") for word in kind.fixed)


def _lasts(before: Mapping[str, Value], after: Mapping[str, Value], words: Iterable[str]) -> bool:
    """Whether the addresses that there are stay, or become others, of the same family."""
    pairs = [(str(before.get(word, "")), str(after.get(word, ""))) for word in words]
    family = [any(":" in addresses for addresses in side) for side in zip(*pairs, strict=True)]
    return len(set(family)) < 2 and not any(mine and not theirs for mine, theirs in pairs)


def _sent_along(before: Link, after: Link) -> bool:
    """Whether a change would have to name the parent, whose index is another namespace's."""
    kind = KINDS[str(before.kind)]
    if not given(before.lower, "") and not given(after.lower, ""):
        return False
    remotes = {dict(link.options).get("remote") for link in (before, after)}
    return bool(kind.lower_option) and (
        before.lower != after.lower or len(remotes) > 1 or (kind.whole and before.options != after.options)
    )


@dataclass(frozen=True, slots=True)
class Placement(Resource):
    """That a link of this namespace, which netconf can't make, is in another one. Its name here stays free."""

    name: str
    where: str

    @property
    def id(self) -> ResourceId:
        return ids.placement(self.name, self.where)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.netns(self.where)})

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset({ids.far_end(self.name, self.where)})

    @property
    def occupies(self) -> frozenset[str]:
        return frozenset({f"name {self.name}"})


@quick
@dataclass(frozen=True, slots=True)
class AdminUp(Resource):
    """IFF_UP of a link; it exists while the link is up. `over` is the lower link of a VLAN, which
    goes down with it (net/8021q/vlan.c), `over_netns` its namespace if it's another one. `held` is whether it's a port whose master takes it down on
    the way in or out (see DOWN_TO_JOIN): then it's only up as a port of this one. `silences` is whether it's one of
    WireGuard, which switches off redirects of all links by that.
    """

    name: str
    over: str = ""
    held: bool = False
    over_netns: str | Unset = ""
    silences: bool | Unset = field(default=False, compare=False)

    @property
    def id(self) -> ResourceId:
        return ids.admin_up(self.name)

    @property
    def requires(self) -> frozenset[ResourceId]:
        needed = {ids.link(self.name), ids.name(self.name)}
        if self.over:
            needed.add(ids.admin_up(self.over, given(self.over_netns, "")))
        if self.held:
            needed.add(ids.port(self.name))
        return frozenset(needed)

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset({ids.silence()}) if given(self.silences, default=False) else NOTHING

    @property
    def after(self) -> frozenset[ResourceId]:
        first = {ids.sysctls(self.name), ids.packet_filter(), ids.wireguard(self.name)}
        return frozenset(first if self.held else {ids.port(self.name), *first})

    @property
    def occupies(self) -> frozenset[str]:
        """Its going is never left to the kernel: a VRF gives a port back as it got it, up."""
        return frozenset({f"held {self.name}"}) if self.held else NO_KEYS

    @property
    def excludes(self) -> frozenset[str]:
        """It goes before the link becomes such a port, and comes after it was one."""
        return NO_KEYS if self.held else frozenset({f"loose {self.name}"})

    def can_become(self, other: AdminUp) -> bool:
        return self.held == other.held


DOWN_TO_JOIN = frozenset({"bond", "team", "vrf"})
"""Masters that links join while they're down: a bond and a team refuse others, a VRF takes them down
and up itself, and routes and IPv6 addresses are lost (bond_enslave, team_port_add, cycle_netdev).
"""


@dataclass(frozen=True, slots=True)
class Port(Resource):
    """A link's membership in a master, and what the master keeps of it. `kind` is the master's."""

    name: str
    master: str
    kind: str | Unset = UNSET
    options: Options = ()

    @property
    def id(self) -> ResourceId:
        return ids.port(self.name)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.name), ids.link(self.master)})

    @property
    def provides(self) -> frozenset[ResourceId]:
        return frozenset({ids.member(self.name, self.master)})

    @property
    def excludes(self) -> frozenset[str]:
        return frozenset({f"loose {self.name}"}) if self.kind in DOWN_TO_JOIN else NO_KEYS

    def overlay(self, observed: Port) -> Port:
        """Options fill in one by one, unless another kind of master keeps others; another bond may be in
        a mode that has no priorities.
        """
        if given(self.kind, str(observed.kind)) != observed.kind:
            return self
        if observed.kind == "bond" and self.master != observed.master:
            return self
        options = {**dict(observed.options), **dict(self.options)}
        return replace(fill(self, observed), options=tuple(sorted(options.items())))

    def can_become(self, other: Port) -> bool:
        held = {self.kind, other.kind} & DOWN_TO_JOIN
        return self.master == other.master or not held
