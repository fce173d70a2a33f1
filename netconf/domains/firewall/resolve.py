"""From what a user wrote to the model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from netconf.core.diagnostics import DocumentPath
from netconf.core.duration import milliseconds
from netconf.domains.firewall import model
from netconf.domains.firewall.icmp import TYPES
from netconf.domains.firewall.networks import collapse

if TYPE_CHECKING:
    from netconf.domains.firewall import spec

ROOT = "firewall"
_ICMP = frozenset({"icmp", "icmpv6"})
_FAMILIES = {None: model.ANY, "ipv4": model.IPV4, "ipv6": model.IPV6}
_ANY_INTERFACE = model.Interfaces()
_ANY_ADDRESS = model.Addresses()


def resolve(firewall: spec.Firewall) -> model.Firewall:
    """The model of a spec, whose parts fit each other (contradictions.py)."""
    return _Resolver(firewall).firewall()


def merged_ports(ports: Iterable[str] | None) -> tuple[str, ...]:
    """The same ports in the fewest ranges, sorted."""
    if not ports:
        return ()
    texts = tuple(ports)
    if len(texts) == 1:
        return texts
    pairs = sorted(tuple(map(int, text.split("-"))) for text in texts)
    found: list[tuple[int, int]] = []
    for pair in pairs:
        low, high = pair[0], pair[-1]
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(str(low) if low == high else f"{low}-{high}" for low, high in found)


class _Resolver:
    def __init__(self, spec: spec.Firewall) -> None:
        self._spec = spec
        self._zones = {
            name: tuple(dict.fromkeys(text for part in parts for text in part))
            for name, parts in spec.zones.items()
        }

    def firewall(self) -> model.Firewall:
        spec = self._spec
        return model.Firewall(
            spec.backend,
            spec.conntrack == "purge-changed",
            tuple(self._hook(name) for name in model.HOOKS),
            management=tuple(self._management(*pair) for pair in enumerate(spec.management)),
            sets=tuple(_set(name, found) for name, found in sorted(spec.sets.items())),
            rules=tuple(self._rule(*pair) for pair in enumerate(spec.rules)),
            nat=tuple(self._nat(*pair) for pair in enumerate(spec.nat)),
            notrack=tuple(_notrack(*pair) for pair in enumerate(spec.notrack)),
            helpers=tuple(_helper(*pair) for pair in enumerate(spec.helpers)),
            syn_protect=tuple(_syn_protect(*pair) for pair in enumerate(spec.syn_protect)),
            marks=tuple(self._mark(*pair) for pair in enumerate(spec.mark)),
            clamp_mss=self._clamp_mss(),
            flow_offload=_flow_offload(spec.flow_offload),
            raw=tuple(_raw(spec.raw)),
            zones=tuple(sorted(self._zones.items())),
        )

    def _hook(self, name: str) -> model.Hook:
        defaults = self._spec.defaults
        policy: str = getattr(defaults, name)
        closed = policy != "accept"
        established = closed if defaults.established is None else defaults.established == "on"
        return model.Hook(
            name,
            policy,
            established,
            established and defaults.invalid == "drop",
            defaults.icmp if closed else "none",
            _log(defaults.log, f"{name} default") if closed and defaults.log else None,
        )

    def _management(self, number: int, found: spec.Management) -> model.Management:
        return model.Management(
            found.proto,
            merged_ports(found.port),
            addresses(found.source),
            self._interfaces(found.in_),
            (ROOT, "management", number),
        )

    def _rule(self, number: int, found: spec.Rule) -> model.Rule:
        limit, connections = found.rate, found.connections
        return model.Rule(
            found.name,
            tuple(found.hook) if isinstance(found.hook, list) else (found.hook,),
            self._match_of_rule(found),
            found.action,
            None
            if limit is None
            else model.Limit(limit.limit, limit.burst, limit.per, over=limit.over == "on"),
            None if connections is None else model.Connections(connections.over, connections.per),
            None if found.log is None else _log(found.log, found.name),
            found.ban or "",
            found.reject_with or "",
            (ROOT, "rules", number),
        )

    def _match_of_rule(self, found: spec.Rule) -> model.Match:
        # Packets of connections that are there already are no new ones.
        states = tuple(found.state or (("new",) if found.connections else ()))
        if not found.icmp:
            return self._match(found, found.to, states=states, mark=found.fwmark or "")
        types = [TYPES[name] for name in found.icmp]
        protocols = found.proto or ()
        v4 = found.family != "ipv6" and (not _ICMP & {*protocols} or "icmp" in protocols)
        v6 = found.family != "ipv4" and (not _ICMP & {*protocols} or "icmpv6" in protocols)
        return self._match(
            found,
            found.to,
            icmp=tuple(t.icmp for t in types if t.icmp is not None and v4),
            icmpv6=tuple(t.icmpv6 for t in types if t.icmpv6 is not None and v6),
            states=states,
            mark=found.fwmark or "",
        )

    def _match(
        self,
        found: spec.Match,
        destination: tuple[str, ...] | None,
        *,
        icmp: tuple[int, ...] = (),
        icmpv6: tuple[int, ...] = (),
        states: tuple[str, ...] = (),
        mark: str = "",
    ) -> model.Match:
        return model.Match(
            _FAMILIES[found.family],
            self._interfaces(found.in_),
            self._interfaces(found.out),
            addresses(found.source),
            addresses(destination),
            tuple([p for p in found.proto or () if p not in _ICMP]) if icmp or icmpv6 else found.proto or (),
            merged_ports(found.port),
            merged_ports(found.source_port),
            icmp,
            icmpv6,
            states,
            mark,
        )

    def _interfaces(self, written: tuple[str, ...] | None) -> model.Interfaces:
        if not written:
            return _ANY_INTERFACE
        negated = written[0].startswith("!")
        names: list[str] = []
        for text in written:
            plain = text.removeprefix("!")
            names += self._zones[plain[1:]] if plain.startswith("@") else [plain]
        return model.Interfaces(tuple(dict.fromkeys(names)), negated)

    def _nat(self, number: int, found: spec.Nat) -> model.Nat:
        address, ports = model.split_target(found.to) if found.to else ("", "")
        return model.Nat(
            found.name,
            found.type,
            self._match(found, found.destination),
            address,
            found.to_port[0] if found.to_port else ports,
            found.to_network[0] if found.to_network else "",
            allow_forward=found.allow_forward == "on",
            hairpin=collapse(found.hairpin or ()),
            path=(ROOT, "nat", number),
        )

    def _mark(self, number: int, found: spec.SetMark) -> model.SetMark:
        return model.SetMark(
            found.name,
            found.hook,
            self._match(found, found.to),
            found.mark,
            connection=found.connection == "on",
            path=(ROOT, "mark", number),
        )

    def _clamp_mss(self) -> model.ClampMss | None:
        found = self._spec.clamp_mss
        if found is None:
            return None
        if found == "pmtu":
            return model.ClampMss(0, model.Interfaces(), (ROOT, "clamp_mss"))
        mss = 0 if found.mss == "pmtu" else found.mss
        return model.ClampMss(mss, self._interfaces(found.out), (ROOT, "clamp_mss"))


def addresses(written: tuple[str, ...] | None) -> model.Addresses:
    """A set, or networks."""
    if not written:
        return _ANY_ADDRESS
    if len(written) == 1 and written[0][0] not in "!@":
        return model.Addresses(written)
    negated = written[0].startswith("!")
    plain = [text.removeprefix("!") for text in written]
    if plain[0].startswith("@"):
        return model.Addresses((), plain[0][1:], negated)
    return model.Addresses(collapse(plain), "", negated)


def _log(found: spec.Log | str, name: str) -> model.Log:
    if isinstance(found, str):
        return model.Log(_prefix(name))
    prefix = f"{found.prefix.rstrip()} " if found.prefix else _prefix(name)
    return model.Log(prefix, found.level, found.rate or "")


def _prefix(name: str) -> str:
    """With a blank behind, as far as it's kept."""
    return f"{name[:26]}: "


def _set(name: str, found: spec.Set) -> model.Set:
    return model.Set(
        name,
        found.type,
        collapse(text for part in found.entries or () for text in part),
        found.dynamic == "on",
        milliseconds(found.timeout) // 1000 if found.timeout else 0,
        found.size,
        found.file or "",
        (ROOT, "sets", name),
    )


def _notrack(number: int, found: spec.Notrack) -> model.Notrack:
    return model.Notrack(
        found.name,
        found.proto,
        found.port,
        found.direction in ("in", "both"),
        found.direction in ("out", "both"),
        (ROOT, "notrack", number),
    )


def _helper(number: int, found: spec.Helper) -> model.Helper:
    return model.Helper(
        found.name, found.helper, found.proto, merged_ports(found.port), (ROOT, "helpers", number)
    )


def _syn_protect(number: int, found: spec.SynProtect) -> model.SynProtect:
    path: DocumentPath = (ROOT, "syn_protect", number)
    return model.SynProtect(found.name, merged_ports(found.port), found.hook, found.mss, found.wscale, path)


def _flow_offload(found: spec.FlowOffload | None) -> model.FlowOffload | None:
    if found is None:
        return None
    return model.FlowOffload(
        tuple(found.interfaces), tuple(found.protocols or ("tcp", "udp")), (ROOT, "flow_offload")
    )


def _raw(found: spec.RawRules) -> Iterator[model.Raw]:
    for language in ("nft", "iptables", "ip6tables"):
        part = getattr(found, language)
        for place in type(part).model_fields if part is not None else ():
            lines = getattr(part, place)
            if lines:
                yield model.Raw(language, place, tuple(lines), (ROOT, "raw", language, place))
