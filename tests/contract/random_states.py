"""Random states of a namespace, made with iproute2 from a seed: the same seed makes the same state."""

from __future__ import annotations

import random
import subprocess

SIMPLE = ("veth", "bridge", "macvlan", "vxlan", "ifb")
"""Kinds that nearly every kernel has."""

MORE = (
    "dummy",
    "vlan",
    "bond",
    "vrf",
    "ipvlan",
    "macvtap",
    "geneve",
    "gre",
    "gretap",
    "ip6gre",
    "ipip",
    "sit",
    "vti",
    "ip6tnl",
    "erspan",
    "ip6erspan",
    "macsec",
)

_MODES = {
    "ipip": ("ipip", "any"),
    "sit": ("ip6ip", "any", "ipip"),
    "ip6tnl": ("any", "ip6ip6", "ipip6"),
}
_MACSEC = (
    "",
    "cipher gcm-aes-256 encrypt on",
    "replay on window 9",
    "send_sci off end_station on",
    "icvlen 8",
)
_ENCAPS = (
    "encap ip id 5 dst 192.0.2.9",
    "encap ip6 dst 2001:db8::9 hoplimit 3",
    "encap ip dst 192.0.2.8 tos 4",
)
_ERSPAN = (
    "erspan_ver 1 erspan 9",
    "erspan_ver 1",
    "erspan_ver 2 erspan_dir egress erspan_hwid 7",
    "erspan_ver 2",
)


def build(seed, kinds=SIMPLE):
    """Make the state here; returns the commands, for the story of a failure. What the kernel refuses (an MTU above
    the parent's) is left out.
    """
    lines = _State(random.Random(seed), kinds).lines()
    for program in ("ip", "bridge"):
        own = [
            line.removeprefix("bridge ") for line in lines if line.startswith("bridge ") == (program != "ip")
        ]
        command = [program, "-force", "-batch", "-"]
        subprocess.run(command, input="\n".join(own), text=True, capture_output=True, check=False)
    return lines


_TUNNELS = ("geneve", "gre", "gretap", "ip6gre", "ipip", "sit", "vti", "ip6tnl", "erspan", "ip6erspan")
_POINT_TO_POINT = ("gr", "ig", "ii", "it", "si", "vt")
_ON_OTHERS = ("vlan", "ipvlan", "macvtap", "macsec")
_SHORT = {
    "macvtap": "mt",
    "macsec": "ms",
    "gretap": "gt",
    "ipip": "ii",
    "ip6gre": "ig",
    "ip6tnl": "it",
    "ip6erspan": "ie",
    "vti": "vt",
    "vrf": "vr",
    "vlan": "vl",
}


class _State:
    def __init__(self, chance, kinds):
        self._chance = chance
        self._kinds = kinds
        self._lines = []
        self._links = []
        self._up = set()
        self._ports = (
            set()
        )  # each of one bridge: one that lost its ports has no MAC address, which none can be given
        self._below = set()
        self._bonded = set()
        self._parents = {}  # of VLANs
        self._ipvlan = chance.choice(["l2", "l3"])
        self._networks = {}  # link -> numbers of its networks

    def lines(self):
        for number in range(self._chance.randint(2, 6)):
            self._add_link(number)
        for link in self._links:
            self._set_link(link)
        for number, link in enumerate(self._links):
            self._add_addresses(link, number)
        for number in range(self._chance.randint(0, 6)):
            self._add_route(number)
        for number in range(1, self._chance.randint(1, 5)):
            self._add_nexthop(number)
        for number in range(self._chance.randint(0, 4)):
            self._add_rule(number)
        for number in range(self._chance.randint(0, 3)):
            self._add_neighbour(number)
        for number in range(self._chance.randint(0, 5)):
            self._add_fdb_entry(number)
        for number in range(self._chance.randint(0, 3)):
            self._add_group(number)
        for number in range(self._chance.randint(0, 3)):
            prefix = self._chance.choice([f"2001:db8:{number}::/48", "fc00::/7", "::/96"])
            dev = self._chance.choice(["", "", *(f"dev {link}" for link in self._links[:1])])
            self._lines.append(f"addrlabel add prefix {prefix} {dev} label {20 + number}")
        for number in range(1, self._chance.randint(1, 4)):
            flags = self._chance.choice(["signal", "subflow", "subflow backup", "subflow fullmesh"])
            dev = self._chance.choice(["", *(f"dev {link}" for link in self._links[:1])])
            self._lines.append(f"mptcp endpoint add 192.0.2.{number} {dev} {flags}")
        return self._lines

    def _add_link(self, number):
        kind = self._chance.choice(self._kinds)
        name = f"{_SHORT.get(kind, kind[:2])}{number}"
        before = len(self._links)
        if kind in _TUNNELS:
            self._add_tunnel(name, kind, number)
        elif kind in _ON_OTHERS:
            self._add_on_other(name, kind, number)
        else:
            getattr(self, f"_add_{kind}")(name)
        for link in self._links[
            before:
        ]:  # before others stand on it: a vxlan keeps an MTU that no longer fits
            if self._maybe():
                # Of an ipvlan the kernel takes one that its parent hasn't; netconf refuses it.
                mtus = [1280] if kind == "ipvlan" else [1280, 1400, 1450]
                self._lines.append(f"link set {link} mtu {self._chance.choice(mtus)}")

    def _add_veth(self, name):
        self._lines.append(f"link add name {name} type veth peer name {name}x")
        self._links += [name, f"{name}x"]

    def _add_bridge(self, name):
        stp, delay = self._chance.choice([0, 1]), self._chance.choice([400, 1500])
        self._lines.append(f"link add name {name} type bridge stp_state {stp} forward_delay {delay}")
        ports = self._add_ports(name, ("ve", "if", "du", "gt", "er", "ie"))
        self._links.append(name)
        if len(ports) > 1 and self._maybe(0.4):
            self._lines.append(f"link set {ports[0]} type bridge_slave backup_port {ports[1]}")
        if "vlan" in self._kinds and self._maybe():
            self._add_vlans(name, ports)

    def _add_vlans(self, bridge, ports):
        """Where the bridge filters them; ports have 1 from the kernel, or what the bridge's default is."""
        default = self._chance.choice(["", "vlan_default_pvid 7", "vlan_default_pvid 0"])
        self._lines.append(f"link set {bridge} type bridge vlan_filtering 1 {default}")
        for port in [*ports, bridge]:
            own = "self" if port == bridge else ""
            if self._maybe(0.3):
                self._lines.append(f"bridge vlan del vid 1 dev {port} {own}")
            if self._maybe():
                first = self._chance.randrange(2, 4000)
                untagged = self._chance.choice(["", "untagged"])
                self._lines.append(
                    f"bridge vlan add vid {first}-{first + self._chance.choice([1, 40])} dev {port} {untagged} {own}"
                )
            if self._maybe():
                self._lines.append(
                    f"bridge vlan add vid {self._chance.randrange(2, 4095)} dev {port} pvid untagged {own}"
                )

    def _add_ports(self, name, sorts):
        """Some of the links of these sorts on which nothing stands; a bond's follow its MTU from then on."""
        free = [
            link for link in self._links if link.startswith(sorts) and link not in self._ports | self._below
        ]
        ports = [link for link in free if self._maybe()]
        self._ports.update(ports)
        for port in ports:
            self._lines.append(f"link set {port} master {name}")
        return ports

    def _add_bond(self, name):
        mode = self._chance.choice(["balance-rr", "active-backup", "balance-xor", "802.3ad"])
        words = [f"mode {mode}", f"miimon {self._chance.choice([50, 100])}"]
        words += ["updelay 200"] if self._maybe() else []
        words += ["lacp_rate fast"] if mode == "802.3ad" and self._maybe() else []
        words += ["xmit_hash_policy layer3+4"] if mode in ("balance-xor", "802.3ad") and self._maybe() else []
        self._lines.append(f"link add name {name} type bond {' '.join(words)}")
        ports = self._add_ports(name, ("ve", "du"))
        if ports and mode == "active-backup" and self._maybe():
            self._lines.append(f"link set {name} type bond primary {self._chance.choice(ports)}")
        self._bonded.update(ports)
        self._links.append(name)

    def _add_vrf(self, name):
        self._lines.append(f"link add name {name} type vrf table {self._chance.randrange(1000, 1004)}")
        self._add_ports(name, ("ve", "if", "du", "vl", "gr"))
        self._links.append(name)

    def _add_dummy(self, name):
        self._lines.append(f"link add name {name} type dummy")
        self._links.append(name)

    def _add_on_other(self, name, kind, number):
        """All ipvlans of a state are in one mode, since those of one parent have to be."""
        below = [
            link
            for link in self._links
            if link.startswith(("ve", "if", "du", "bo")) and link not in self._ports
        ]
        if not below:
            return
        lower = self._chance.choice(below)
        self._below.add(lower)
        words = {
            "vlan": f"id {self._chance.randrange(1, 4095)} {self._chance.choice(['', 'gvrp on', 'reorder_hdr off'])}",
            "ipvlan": f"mode {self._ipvlan}",
            "macsec": f"port {number + 1} {self._chance.choice(_MACSEC)}",
            "macvtap": f"mode {self._chance.choice(['private', 'vepa', 'bridge'])}",
        }
        self._lines.append(f"link add name {name} link {lower} type {kind} {words[kind]}")
        self._links.append(name)
        if kind == "vlan":
            self._parents[name] = lower

    def _add_tunnel(self, name, kind, number):
        words = [f"local 192.0.2.{number + 1}", f"remote 198.51.100.{number + 1}"]
        over6 = kind.startswith("ip6")
        if over6:
            words = [f"local 2001:db8:a::{number + 1:x}", f"remote 2001:db8:b::{number + 1:x}"]
        if kind in ("geneve", "erspan", "gretap") and self._maybe(0.1):
            # The kernel has one of each kind; no second one is made.
            port = f"dstport {7000 + number}" if kind == "geneve" else ""
            self._lines.append(f"link add name {name} type {kind} external {port}")
            self._links.append(name)
            return
        if kind == "geneve":
            words = [f"id {self._chance.randrange(1 << 24)}", words[1]]
            words += ["innerprotoinherit"] if self._maybe(0.1) else []
        if kind in ("gre", "gretap", "ip6gre"):
            words += [
                f"{side}key {self._chance.choice([0, 7, 4294967295])}" for side in "io" if self._maybe(0.4)
            ]
            words += [self._chance.choice(["iseq", "ocsum", "seq", "csum"])] if self._maybe() else []
        if kind.endswith("erspan"):
            words += [f"seq key {self._chance.choice([0, 7, 1023])}", self._chance.choice(_ERSPAN)]
        if kind == "vti":
            words += [f"ikey {number}", f"okey {number + 1}"]
        else:
            hops = "hoplimit" if over6 else "ttl"
            words += [f"{hops} {self._chance.choice([1, 64, 255])}"] if self._maybe() else []
        if over6:
            words += [
                self._chance.choice(["encaplimit none", "encaplimit 3", "tclass inherit", "flowlabel 0x77"])
            ]
        words += [f"mode {self._chance.choice(_MODES[kind])}"] if kind in _MODES else []
        below = [link for link in self._links if link.startswith("du")]
        words += [f"dev {below[0]}"] if below and kind != "geneve" and self._maybe() else []
        self._lines.append(f"link add name {name} type {kind} {' '.join(words)}")
        self._links.append(name)

    def _add_macvlan(self, name):
        below = [
            link
            for link in self._links
            if not link.startswith(("ma", "mt", "ms")) and link not in self._bonded
        ]
        if below:
            mode = self._chance.choice(["private", "vepa", "bridge"])
            self._lines.append(
                f"link add name {name} link {self._chance.choice(below)} type macvlan mode {mode}"
            )
            self._links.append(name)

    def _add_vxlan(self, name):
        words = [f"id {self._chance.randrange(1 << 24)} dstport 4789"]
        filtering = self._maybe(0.1)
        if filtering or self._maybe(0.1):
            words = [f"external dstport {5000 + len(self._links)} {'vnifilter' if filtering else ''}"]
        words += [self._chance.choice(["ttl 7", "ttl inherit"])] if self._maybe() else []
        words += [self._chance.choice(["nolearning", "proxy", "l3miss"])] if self._maybe() else []
        words += ["local 192.0.2.1 remote 198.51.100.9"] if self._maybe() else []
        below = [link for link in self._links if link.startswith("if")]
        words += [f"dev {below[0]}"] if below else []
        self._lines.append(f"link add name {name} type vxlan {' '.join(words)}")
        self._links.append(name)
        if filtering:
            remote = self._chance.choice(["", "remote 192.0.2.77", "remote 2001:db8::77"])
            self._lines.append(
                f"bridge vni add vni {self._chance.choice(['7', '100-109'])} {remote} dev {name}"
            )

    def _add_ifb(self, name):
        self._lines.append(f"link add name {name} type ifb")
        self._links.append(name)

    def _set_link(self, link):
        if self._maybe():
            self._lines.append(f'link set {link} alias "to {link} and on"')
        if self._maybe():
            self._lines.append(f"link property add dev {link} altname {link}-also altname {link}-too")
        if self._maybe():
            self._lines.append(
                f"link set {link} txqueuelen {self._chance.randrange(2000)} group {self._chance.randrange(9)}"
            )
        # The kernel brings up no VLAN on a link that is down.
        if self._maybe(0.8) and self._parents.get(link, "") in {"", *self._up}:
            self._lines.append(f"link set {link} up")
            self._up.add(link)

    def _add_addresses(self, link, number):
        self._networks[link] = number
        for host in range(1, self._chance.randint(1, 4)):
            label = f" label {link}:{host}" if self._maybe(0.2) else ""
            self._lines.append(f"addr add 10.{number}.0.{host}/24 dev {link}{label}")
        if link in self._up and self._maybe():
            flags = self._chance.choice(["", "noprefixroute"])
            self._lines.append(f"addr add 2001:db8:{number:x}::1/64 dev {link} nodad {flags}")

    def _add_route(self, number):
        usable = [link for link in self._links if link in self._up]
        to4, to6 = f"172.16.{number}.0/24", f"2001:db8:ff{number:02x}::/48"
        if not usable or self._maybe(0.2):
            self._lines.append(
                f"route add {self._chance.choice(['blackhole', 'unreachable'])} {to4} metric {number}"
            )
            return
        link = self._chance.choice(usable)
        words = [f"metric {self._chance.randrange(1, 500)}"] if self._maybe() else []
        words += [f"mtu {self._chance.choice(['lock 1300', '1200'])} initcwnd 20"] if self._maybe() else []
        words += [f"table {self._chance.choice([100, 70000])}"] if self._maybe(0.3) else []
        words += [self._chance.choice(_ENCAPS)] if self._maybe(0.2) else []
        proto = self._chance.choice(["boot", "static", "110"])
        if self._maybe(0.7):
            self._lines.append(f"route add {to4} dev {link} proto {proto} {' '.join(words)}")
        else:
            self._lines.append(f"route add {to6} dev {link} proto {proto} {' '.join(words)}")

    def _add_neighbour(self, number):
        # With point-to-point links the kernel keeps all neighbours as 0.0.0.0 (arp_constructor of net/ipv4/arp.c).
        usable = [link for link in self._links if link in self._up and not link.startswith(_POINT_TO_POINT)]
        if usable:
            words = f"10.66.0.{number} dev {self._chance.choice(usable)}"
            protocol = self._chance.choice(["", "protocol static", "protocol 110"])
            entry = "" if self._maybe() else "proxy "
            hardware = "" if entry else f"lladdr 02:00:00:00:00:{number:02x}"
            self._lines.append(f"neigh add {entry}{words} {hardware} {protocol}")

    def _add_fdb_entry(self, number):
        vxlans = [link for link in self._links if link.startswith("vx")]
        bridges = [link for link in self._links if link.startswith("br")]
        mac = f"02:00:00:00:01:{number:02x}"
        if vxlans and self._maybe():
            vxlan, dst = self._chance.choice(vxlans), f"dst 192.0.2.{number + 100}"
            way = self._chance.choice(["", "port 4790", "vni 77", "src_vni 7", f"via {self._links[0]}"])
            words = self._chance.choice([f"replace {mac}", "append 00:00:00:00:00:00"])
            self._lines.append(f"bridge fdb {words} dev {vxlan} {dst} {way}")
        elif self._ports and self._maybe(0.8):
            state = self._chance.choice(["static", "permanent", "static sticky", "dynamic"])
            vlan = self._chance.choice(["", "", "vlan 1"])
            port = self._chance.choice(sorted(self._ports))
            self._lines.append(f"bridge fdb replace {mac} dev {port} master {state} {vlan}")
        elif bridges:
            self._lines.append(f"bridge fdb replace {mac} dev {self._chance.choice(bridges)} self permanent")

    def _add_group(self, number):
        if self._ports:
            port = self._chance.choice(sorted(self._ports))
            group = self._chance.choice(
                [f"239.1.1.{number}", f"239.1.1.{number} src 192.0.2.1", f"ff0e::{number}"]
            )
            bridge = next(
                line.split()[-1] for line in self._lines if line.startswith(f"link set {port} master ")
            )
            state = self._chance.choice(["permanent", "permanent", ""])
            self._lines.append(f"bridge mdb add dev {bridge} port {port} grp {group} {state}")

    def _add_nexthop(self, number):
        protocol = self._chance.choice(["", "protocol static", "protocol 110"])
        usable = [link for link in self._links if self._has_carrier(link)]
        if not usable or self._maybe(0.2):
            self._lines.append(f"nexthop add id {number} via 10.77.0.{number} fdb {protocol}")
            return
        dev = self._chance.choice(usable)
        via = self._chance.choice(["", f"via 10.88.0.{number} onlink", f"via fe80::{number}"])
        family = "-6 " if "fe80" in via or (self._maybe(0.3) and not via) else ""
        self._lines.append(
            f"{family}nexthop add id {number} {via.partition(' onlink')[0]} dev {dev} "
            f"{'onlink' if 'onlink' in via else ''} {protocol}"
        )
        kind = self._chance.choice(["", "type resilient buckets 16 idle_timer 30"])
        self._lines.append(f"nexthop add id {number + 100} group {number},{number + 1} {kind} {protocol}")
        to = self._chance.choice([number, number + 100])
        proto = self._chance.choice(["boot", "static", "110"])
        self._lines.append(f"route add 172.17.{number}.0/24 nhid {to} proto {proto}")

    def _has_carrier(self, link):
        """Whether the link has it for certain: a bridge without ports does only until its MAC address is set."""
        if link.startswith("ve"):
            return {link.removesuffix("x"), f"{link.removesuffix('x')}x"} <= self._up
        return link in self._up and link.startswith(("if", "vx"))

    def _add_rule(self, number):
        family, network = self._chance.choice([("-4", "10.9.0.0/16"), ("-6", "2001:db8:9::/48")])
        words = [f"priority {self._chance.choice([100, 100 + number])}", f"from {network}"]
        words += ["not"] if self._maybe(0.2) else []
        words += [f"fwmark {number}/0xff"] if self._maybe() else []
        words += ["ipproto tcp dport 80-90"] if self._maybe(0.3) else []
        words += [f"iif {self._chance.choice(self._links)}"] if self._links and self._maybe(0.3) else []
        words += [f"protocol {self._chance.choice(['boot', 'static', '110'])}"] if self._maybe() else []
        words += [self._chance.choice(["lookup 100", "lookup main", "goto 30000", "prohibit", "l3mdev"])]
        self._lines.append(f"{family} rule add {' '.join(words)}")

    def _maybe(self, share=0.5):
        return self._chance.random() < share
