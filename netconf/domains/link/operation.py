"""Writes to links, as plain data in the domain's own terms, and the `ip link` lines that equal them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from netconf.core.overlay import UNSET, Unset, given
from netconf.core.quick import quick
from netconf.domains.link.backup import SetBackup
from netconf.domains.link.kinds import KINDS, PORTS, netkit
from netconf.domains.link.kinds.option import KindTable, Value
from netconf.domains.link.kinds.tunnel import TUNNELS
from netconf.domains.link.kinds.vxlan import is_group
from netconf.domains.link.l2tp.operation import L2tpOperation
from netconf.domains.link.macsec.operation import SetMacsec
from netconf.domains.link.resource import Link, Options, counting
from netconf.domains.link.vlans import Range
from netconf.domains.link.vni.operation import SetVnis
from netconf.domains.link.wireguard.operation import WireguardOperation


@quick
@dataclass(frozen=True, slots=True)
class CreateLink:
    """Make a link with what the kernel takes at creation; of a pair, both ends. Into another
    namespace, if one is given, over what there is in this one.
    """

    link: Link
    netns: str = ""

    def describe(self) -> str:
        where = f" in netns {self.netns}" if self.netns else ""
        return f"create {self.link.kind} {self.link.name}{where}"

    def from_home(self, netns: str) -> CreateLink | None:
        return replace(self, netns=netns) if self.link.abroad else None

    def commands(self) -> tuple[str, ...]:
        link = self.link
        kind = str(link.kind)
        if kind in ("tun", "tap"):
            words = ["ip tuntap add", "dev", link.name, "mode", kind, *_tuntap_words(link)]
            return (" ".join(words),)
        words = ["ip link add", "name", link.name]
        moved = bool(self.netns) and kind in TUNNELS  # before Linux 6.15 it would run in that namespace
        if self.netns and not moved:
            words += ["netns", self.netns]
        if given(link.lower, "") and not KINDS[kind].lower_option:
            words += ["link", str(link.lower)]
        words += _common(replace(link, ifindex=UNSET) if self.netns else link, creating=True)
        words += ["type", kind, *_type_words(link, creating=True)]
        if given(link.peer, "") and kind != "netkit":
            words += ["peer", "name", str(link.peer)]
            if given(link.peer_netns, ""):
                words += ["netns", str(link.peer_netns)]
        made = " ".join(words)
        return (made, f"ip link set dev {link.name} netns {self.netns}") if moved else (made,)


@dataclass(frozen=True, slots=True)
class SetLink:
    """Change a link: the fields of `link` that are set; altnames are added and removed singly."""

    link: Link
    add_altnames: tuple[str, ...] = ()
    del_altnames: tuple[str, ...] = ()

    def describe(self) -> str:
        return f"change {self.link.name}"

    def commands(self) -> tuple[str, ...]:
        link = self.link
        head = f"ip link set dev {link.name}"
        lines = []
        options = _type_words(link, creating=False)
        if options:
            lines.append(f"{head} type {link.kind} {' '.join(options)}")
        words = _common(link, creating=False)
        if words:
            lines.append(f"{head} {' '.join(words)}")
        if link.kind == "bond" and ("primary", "") in link.options:
            # iproute2 has no word for none.
            lines.append(f"echo > /sys/class/net/{link.name}/bonding/primary")
        lines += [f"ip link property del dev {link.name} altname {shlex.quote(n)}" for n in self.del_altnames]
        lines += [f"ip link property add dev {link.name} altname {shlex.quote(n)}" for n in self.add_altnames]
        return tuple(lines)


@dataclass(frozen=True, slots=True)
class DeleteLink:
    name: str
    kind: str

    def describe(self) -> str:
        return f"delete {self.name}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip link del dev {self.name}",)


@dataclass(frozen=True, slots=True)
class Move:
    """Put a link from one network namespace into another; "" = the one we're in."""

    name: str
    source: str
    to: str

    def describe(self) -> str:
        return (
            f"move {self.name} to netns {self.to}"
            if self.to
            else f"bring {self.name} back from netns {self.source}"
        )

    def commands(self) -> tuple[str, ...]:
        """iproute2 knows the shell's own namespace by its process."""
        place = f"ip -n {self.source}" if self.source else "ip"
        return (f"{place} link set dev {self.name} netns {self.to or '$$'}",)


@quick
@dataclass(frozen=True, slots=True)
class SetUp:
    """Set or clear IFF_UP."""

    name: str
    up: bool

    def describe(self) -> str:
        return f"set {self.name} {'up' if self.up else 'down'}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip link set dev {self.name} {'up' if self.up else 'down'}",)


@dataclass(frozen=True, slots=True)
class SetMaster:
    """Make a link a port of `master`; "" = of nothing. `keep` is the bond that it leaves: with its
    last port a bond takes a random MAC address (__bond_release_one), and is given back its own.
    """

    name: str
    master: str
    keep: str = ""

    def describe(self) -> str:
        return f"make {self.name} a port of {self.master}" if self.master else f"release port {self.name}"

    def commands(self) -> tuple[str, ...]:
        rest = f"master {self.master}" if self.master else "nomaster"
        if self.keep:
            return (
                f"mac=$(ip -o link show dev {self.keep} | sed 's/.*link.ether //; s/ .*//')",
                f"ip link set dev {self.name} nomaster",
                f"ip link set dev {self.keep} address $mac",
            )
        return (f"ip link set dev {self.name} {rest}",)


@dataclass(frozen=True, slots=True)
class SetPort:
    """Change what the master, of this kind, keeps of its port."""

    name: str
    kind: str
    options: Options

    def describe(self) -> str:
        return f"change port {self.name}"

    def commands(self) -> tuple[str, ...]:
        words = option_words(PORTS[self.kind], dict(self.options))
        return (f"ip link set dev {self.name} type {self.kind}_slave {' '.join(words)}",)


@dataclass(frozen=True, slots=True)
class SetVlans:
    """Take VLANs from a port of a bridge, or from the bridge itself (own), then add or change others."""

    name: str
    own: bool
    remove: tuple[Range, ...] = ()
    add: tuple[Range, ...] = ()

    def describe(self) -> str:
        return f"change VLANs of {self.name}"

    def commands(self) -> tuple[str, ...]:
        own = ["self"] if self.own else []
        lines = [["del", "dev", self.name, "vid", found.numbers, *own] for found in self.remove]
        for found in self.add:
            flags = [word for word in ("pvid", "untagged") if getattr(found.vlan, word)]
            lines.append(["add", "dev", self.name, "vid", found.numbers, *flags, *own])
            if found.vlan.tunnel:
                first, last = found.vlan.tunnel, found.vlan.tunnel + found.last - found.first
                ids = str(first) if first == last else f"{first}-{last}"
                lines.append(["add", "dev", self.name, "vid", found.numbers, "tunnel_info", "id", ids])
        return tuple(" ".join(["bridge vlan", *line]) for line in lines)


LinkOperation = (
    CreateLink
    | SetLink
    | DeleteLink
    | Move
    | SetUp
    | SetMaster
    | SetPort
    | SetVlans
    | SetBackup
    | SetVnis
    | WireguardOperation
    | L2tpOperation
    | SetMacsec
)


def _common(link: Link, *, creating: bool) -> list[str]:
    words = []
    pairs = (
        ("address", link.address),
        ("mtu", link.mtu),
        ("txqueuelen", link.txqueuelen),
        ("group", link.group),
    )
    for word, value in pairs:
        if not isinstance(value, Unset):
            words += [word, str(value)]
    if creating and not isinstance(link.ifindex, Unset):
        words += ["index", str(link.ifindex)]
    if not creating and not isinstance(link.alias, Unset):
        words += ["alias", shlex.quote(link.alias)]
    return words


def _type_words(link: Link, *, creating: bool) -> list[str]:
    """The options, and the lower link where it's one to iproute2."""
    table = KINDS.get(str(link.kind), KindTable())
    options = dict(link.options)
    if creating and (not table.spoken_if or options.get(table.spoken_if) == "on"):
        options = counting(table, {**dict(table.spoken), **options})
    if link.kind == "netkit":
        return netkit.command_words(options, given(link.peer, ""), given(link.peer_netns, ""))
    words = option_words(table, options)
    return ["dev", str(link.lower), *words] if table.lower_option and given(link.lower, "") else words


def option_words(table: KindTable, options: dict[str, Value]) -> list[str]:
    """The options as `ip link ... type KIND` writes them, in the table's order."""
    words = []
    for option in table.options:
        if option.name not in options:
            continue
        value = options[option.name]
        if option.form.bare:
            words.append(option.word if value == "on" else f"no{option.word}")
        else:
            word = "group" if option.codec == "IFLA_VXLAN_GROUP" and is_group(str(value)) else option.word
            text = option.form.word(value)
            words += [part for part in (word, text) if part] if text else []
    return words


def _tuntap_words(link: Link) -> list[str]:
    options = dict(link.options)
    words = [
        str(part) for name in ("owner", "group") if name in options for part in (_TUN[name], options[name])
    ]
    return words + [_TUN[name] for name in _TUN_SWITCHES if options.get(name) == "on"]


_TUN = {
    "owner": "user",
    "group": "group",
    "packet_info": "pi",
    "vnet_header": "vnet_hdr",
    "multi_queue": "multi_queue",
}
_TUN_SWITCHES = ("packet_info", "vnet_header", "multi_queue")
