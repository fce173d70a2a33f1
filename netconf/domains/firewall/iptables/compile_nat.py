"""Tables beside the filter: translation, what isn't tracked, helpers, marks. Pure."""

from __future__ import annotations

from typing import NamedTuple

from netconf.domains.firewall.iptables import names
from netconf.domains.firewall.iptables.conditions import Asked, Compiling
from netconf.domains.firewall.iptables.lines import Chains, Place, Target
from netconf.domains.firewall.model import IPV4, IPV6, Addresses, Match, Nat, SetMark
from netconf.domains.firewall.script import Line

_ONLY_IPV4 = frozenset({"irc", "netbios-ns", "pptp", "snmp"})
"""Helpers that the kernel registers for AF_INET alone (linux/net/netfilter/nf_conntrack_*.c)."""

_LANGUAGES = {IPV4: "iptables", IPV6: "ip6tables"}


class Way(NamedTuple):
    """What a rule asks: its match, and words that a match can't say."""

    match: Match
    more: str = ""


def table(compiling: Compiling, name: str) -> Chains:
    """One of raw, mangle, nat."""
    chains = Chains()
    {"raw": _raw, "mangle": _mangle, "nat": _nat}[name](chains, compiling)
    for builtin in names.BUILTINS[name]:
        raw_lines(chains, compiling, name, names.chain_at(builtin))
    return chains


def raw_lines(chains: Chains, compiling: Compiling, name: str, chain: str) -> None:
    """The user's own lines for a chain."""
    for raw in compiling.firewall.raw:
        if raw.language == _LANGUAGES[compiling.family] and raw.place == name:
            for number, text in enumerate(raw.lines):
                found = names.RAW_LINE.fullmatch(text)
                if found and found[1] == chain:
                    chains.add(chain, found[2], (*raw.path, number))


def _add(
    chains: Chains, compiling: Compiling, place: Place, way: Way, targets: list[Target], line: Line
) -> None:
    """A rule, if there are such packets in the family."""
    if compiling.family in way.match.families:
        asked = compiling.asked(way.match, place.rule, line.path)
        if way.more:
            asked = Asked(tuple(f"{text} {way.more}".strip() for text in asked.ways), asked.but)
        chains.add_rule(place, asked, targets, line)


def _raw(chains: Chains, compiling: Compiling) -> None:
    """Before connection tracking: what it mustn't see, and what helps it."""
    notrack = [Target("-j CT --notrack")]
    for syn in compiling.firewall.syn_protect:
        way = Way(Match(protocols=("tcp",), ports=syn.ports), "-m tcp --tcp-flags FIN,SYN,RST,ACK SYN")
        _add(chains, compiling, Place("PREROUTING", syn.name), way, notrack, Line(syn.name, syn.path))
    for builtin, coming in (("PREROUTING", True), ("OUTPUT", False)):
        for found in compiling.firewall.notrack:
            line = Line(found.name, found.path)
            to, back = (found.served, found.asked) if coming else (found.asked, found.served)
            for side, asked in (("ports", to), ("source_ports", back)):
                if asked:
                    match = (
                        Match(protocols=(found.protocol,), ports=found.ports)
                        if side == "ports"
                        else Match(protocols=(found.protocol,), source_ports=found.ports)
                    )
                    _add(chains, compiling, Place(builtin, f"{found.name}+{side}"), Way(match), notrack, line)
        for helper in compiling.firewall.helpers:
            way = Way(Match(protocols=(helper.protocol,), ports=helper.ports))
            if compiling.family == IPV6 and helper.helper in _ONLY_IPV4:
                continue
            target = Target(f"-j CT --helper {helper.helper}")
            line = Line(helper.name, helper.path)
            _add(chains, compiling, Place(builtin, helper.name), way, [target], line)


def syn_protection(chains: Chains, compiling: Compiling, hook: str) -> None:
    """Before invalid packets go: that's what the last ACK of a handshake is to connection tracking."""
    for found in compiling.firewall.syn_protect:
        if found.hook == hook:
            match = Match(protocols=("tcp",), ports=found.ports, states=("invalid", "untracked"))
            options = f"--sack-perm --timestamp --wscale {found.wscale} --mss {found.mss}"
            target = Target(f"-j SYNPROXY {options}")
            line = Line(found.name, found.path)
            _add(chains, compiling, Place(hook.upper(), f"{found.name}+syn"), Way(match), [target], line)


def _mangle(chains: Chains, compiling: Compiling) -> None:
    for hook in ("prerouting", "forward", "output", "postrouting"):
        if hook in ("prerouting", "output"):
            _restore_marks(chains, compiling, hook.upper())
        for found in compiling.firewall.marks:
            if found.hook == hook:
                targets = [Target(_mark("MARK", found))]
                targets += [Target(_mark("CONNMARK", found))] if found.connection else []
                line = Line(found.name, found.path)
                place = Place(hook.upper(), found.name)
                _add(chains, compiling, place, Way(found.match), targets, line)
    _clamp_mss(chains, compiling)


def _restore_marks(chains: Chains, compiling: Compiling, builtin: str) -> None:
    """Later packets of marked connections, whichever way they come."""
    for found in compiling.firewall.marks:
        if found.connection:
            way = Way(Match(), f"-m connmark --mark {found.mark}")
            place = Place(builtin, f"{found.name}+restore")
            target = [Target(_mark("MARK", found))]
            _add(chains, compiling, place, way, target, Line(found.name, found.path))


def _mark(target: str, found: SetMark) -> str:
    """These bits, the others stay."""
    return f"-j {target} --set-xmark {found.mark}"


def _clamp_mss(chains: Chains, compiling: Compiling) -> None:
    found = compiling.firewall.clamp_mss
    if found is None:
        return
    how = f"--set-mss {found.mss}" if found.mss else "--clamp-mss-to-pmtu"
    way = Way(Match(out=found.out, protocols=("tcp",)), "-m tcp --tcp-flags SYN,RST SYN")
    place = Place("FORWARD", "mss+")
    line = Line("netconf: clamp mss", found.path)
    _add(chains, compiling, place, way, [Target(f"-j TCPMSS {how}")], line)


def _nat(chains: Chains, compiling: Compiling) -> None:
    """What goes to a way in of this host stays as it is."""
    firewall = compiling.firewall
    if any(found.is_before_routing for found in firewall.nat):
        for number, way in enumerate(firewall.management):
            match = Match(into=way.into, source=way.source, protocols=(way.protocol,), ports=way.ports)
            place = Place("PREROUTING", f"management+{number}")
            line = Line("netconf: management", way.path)
            local = Way(match, "-m addrtype --dst-type LOCAL")
            _add(chains, compiling, place, local, [Target("-j ACCEPT")], line)
    for found in firewall.nat:
        if compiling.family in found.families:
            _translate(chains, compiling, found)


def _translate(chains: Chains, compiling: Compiling, found: Nat) -> None:
    line = Line(found.name, found.path)
    builtin = "PREROUTING" if found.is_before_routing else "POSTROUTING"
    targets = [Target(_translation(compiling.family, found))]
    _add(chains, compiling, Place(builtin, found.name), Way(found.match), targets, line)
    networks = Addresses(found.hairpin)
    if not networks.of(compiling.family):
        return
    if found.match.into.names:
        _add(chains, compiling, Place(builtin, f"{found.name}+inside"), Way(_inside(found)), targets, line)
    way = _translated(found, networks)
    place = Place("POSTROUTING", f"{found.name}+hairpin")
    _add(chains, compiling, place, way, [Target("-j MASQUERADE")], line)


def _inside(found: Nat) -> Match:
    """The same for our own networks, whichever interface they come in by."""
    return Match(
        found.match.family,
        source=Addresses(found.hairpin),
        destination=found.match.destination,
        protocols=found.match.protocols,
        ports=found.match.ports,
        source_ports=found.match.source_ports,
    )


def _translation(family: int, found: Nat) -> str:
    ports = found.ports
    match found.type:
        case "masquerade":
            return "-j MASQUERADE"
        case "redirect":
            return f"-j REDIRECT --to-ports {ports}"
        case "netmap":
            return f"-j NETMAP --to {found.network}"
    address = f"[{found.address}]" if ports and family == IPV6 else found.address
    to = f"{address}:{ports}" if ports else address
    return f"-j DNAT --to-destination {to}" if found.type == "dnat" else f"-j SNAT --to-source {to}"


def forwarded(chains: Chains, compiling: Compiling) -> None:
    """Accept in the filter what was translated to a host behind this one."""
    for found in compiling.firewall.nat:
        if found.allow_forward and compiling.family in found.families:
            place = Place("FORWARD", f"{found.name}+nat")
            line = Line(found.name, found.path)
            _add(chains, compiling, place, _translated(found), [Target("-j ACCEPT")], line)


def _translated(found: Nat, source: Addresses | None = None) -> Way:
    """What packets of a dnat are like behind it."""
    width = 128 if ":" in found.address else 32
    match = Match(
        source=source or Addresses(),
        destination=Addresses((f"{found.address}/{width}",)),
        protocols=found.match.protocols,
        ports=(found.ports,) if found.ports else found.match.ports,
    )
    return Way(match, "-m conntrack --ctstate DNAT")
