"""Protocols in BIRD's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from netconf.domains.bird import names, options
from netconf.domains.bird.expectations import Expectation, default_of
from netconf.domains.bird.options import given
from netconf.domains.bird.render_filters import NEVER, of_services
from netconf.domains.bird.text import Lines, password, quoted, switch

if TYPE_CHECKING:
    from netconf.domains.bird import interior, protocol
    from netconf.domains.bird import protocols as spec
    from netconf.domains.bird.policy import BgpChannel, Channel, Limit
    from netconf.domains.bird.spec import Bird


def protocols(add: Lines, bird: Bird) -> None:
    """All of them, by kind and name."""
    for kind, name, found in bird.protocols.each():
        with add.at("protocols", kind, name):
            if kind == "bgp":
                _bgp(add, name, bird.protocols.bgp[name], bird.defaults.bgp)
            elif kind == "kernel":
                _kernel(add, name, bird.protocols.kernel[name], bird)
            elif kind == "pipe":
                pipe = bird.protocols.pipe[name]
                _pipe(add, name, pipe, bird.tables[pipe.peer].family)
            else:
                _WRITERS[kind](add, name, found)


@contextmanager
def _protocol(add: Lines, kind: str, name: str, found: protocol.Protocol) -> Iterator[None]:
    """The block of one protocol, with what all have."""
    with _named(add, kind, names.protocol(kind, name, found), found):
        yield


@contextmanager
def _named(
    add: Lines, kind: str, name: str, found: protocol.Options, words: str = "", common: Any = None
) -> Iterator[None]:
    add()
    with add.block(f"protocol {words or kind} {name}", "}"):
        state, within = default_of(kind)
        for line in Expectation(
            name,
            "down" if given(found, "disabled", common) else given(found, "expect", common) or state,
            given(found, "within", common) or within,
            tuple(getattr(found, "announces", ()) or getattr(common, "announces", ())),
        ).lines():
            add(line)
        options.options(add, found, options.PROTOCOL, common)
        yield
        raw = given(found, "raw", common)
        if raw is not None:
            with add.at("raw"):
                add.verbatim(raw)


def _policy(text: str) -> str:
    return text if text in ("all", "none") else f"filter {names.filter_(text)}"


def _limit(add: Lines, field: str, words: str, limit: Limit | None) -> None:
    if limit is not None:
        with add.at(field):
            add(f"{words} limit {limit.max} action {limit.action};")


def _channel(
    add: Lines,
    family: str,
    channel: Channel,
    more: Callable[[], None] | None = None,
    policy: Callable[[str], str] = _policy,
) -> None:
    """`family` in BIRD's words, with mpls behind it for labelled routes. `policy` writes what is exported."""
    own = family.removesuffix(" mpls")
    with add.block(family):
        if channel.table is not None or own.startswith("flow"):
            with add.at("table"):
                add(f"table {names.table(channel.table, own)};")
        options.options(add, channel, options.CHANNEL)
        _limit(add, "import_limit", "import", channel.import_limit)
        _limit(add, "receive_limit", "receive", channel.receive_limit)
        _limit(add, "export_limit", "export", channel.export_limit)
        if more is not None:
            more()
        with add.at("import"):
            add(f"import {_policy(channel.import_)};")
        with add.at("export"):
            add(f"export {policy(channel.export)};")


def _patterns(patterns: list[str]) -> str:
    return ", ".join(f"-{quoted(p[1:])}" if p.startswith("-") else quoted(p) for p in patterns)


def _direct(add: Lines, name: str, found: spec.Direct) -> None:
    with _protocol(add, "direct", name, found):
        for family in sorted(set(found.families)):
            add(f"{family};")
        options.options(add, found, options.DIRECT)
        with add.at("interfaces"):
            add(f"interface {_patterns(found.interfaces)};")


def _static(add: Lines, name: str, found: spec.Static) -> None:
    families = names.static_families(found)
    for family in families:
        own = names.static(name, found, family, alone=len(families) == 1)
        with _named(add, "static", own, found):
            table = names.table(found.table, family)
            add(f"{family} {{ table {table}; }};" if found.table is not None else f"{family};")
            options.options(add, found, options.STATIC)
            is_v6 = family == "ipv6"
            every = enumerate(found.routes)
            rows = every if len(families) == 1 else (row for row in every if (":" in row[1].to) == is_v6)
            add.each("routes", ((number, _route(route)) for number, route in rows))


def _route(route: spec.StaticRoute) -> str:
    way: str
    if route.kind is not None:
        way = route.kind
    elif route.recursive is not None:
        way = f"recursive {route.recursive}"
    elif route.hops:
        way = " ".join(f"{_hop(hop)}{_weight(hop)}" for hop in route.hops)
    elif route.via is not None:
        way = _hop(route)
    else:
        way = f"via {quoted(route.dev or '')}"
    more = f" {{ preference = {route.preference}; }}" if route.preference is not None else ""
    return f"route {route.to} {way}{more};"


def _hop(found: spec.StaticRoute | spec.Hop) -> str:
    words = [f"via {found.via}%'{found.dev}'" if found.dev is not None else f"via {found.via}"]
    words += ["onlink"] if found.onlink else []
    words += ["bfd"] if found.bfd else []
    return " ".join(words)


def _weight(hop: spec.Hop) -> str:
    return f" weight {hop.weight}" if hop.weight is not None else ""


def _kernel(add: Lines, name: str, found: spec.Kernel, bird: Bird) -> None:
    with _protocol(add, "kernel", name, found):
        options.options(add, found, options.KERNEL)
        with add.at("channel"):
            _channel(add, found.family, found.channel, policy=lambda text: _to_kernel(text, bird))


def _to_kernel(policy: str, bird: Bird) -> str:
    """Without what is announced for services."""
    services = of_services(bird)
    if policy == "none" or services == NEVER:
        return _policy(policy)
    return f"where !{services}" if policy == "all" else f"filter {names.kernel_filter(policy)}"


def _pipe(add: Lines, name: str, found: spec.Pipe, family: str) -> None:
    with _protocol(add, "pipe", name, found):
        add(f"table {names.table(found.table, family)};")
        add(f"peer table {names.table(found.peer, family)};")
        with add.at("import"):
            add(f"import {_policy(found.import_)};")
        with add.at("export"):
            add(f"export {_policy(found.export)};")


def _key(found: Any, algorithm: str | None = None) -> list[str]:
    """Options of a password."""
    out = [f"id {found.key_id}"] if found.key_id is not None else []
    return out + ([f"algorithm {algorithm}"] if algorithm is not None else [])


def _rip(add: Lines, name: str, found: interior.Rip) -> None:
    words = "rip ng" if found.family == "ipv6" else "rip"
    with _named(add, "rip", names.protocol("rip", name, found), found, words):
        options.options(add, found, options.RIP)
        with add.at("channel"):
            _channel(add, found.family, found.channel)
        for number, interface in enumerate(found.interfaces):
            with add.at("interfaces", number), add.block(f"interface {_patterns([interface.pattern])}"):
                options.options(add, interface, options.RIP_INTERFACE)
                password(add, interface.password_file, _key(interface, interface.algorithm))


def _ospf(add: Lines, name: str, found: interior.Ospf) -> None:
    words = "ospf v3" if found.family == "ipv6" else "ospf v2"
    with _named(add, "ospf", names.protocol("ospf", name, found), found, words):
        options.options(add, found, options.OSPF)
        with add.at("channel"):
            _channel(add, found.family, found.channel)
        for number, area in enumerate(found.areas):
            with add.at("areas", number), add.block(f"area {area.id}"):
                _area(add, area)


_AREAS = {"stub": ("stub yes;",), "nssa": ("nssa;",), "normal": ()}


def _area(add: Lines, area: interior.OspfArea) -> None:
    for line in _AREAS[area.kind]:
        add(line)
    options.options(add, area, options.OSPF_AREA)
    if area.networks:
        with add.at("networks"), add.block("networks"):
            for prefix in area.networks:
                add(f"{prefix};")
    for number, stubnet in enumerate(area.stubnets):
        with add.at("stubnets", number):
            cost = f" {{ cost {stubnet.cost}; }}" if stubnet.cost is not None else ""
            add(f"stubnet {stubnet.prefix}{cost};")
    for number, interface in enumerate(area.interfaces):
        with add.at("interfaces", number):
            _ospf_interface(add, interface)


def _ospf_interface(add: Lines, found: interior.OspfInterface) -> None:
    instance = f" instance {found.instance}" if found.instance is not None else ""
    with add.block(f"interface {_patterns([found.pattern])}{instance}"):
        options.options(add, found, options.OSPF_INTERFACE)
        if found.neighbors:
            with add.at("neighbors"), add.block("neighbors"):
                for neighbor in found.neighbors:
                    add(f"{neighbor.address}{' eligible' if neighbor.eligible else ''};")
        password(add, found.password_file, _key(found, found.algorithm))


def _bfd(add: Lines, name: str, found: interior.Bfd) -> None:
    with _protocol(add, "bfd", name, found):
        for number, interface in enumerate(found.interfaces):
            with add.at("interfaces", number), add.block(f"interface {_patterns([interface.pattern])}"):
                options.options(add, interface, options.BFD_INTERFACE)
                password(add, interface.password_file, _key(interface))
        for number, neighbor in enumerate(found.neighbors):
            with add.at("neighbors", number):
                words = [f"neighbor {neighbor.address}"]
                words += [f"dev {quoted(neighbor.dev)}"] if neighbor.dev is not None else []
                words += [f"local {neighbor.local}"] if neighbor.local is not None else []
                words += [f"multihop {switch(neighbor.multihop)}"] if neighbor.multihop is not None else []
                add(f"{' '.join(words)};")


def _babel(add: Lines, name: str, found: interior.Babel) -> None:
    with _protocol(add, "babel", name, found):
        options.options(add, found, options.BABEL)
        for family, channel in (("ipv4", found.ipv4), ("ipv6", found.ipv6)):
            if channel is not None:
                with add.at(family):
                    _channel(add, family, channel)
        for number, interface in enumerate(found.interfaces):
            with add.at("interfaces", number), add.block(f"interface {_patterns([interface.pattern])}"):
                options.options(add, interface, options.BABEL_INTERFACE)
                password(add, interface.password_file, _key(interface, interface.algorithm))


def _bgp(add: Lines, name: str, found: spec.Bgp, common: spec.BgpOptions | None) -> None:
    with _named(add, "bgp", names.protocol("bgp", name, found), found, common=common):
        local = [given(found, "local_address", common), given(found, "local_port", common)]
        words = ["local", *([local[0]] if local[0] else []), *(["port", str(local[1])] if local[1] else [])]
        add(f"{' '.join(words)} as {given(found, 'local_as', common)};")
        with add.at("neighbor" if found.neighbor is not None else "neighbor_range"):
            add(_neighbor(found, given(found, "port", common)))
        options.options(add, found, options.BGP, common)
        with (
            add.at("password_file")
            if found.password_file
            else add.elsewhere((*options.DEFAULTS, "password_file"))
        ):
            password(add, given(found, "password_file", common))
        channels: dict[str, BgpChannel] = given(found, "channels", common)
        for family, channel in sorted(channels.items()):
            with add.at("channels", family):
                _bgp_channel(add, family.replace("-", " "), channel)


def _neighbor(found: spec.Bgp, port: int | None) -> str:
    whom = f"range {found.neighbor_range}" if found.neighbor is None else found.neighbor
    if found.interface is not None:
        whom += f"%'{found.interface}'"
    number = f" port {port}" if port is not None else ""
    remote = found.remote_as if isinstance(found.remote_as, str) else f"as {found.remote_as}"
    return f"neighbor {whom}{number} {remote};"


def _bgp_channel(add: Lines, family: str, channel: BgpChannel) -> None:
    _channel(add, family, channel, lambda: options.options(add, channel, options.BGP_CHANNEL))


def _rpki(add: Lines, name: str, found: spec.Rpki) -> None:
    with _protocol(add, "rpki", name, found):
        for family in names.FAMILIES:
            add(f"roa{family[-1]} {{ table {names.roas(family)}; }};")
        port = f" port {found.port}" if found.port is not None else ""
        with add.at("remote"):
            add(f"remote {quoted(found.remote)}{port};")
        options.options(add, found, options.RPKI)


def _radv(add: Lines, name: str, found: spec.Radv) -> None:
    with _protocol(add, "radv", name, found):
        if found.propagate_routes is not None:
            add(f"propagate routes {switch(found.propagate_routes)};")
        if found.trigger is not None:
            add(f"trigger {found.trigger};")
        with add.at("channel"):
            _channel(add, "ipv6", found.channel)
        for number, interface in enumerate(found.interfaces):
            with add.at("interfaces", number), add.block(f"interface {_patterns([interface.pattern])}"):
                _radv_interface(add, interface)


def _radv_interface(add: Lines, found: spec.RadvInterface) -> None:
    options.options(add, found, options.RADV_INTERFACE)
    for number, prefix in enumerate(found.prefixes):
        with add.at("prefixes", number), add.block(f"prefix {prefix.prefix}"):
            options.options(add, prefix, options.RADV_PREFIX)
    for address in found.rdnss:
        add(f"rdnss {address};")
    for domain in found.dnssl:
        add(f"dnssl {quoted(domain)};")


_WRITERS: dict[str, Callable[..., None]] = {
    "direct": _direct,
    "static": _static,
    "bfd": _bfd,
    "rpki": _rpki,
    "rip": _rip,
    "ospf": _ospf,
    "babel": _babel,
    "radv": _radv,
}
