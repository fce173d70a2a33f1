"""The words of `@pytest.mark.needs(…)`: what each means, and whether this place has it.

A word is `KIND` or `KIND:VALUE`. The vocabulary is closed, so that a misspelt need can't keep a test from ever
running. What a kernel can do is found by doing it, each time in a network namespace of its own, in a forked child:
nothing is left behind and no version number is believed.

    link:KIND   `ip link add type KIND` works (KINDS below)
    bridge:OPTION  `ip link add type bridge OPTION 1` works (BRIDGE below)
    qdisc:KIND  `tc qdisc add KIND` works (QDISCS below)
    nft:FAMILY  nftables has the family; nft:flowtable: and flowtables, with connections put into them
    helper:NAME  nftables takes this connection tracking helper
    xtables:N   `iptables-legacy` (4) or `ip6tables-legacy` (6) has tables, and there's ipset
    encap:KIND  `ip route add … encap KIND …` works
    l2tp:OVER   `ip l2tp add tunnel … encap OVER` works
    mptcp       MPTCP and its path manager
    bin:NAME    the program is installed
    smp:N       so many CPUs
    netns       this process may make network namespaces (implied by the fixture `netns`)
    guest       a kernel of our own: the test runs in the first namespace and may change anything in it
    nic:DRIVER  as guest, and the first namespace has such a NIC
    machine:SORT  the test boots machines itself
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import pytest

from lab import emulated, machine, netns

HOST = "host"
_ENDS = "local 192.0.2.1 remote 192.0.2.2"
_ENDS6 = "local 2001:db8::1 remote 2001:db8::2"

# What `ip link add … type KIND` wants after the kind.
KINDS = {
    "bond": "",
    "bridge": "",
    "dummy": "",
    "geneve": "id 5 remote 192.0.2.1",
    "gre": _ENDS,
    "gretap": _ENDS,
    "ifb": "",
    "erspan": f"{_ENDS} seq key 5 erspan_ver 1",
    "ip6erspan": f"{_ENDS6} seq key 5 erspan_ver 1",
    "ip6gre": _ENDS6,
    "ip6gretap": _ENDS6,
    "ip6tnl": _ENDS6,
    "ipip": _ENDS,
    "ipvlan": "",
    "macsec": "",
    "macvlan": "",
    "macvtap": "",
    "netkit": "mode l3",  # iproute2 has to know it too
    "nlmon": "",
    "sit": _ENDS,
    "team": "",
    "veth": "peer name probe1",
    "vlan": "id 5",
    "vrf": "table 100",
    "vti": f"{_ENDS} key 5",
    "vti6": f"{_ENDS6} key 5",
    "vxlan": "id 5 dstport 4789",
    "wireguard": "",
    "xfrm": "if_id 5",
}
STACKED = {"ipvlan", "macsec", "macvlan", "macvtap", "vlan"}  # they want a link below

BRIDGE = {"vlan_filtering"}

# What `tc qdisc add … KIND` wants after the kind.
QDISCS = {
    "cake": "",
    "choke": "limit 1000 bandwidth 10mbit",
    "clsact": "",
    "codel": "",
    "drr": "",
    "ets": "bands 3",
    "fq": "",
    "fq_codel": "",
    "fq_pie": "",
    "hfsc": "",
    "htb": "",
    "ingress": "",
    "netem": "delay 1ms",
    "pie": "",
    "prio": "",
    "qfq": "",
    "red": "limit 400000 avpkt 1000 bandwidth 10mbit",
    "sfq": "",
    "tbf": "rate 1mbit burst 10k latency 10ms",
}

# What `ip route add` wants; the link has 198.51.100.1/24 and IPv6.
ENCAPSULATIONS = {
    "mpls": "192.0.2.0/24 encap mpls 100 via 198.51.100.2",
    "seg6": "2001:db8:1::/64 encap seg6 mode encap segs 2001:db8::9 dev probe0",
}

HELPERS = {"ftp": "tcp"}

MOST_CPUS = emulated.CPUS

VALUES: dict[str, Collection[str]] = {
    "link": KINDS,
    "bridge": BRIDGE,
    "qdisc": QDISCS,
    "nft": {"ip", "ip6", "inet", "arp", "bridge", "netdev", "flowtable"},
    "helper": HELPERS,
    "xtables": {"4", "6"},
    "encap": ENCAPSULATIONS,
    "l2tp": {"ip", "udp"},
    "smp": {str(number) for number in range(2, MOST_CPUS + 1)},
    "nic": emulated.NICS,
    "machine": {"uml", "qemu"},
}
ALONE = {"netns", "guest", "mptcp"}


PLAIN = {"bin", "guest", "machine", "smp", "nic"}
"""The kinds of words that nothing has to be tried for."""


def of(item: pytest.Item) -> frozenset[str]:
    """What a test needs, by its marks and fixtures; pytest.UsageError for a word that isn't one."""
    words = [word for mark in item.iter_markers("needs") for word in mark.args]
    for word in words:
        kind, _, value = word.partition(":")
        known = word in ALONE or (kind == "bin" and value) or value in VALUES.get(kind, ())
        if not known:
            raise pytest.UsageError(f"{item.nodeid}: unknown need {word!r}; the words are in lab/needs.py")
    implied = {"netns"} & set(getattr(item, "fixturenames", ()))
    return frozenset(words) | implied


def met(words: Iterable[str], tier: str) -> frozenset[str]:
    """Those of the words that this process, which is in `tier`, has."""
    asked = sorted(set(words))
    plain = {word for word in asked if word.partition(":")[0] in PLAIN}
    tried = [word for word in asked if word not in plain]
    return frozenset(word for word in plain if _has(word, tier)) | (_try_all(tried) if tried else frozenset())


def _has(word: str, tier: str) -> bool:
    kind, _, value = word.partition(":")
    if kind == "bin":
        return shutil.which(value) is not None
    if kind == "smp":
        return (os.cpu_count() or 1) >= int(value)
    if kind == "machine":
        return tier == HOST and _machines_boot(value)
    return tier != HOST and (kind == "guest" or value in _drivers())


def _drivers() -> set[str]:
    return {path.readlink().name for path in Path("/sys/class/net").glob("*/device/driver")}


def _machines_boot(sort: str) -> bool:
    try:
        machine.kernel() if sort == "uml" else emulated.kernel()
    except machine.NotInstalledError:
        return False
    return True


def _try_all(words: list[str]) -> frozenset[str]:
    """One forked child tries all the words; a child that dies of one has none of them."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, json.dumps([word for word in words if _works(word)]).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return frozenset(json.loads(text or "[]"))


def _works(word: str) -> bool:
    """Try it, in a new namespace, which goes when the next one is entered."""
    kind, _, value = word.partition(":")
    try:
        netns.enter_fresh()
        return kind == "netns" or PROBES[kind](value)
    except OSError:
        return False


def _link(kind: str) -> bool:
    below = "link add below0 type veth peer name below1\n" if kind in STACKED else ""
    on = "link below0" if kind in STACKED else ""
    return _batch("ip", f"{below}link add {on} name probe0 type {kind} {KINDS[kind]}\n")


def _bridge(option: str) -> bool:
    return _batch("ip", f"link add name probe0 type bridge {option} 1\n")


def _qdisc(kind: str) -> bool:
    where = "" if kind in ("clsact", "ingress") else "root"
    return _batch("ip", "link add probe0 type veth peer name probe1\nlink set probe0 up\n") and _batch(
        "tc", f"qdisc add dev probe0 {where} {kind} {QDISCS[kind]}\n"
    )


_FLOWTABLE = """\
table inet probe {
	flowtable f { hook ingress priority filter; }
	chain c { type filter hook forward priority filter; flow add @f; }
}
"""


def _nft(family: str) -> bool:
    if family == "flowtable":
        return not subprocess.run(["nft", _FLOWTABLE], capture_output=True, check=False).returncode
    done = subprocess.run(["nft", "add", "table", family, "probe"], capture_output=True, check=False)
    return done.returncode == 0


def _helper(name: str) -> bool:
    text = f'table inet probe {{\nct helper h {{\ntype "{name}" protocol {HELPERS[name]}\n}}\n}}\n'
    done = subprocess.run(["nft", "-f", "-"], input=text, text=True, capture_output=True, check=False)
    return done.returncode == 0


def _batch(program: str, lines: str) -> bool:
    """One process for many lines: starting one costs 40 ms in a guest."""
    done = subprocess.run([program, "-batch", "-"], input=lines, text=True, capture_output=True, check=False)
    return done.returncode == 0


def _xtables(family: str) -> bool:
    """Legacy tables, also with sets: not every kernel is built with them."""
    program, inet = ("iptables", "inet") if family == "4" else ("ip6tables", "inet6")
    steps = (
        ["ipset", "create", "probe", "hash:net", "family", inet],
        [f"{program}-legacy", "-A", "INPUT", "-m", "set", "--match-set", "probe", "src"],
    )
    try:
        return not any(subprocess.run(step, capture_output=True, check=False).returncode for step in steps)
    except FileNotFoundError:
        return False


def _encap(kind: str) -> bool:
    pair = "link add probe0 type veth peer name probe1\nlink set probe0 up\nlink set probe1 up\n"
    route = f"address add 198.51.100.1/24 dev probe0\nroute add {ENCAPSULATIONS[kind]}\n"
    return _batch("ip", pair + route)


def _l2tp(over: str) -> bool:
    ports = " udp_sport 5000 udp_dport 5000" if over == "udp" else ""
    ends = "tunnel_id 1 peer_tunnel_id 1 local 127.0.0.1 remote 127.0.0.1"
    return _batch("ip", f"link set lo up\nl2tp add tunnel {ends} encap {over}{ports}\n")


def _mptcp(_: str) -> bool:
    done = subprocess.run(["ip", "mptcp", "limits", "show"], capture_output=True, check=False)
    return done.returncode == 0


PROBES: dict[str, Callable[[str], bool]] = {
    "link": _link,
    "bridge": _bridge,
    "qdisc": _qdisc,
    "nft": _nft,
    "helper": _helper,
    "xtables": _xtables,
    "encap": _encap,
    "l2tp": _l2tp,
    "mptcp": _mptcp,
}
