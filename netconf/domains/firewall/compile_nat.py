"""Chains beside the filter in nft text: translation, what isn't tracked, helpers, marks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.domains.firewall import statements as st
from netconf.domains.firewall.model import IPV4, IPV6, Addresses, Firewall, Match, Nat
from netconf.domains.firewall.script import Line, Script, braced
from netconf.domains.firewall.wire import FLOWTABLE, HOOKED

_SYN = "tcp flags & (fin | syn | rst | ack) == syn"
_HANDSHAKE = "tcp flags & (syn | rst) == syn"
_IP = {IPV4: "ip", IPV6: "ip6"}

Chain = tuple[str, str, list[Line]]


def objects(script: Script, firewall: Firewall) -> None:
    """What rules name besides sets."""
    for found in firewall.helpers:
        with script.block(f"ct helper {_helper(found.helper, found.protocol)}", found.path):
            script.add(f'\t\ttype "{found.helper}" protocol {found.protocol}', found.path)
    offload = firewall.flow_offload
    if offload is not None:
        with script.block(f"flowtable {FLOWTABLE}", offload.path):
            script.add(f"\t\t{HOOKED}", offload.path)


def _helper(helper: str, protocol: str) -> str:
    return f"h_{helper}_{protocol}"


def chains(firewall: Firewall) -> Iterator[Chain]:
    """Base chains that have something in them."""
    for name, declaration, lines in (
        (
            "c_raw_prerouting",
            "type filter hook prerouting priority raw; policy accept;",
            _raw(firewall, coming=True),
        ),
        (
            "c_raw_output",
            "type filter hook output priority raw; policy accept;",
            _raw(firewall, coming=False),
        ),
        *_marks(firewall),
        ("c_mss", "type filter hook forward priority mangle; policy accept;", _clamp(firewall)),
        ("c_helper_in", "type filter hook prerouting priority mangle; policy accept;", _helpers(firewall)),
        ("c_helper_out", "type filter hook output priority mangle; policy accept;", _helpers(firewall)),
        ("c_dstnat", "type nat hook prerouting priority dstnat; policy accept;", _before(firewall)),
        ("c_srcnat", "type nat hook postrouting priority srcnat; policy accept;", _after(firewall)),
        (
            "c_prerouting",
            "type filter hook prerouting priority filter; policy accept;",
            _own(firewall, "prerouting"),
        ),
        (
            "c_postrouting",
            "type filter hook postrouting priority filter; policy accept;",
            _own(firewall, "postrouting"),
        ),
    ):
        found = list(lines)
        if found:
            yield name, declaration, found


def _own(firewall: Firewall, place: str) -> Iterator[Line]:
    """The user's lines for hooks that the filter isn't at."""
    for raw in firewall.raw:
        if raw.language == "nft" and raw.place == place:
            yield from (Line(text, (*raw.path, number)) for number, text in enumerate(raw.lines))


def _raw(firewall: Firewall, *, coming: bool) -> Iterator[Line]:
    """Before connection tracking: what it mustn't see."""
    if coming:
        for syn in firewall.syn_protect:
            yield Line(
                f"tcp dport {braced(syn.ports)} {_SYN} counter notrack {st.comment(syn.name)}", syn.path
            )
    for found in firewall.notrack:
        for side, asked in (
            ("dport", found.served if coming else found.asked),
            ("sport", found.asked if coming else found.served),
        ):
            if asked:
                words = f"{found.protocol} {side} {braced(found.ports)} counter notrack"
                yield Line(f"{words} {st.comment(found.name)}", found.path)


def syn_protection(firewall: Firewall, hook: str) -> Iterator[Line]:
    """Before invalid packets go: that's what the last ACK of a handshake is to connection tracking."""
    for found in firewall.syn_protect:
        if found.hook == hook:
            words = f"tcp dport {braced(found.ports)} ct state invalid,untracked counter"
            options = f"synproxy mss {found.mss} wscale {found.wscale} timestamp sack-perm"
            yield Line(f"{words} {options} {st.comment(found.name)}", found.path)


def offload(firewall: Firewall, hook: str) -> Iterator[Line]:
    found = firewall.flow_offload
    if found is not None and hook == "forward":
        protocols = braced(str(st.protocol_number(name)) for name in found.protocols)
        words = f"ct state established meta l4proto {protocols} counter flow add @{FLOWTABLE}"
        yield Line(f"{words} {st.generated('flow offload')}", found.path)


def _helpers(firewall: Firewall) -> Iterator[Line]:
    """Both ways: for servers on and behind this host, and for clients."""
    for found in firewall.helpers:
        words = f"{found.protocol} dport {braced(found.ports)} counter"
        yield Line(
            f'{words} ct helper set "{_helper(found.helper, found.protocol)}" {st.comment(found.name)}',
            found.path,
        )


_MARK_HOOKS = {
    "prerouting": "type filter hook prerouting priority mangle; policy accept;",
    "output": "type route hook output priority mangle; policy accept;",
    "forward": "type filter hook forward priority mangle; policy accept;",
    "postrouting": "type filter hook postrouting priority mangle; policy accept;",
}


def _marks(firewall: Firewall) -> Iterator[Chain]:
    for hook, declaration in _MARK_HOOKS.items():
        lines = [*_restored(firewall, hook)]
        for found in firewall.marks:
            if found.hook == hook:
                keep = f" {st.set_mark(found, 'ct')}" if found.connection else ""
                for family in st.families(found.match):
                    words = [*st.conditions(found.match, family), "counter", st.set_mark(found) + keep]
                    lines.append(Line(f"{' '.join(words)} {st.comment(found.name)}", found.path))
        yield f"c_mark_{hook}", declaration, lines


def _restored(firewall: Firewall, hook: str) -> Iterator[Line]:
    """Later packets of marked connections, whichever way they come."""
    if hook in ("prerouting", "output"):
        for found in firewall.marks:
            if found.connection:
                words = f"{st.kept_mark(found)} counter {st.set_mark(found)}"
                yield Line(f"{words} {st.comment(found.name)}", found.path)


def _clamp(firewall: Firewall) -> Iterator[Line]:
    found = firewall.clamp_mss
    if found is None:
        return
    option = "tcp option maxseg size"
    what = f"{option} > {found.mss} {option} set {found.mss}" if found.mss else f"{option} set rt mtu"
    words = [*st.interfaces("oifname", found.out), f"{_HANDSHAKE} counter", what]
    yield Line(f"{' '.join(words)} {st.generated('clamp mss')}", found.path)


def _before(firewall: Firewall) -> Iterator[Line]:
    """What goes to a way in of this host stays as it is."""
    if any(found.is_before_routing for found in firewall.nat):
        for way in firewall.management:
            for family in st.sources(way.source):
                words = [
                    *st.interfaces("iifname", way.into),
                    *st.source_of(way.source, family),
                    "fib daddr type local",
                    *st.port_conditions((way.protocol,), (), way.ports),
                ]
                yield Line(f"{' '.join(words)} counter accept {st.generated('management')}", way.path)
    for found in firewall.nat:
        if found.is_before_routing:
            yield from _nat_lines(found, found.match)
            if found.hairpin and found.match.into.names:
                yield from _from_inside(found)


def _after(firewall: Firewall) -> Iterator[Line]:
    for found in firewall.nat:
        if not found.is_before_routing:
            yield from _nat_lines(found, found.match)
        for family in _hairpins(found):
            words = [
                *st.addresses(Addresses(found.hairpin), family, "saddr"),
                *_translated(found, family),
                "counter masquerade",
            ]
            yield Line(f"{' '.join(words)} {st.comment(found.name)}", found.path)


def _hairpins(found: Nat) -> Iterator[int]:
    networks = Addresses(found.hairpin)
    yield from (family for family in found.families if networks.of(family))


def _from_inside(found: Nat) -> Iterator[Line]:
    """The same for our own networks, whichever interface they come in by."""
    inside = Match(
        found.match.family,
        source=Addresses(found.hairpin),
        destination=found.match.destination,
        protocols=found.match.protocols,
        ports=found.match.ports,
        source_ports=found.match.source_ports,
    )
    yield from _nat_lines(found, inside)


def _nat_lines(found: Nat, match: Match) -> Iterator[Line]:
    split = found.type in ("dnat", "snat", "netmap")
    for family in st.families(match, always=split):
        if split and family not in found.families:
            continue
        words = [*st.conditions(match, family), "counter", _translation(found, family)]
        yield Line(f"{' '.join(words)} {st.comment(found.name)}", found.path)


def _translation(found: Nat, family: int) -> str:
    if found.type == "masquerade":
        return "masquerade"
    if found.type == "redirect":
        return f"redirect to :{found.ports}"
    verb = "dnat" if found.is_before_routing else "snat"
    if found.type == "netmap":
        side = found.match.destination if found.is_before_routing else found.match.source
        field = "daddr" if found.is_before_routing else "saddr"
        word = _IP[family]
        return f"{verb} {word} prefix to {word} {field} map {{ {side.networks[0]} : {found.network} }}"
    address = f"[{found.address}]" if found.ports and family == IPV6 else found.address
    return f"{verb} {_IP[family]} to {address}{f':{found.ports}' if found.ports else ''}"


def forwarded(firewall: Firewall) -> Iterator[Line]:
    """Accept in the filter what was translated to a host behind this one."""
    for found in firewall.nat:
        if found.allow_forward:
            for family in found.families:
                words = " ".join(_translated(found, family))
                yield Line(f"{words} counter accept {st.comment(found.name)}", found.path)


def _translated(found: Nat, family: int) -> Iterator[str]:
    """What packets of a dnat are like behind it."""
    yield f"{_IP[family]} daddr {found.address}"
    ports = (found.ports,) if found.ports else found.match.ports
    protocols = found.match.protocols_of(family)
    if ports and protocols:
        yield from st.port_conditions(protocols, (), ports)
    elif protocols:
        yield f"meta l4proto {braced(str(st.protocol_number(name)) for name in protocols)}"
    yield "ct status dnat"
