"""The state of a namespace as iproute2 and /proc/sys show it: the opinion that isn't netconf's.

What is left out or rounded is what moves by itself; everything else is compared as it stands.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time

from procsys import NET, read, walk

_ROUTES = "route show table all"
_MPTCP = ("mptcp endpoint show", "mptcp limits show")

_WHAT = (
    "addr show",
    "link show",
    _ROUTES,
    "rule show",
    "neigh show nud permanent",
    "neigh show proxy",
    "nexthop show",
    "addrlabel show",
)
"""What `ip` is asked, by one process: starting one is dear in a guest. Routes are of all families, rules of IPv4."""

_NO_IPV6_RULES = "Address family not supported by protocol"
"""What a kernel without IPV6_MULTIPLE_TABLES says of `ip -6 rule`."""

_NO_BRIDGES = "Operation not supported"
"""What a kernel says of `bridge mdb show` that hasn't loaded them yet."""

_TIMERS = {
    "unbalanced_time",
    *("hello_timer", "tcn_timer", "topology_change_timer", "gc_timer"),
    *("forward_delay_timer", "hold_timer", "message_age_timer"),
    "mii_status",
    *("ad_actor_oper_port_state", "ad_actor_oper_port_state_str"),
}
"""Of a bridge and its ports, and of a resilient group of nexthops: they run. Ports of a bond come up after its
updelay, and LACP needs some tenths of a second to say how far they are.
"""

_LIFETIMES = {"valid_life_time", "preferred_life_time", "expires"}
"""They count down; the documents of tests have whole minutes."""

_MOVING = {"nf_conntrack_count", "flush"}
"""Sysctls that count, or can't be read."""

SETTLE_SECONDS = 5.0
"""Operational states follow carriers by up to a second (net/core/link_watch.c)."""


def snapshot():
    """Links, addresses, routes of all tables, rules and sysctls, once no link's state lags behind."""
    deadline = time.monotonic() + SETTLE_SECONDS
    commands = (*_WHAT, *(_MPTCP if (NET / "mptcp").exists() else ()))
    while True:
        shown = dict(zip(commands, batch("ip", *commands), strict=True))
        if _are_settled(shown["addr show"], shown["link show"]) or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    (shown["-6 rule show"],) = batch("ip -6", "rule show")
    mptcp = [shown.pop(what) for what in _MPTCP if what in shown]
    links = shown["link show"]
    idle = _bridges_without_ports(links)
    found = {
        what: [
            _steady(entry, idle)
            for entry in _plain(entries)
            if not _comes_with_carrier(entry, idle) and not _comes_with_vrf(entry)
        ]
        for what, entries in shown.items()
    }
    found[_ROUTES] = _in_order(found[_ROUTES])
    # Of labels of the same length the kernel has the last one first, nothing depends on it.
    found["addrlabel show"].sort(key=json.dumps)
    found["fdb"], found["mdb"] = _databases(links)
    if any("vnifilter" in link.get("linkinfo", {}).get("info_data", {}) for link in links):
        (vnis,) = batch("bridge", "vni show")
        found["vnis"] = sorted(vnis, key=json.dumps)
    found["mptcp"] = mptcp
    found["sysctls"] = sysctls()
    return found


def _in_order(routes):
    """Those of IPv6 to the same (ff00::/8 of every link) stand in the order in which links got carrier."""
    ipv6 = [route for route in routes if "pref" in route]
    return [*(route for route in routes if "pref" not in route), *sorted(ipv6, key=json.dumps)]


def _databases(links):
    """What was told to bridges and vxlans, and the groups ports of bridges are in for good, in no order. Of the one
    their own addresses and those of ports are left out, which are in there by themselves, of the other the index,
    which is the bridge's. Without a bridge nothing need know of groups: the kernel has it as a module.
    """
    bridges = any(link.get("linkinfo", {}).get("info_kind") == "bridge" for link in links)
    fdb, *mdb = batch("bridge", "fdb show", *(["mdb show"] if bridges else []))
    own = {link.get("address") for link in links}
    told = (
        entry
        for entry in fdb
        if entry.get("state") in ("static", "permanent")
        and entry.keys() & {"master", "dst", "nhid"}
        and not ("master" in entry and entry["mac"] in own)
    )
    groups = (
        {name: value for name, value in entry.items() if name != "index"}
        for tables in mdb
        for table in tables
        for entry in table["mdb"]
        if entry["state"] == "permanent"
    )
    return sorted(told, key=json.dumps), sorted(groups, key=json.dumps)


def quiet():
    """New links get no link-local address and detect no duplicates: both would come when they like. The socket
    brings IPv6, which can be a module.
    """
    socket.socket(socket.AF_INET6).close()
    for name, value in (("accept_dad", 0), ("addr_gen_mode", 1)):
        for folder in ("all", "default"):
            (NET / "ipv6/conf" / folder / name).write_text(str(value))


def batch(program, *commands):
    """What each of several commands of `ip -d -j` shows."""
    done = subprocess.run(
        [*program.split(), "-d", "-j", "-batch", "-"],
        input="\n".join(commands),
        text=True,
        check=False,
        capture_output=True,
    )
    shown = list(_values(done.stdout))
    if _NO_IPV6_RULES in done.stderr:
        return [*shown, *[[]] * (len(commands) - len(shown))]
    assert not done.returncode, f"{program} {commands}: {done.stderr}"
    return shown


def _values(text):
    """The JSON values that stand one after the other in a text; a line of words, which some commands have in spite
    of -j, is a list of them.
    """
    decoder, rest = json.JSONDecoder(), text.lstrip()
    while rest:
        if rest[0] in "[{":
            value, end = decoder.raw_decode(rest)
        else:
            end = (rest + "\n").index("\n")
            value = rest[:end].split()
        yield value
        rest = rest[end:].lstrip()


def ip_json(command):
    """What `ip -d -j` shows, or `bridge` where the command begins so; the test fails with iproute2's words
    where it can't.
    """
    program, words = _program(command)
    return json.loads(ip_text(" ".join([program, "-j", *words])) or "[]")


def _program(command):
    words = command.split()
    return (words[0], words[1:]) if words[0] in ("ip", "bridge") else ("ip", words)


def ip_text(command):
    program, words = _program(command)
    done = subprocess.run([program, "-d", *words], text=True, check=False, capture_output=True)
    if _NO_IPV6_RULES in done.stderr or (program == "bridge" and _NO_BRIDGES in done.stderr):
        return ""
    assert not done.returncode, f"{program} {command}: {done.stderr}"
    return done.stdout


def sysctls():
    """Every readable value under net., white space as single blanks."""
    found = {}
    for path in walk():
        name = path[len(str(NET)) + 1 :]
        if name.rpartition("/")[2] not in _MOVING:
            with contextlib.suppress(OSError):
                found[name] = " ".join(read(path).split())
    return found


def differences(before, after):
    """What differs between two snapshots, one line for each value."""
    return list(_differences("", before, after))


def _differences(place, before, after):
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _differences(f"{place}/{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{place}[{number}]", *pair)
    elif before != after:
        yield f"{place}: {before!r} -> {after!r}"


def _are_settled(earlier, links):
    """Whether no link's state lags behind, nor changed while they were looked at, and no address is tentative
    that won't stay so: also without duplicate address detection it's a worker of the kernel that says so.
    """
    flags = [[link["flags"] for link in shown] for shown in (earlier, links)]
    waiting = any(
        address.get("tentative") and not address.get("dadfailed")
        for link in earlier
        if "LOWER_UP" in link["flags"]
        for address in link["addr_info"]
    )
    return not waiting and flags[0] == flags[1] and all(map(_is_settled, links))


def _is_settled(link):
    flags = link["flags"]
    if "UP" not in flags:
        return link["operstate"] in ("DOWN", "UNKNOWN")
    carrier = "LOWER_UP" in flags
    return (link["operstate"] in ("UP", "UNKNOWN")) == carrier and ("NO-CARRIER" in flags) != carrier


def _comes_with_carrier(entry, idle):
    """Whether it's the multicast route of a bridge without ports, which has carrier until its MAC address is set; or
    the kernel's own to ff00::/8, which every link with a carrier gets when a worker comes to it.
    """
    return entry.get("type") == "multicast" and (
        entry.get("dev") in idle or entry.get("protocol") == "kernel"
    )


def _comes_with_vrf(entry):
    """Whether it's the rule that the kernel makes with a namespace's first VRF, and never again: it has to stay when
    the VRF goes, or the next one finds no routes (vrf_newlink of drivers/net/vrf.c).
    """
    return "l3mdev" in entry and entry.get("protocol") == "kernel"


def _steady(entry, idle):
    """Without what tells of a link's past: a link that was up keeps a qdisc, one that was never without carrier
    is UNKNOWN where others are UP, a bridge that had a port and has none now is one without carrier. Tunnels over IPv6
    get a random permanent address that nothing can set.
    """
    if "qdisc" in entry and "UP" not in entry["flags"]:
        entry = {key: value for key, value in entry.items() if key != "qdisc"}
    if entry.get("operstate") == "UNKNOWN" and "UP" in entry["flags"]:
        entry = {**entry, "operstate": "UP"}
    if entry.get("link_type") in ("tunnel6", "gre6"):
        entry = {key: value for key, value in entry.items() if key != "permaddr"}
    name = entry.get("ifname", entry.get("dev"))
    if "ifindex" in entry and _is_session(entry):
        entry = {key: value for key, value in entry.items() if key != "ifindex"}
    if name not in idle or "flags" not in entry:
        return entry
    flags = [flag for flag in entry["flags"] if flag not in ("NO-CARRIER", "LOWER_UP", "linkdown")]
    entry = {
        key: value for key, value in entry.items() if key not in ("operstate", "tso_max_size", "tso_max_segs")
    }
    return {**_without(entry, {"bridge_id", "root_id"}), "flags": flags}


def _is_session(link):
    """Whether it's one of L2TP, whose ifindex nobody can choose: a link of no kind, and no NIC."""
    return link.get("link_type") == "ether" and not link.keys() & {"linkinfo", "parentbus", "parentdev"}


def _bridges_without_ports(links):
    masters = {link.get("master") for link in links}
    kinds = ("bridge", "bond")
    bridges = {link["ifname"] for link in links if link.get("linkinfo", {}).get("info_kind") in kinds}
    return bridges - masters


def _without(value, names):
    if isinstance(value, dict):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    return value


def _plain(value, key=""):
    if isinstance(value, dict):
        return {name: _plain(part, name) for name, part in value.items() if name not in _TIMERS}
    if isinstance(value, list):
        parts = [_plain(part) for part in value]
        # Altnames are a set: the kernel shows them in the order they were added, nothing depends on it.
        return sorted(parts) if key == "altnames" else parts
    if key in _LIFETIMES and value != 0xFFFFFFFF:
        return round(value / 60)
    return value
