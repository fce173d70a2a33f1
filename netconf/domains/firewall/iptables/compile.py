"""From the model to chains of iptables and ip6tables, and the sets they look into: pure, deterministic.

A rule is a line for each way to fit it, with its name as the comment. Where a limit is to count all ways
together, or something is done besides the verdict, that's in a chain of the rule's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netconf.core.diagnostics import DocumentPath
from netconf.domains.firewall.icmp import ESSENTIAL
from netconf.domains.firewall.iptables import compile_nat, names
from netconf.domains.firewall.iptables.conditions import Compiling, OwnSet
from netconf.domains.firewall.iptables.lines import Chains, Place, Target, commented, joined
from netconf.domains.firewall.model import IPV4, IPV6, Firewall, Hook, Limit, Log, Match, Rule
from netconf.domains.firewall.script import Line
from netconf.domains.firewall.statements import meter_seconds

HASH_SIZE = 65535
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_FASTEST = 10_000
"""In a second (libxt_limit of iptables)."""

MOST_CREDIT = 86400
"""Seconds in which a limit has its burst again: a day is the largest number there is
(linux/net/netfilter/xt_limit.c and xt_hashlimit.c).
"""

_DEFAULTS: DocumentPath = ("firewall", "defaults")
_ICMP = {
    IPV4: "-p icmp -m icmp --icmp-type",
    IPV6: "-p ipv6-icmp -m icmp6 --icmpv6-type",
}
_REJECTS = {
    IPV4: {
        "port-unreachable": "icmp-port-unreachable",
        "host-unreachable": "icmp-host-unreachable",
        "net-unreachable": "icmp-net-unreachable",
        "admin-prohibited": "icmp-admin-prohibited",
    },
    IPV6: {
        "port-unreachable": "icmp6-port-unreachable",
        "host-unreachable": "icmp6-addr-unreachable",
        "net-unreachable": "icmp6-no-route",
        "admin-prohibited": "icmp6-adm-prohibited",
    },
}
_TCP_RESET = Target("-j REJECT --reject-with tcp-reset", "-p 6")


class Compiled(NamedTuple):
    """The chains of one table of one family, and their lines."""

    family: int
    table: str
    chains: tuple[tuple[str, tuple[Line, ...]], ...]


def compile_tables(firewall: Firewall) -> tuple[tuple[Compiled, ...], tuple[OwnSet, ...]]:
    """All tables that have something in them, in the order they are to be written; and the sets of
    networks that rules name themselves.
    """
    found: list[Compiled] = []
    sets: list[OwnSet] = []
    for family in (IPV4, IPV6):
        compiling = Compiling(firewall, family)
        for table in names.ORDER:
            chains = _filter(compiling) if table == "filter" else compile_nat.table(compiling, table)
            if chains.lines:
                whole = tuple((name, tuple(lines)) for name, lines in chains.lines.items())
                found.append(Compiled(family, table, whole))
        sets += compiling.sets.values()
    found.sort(key=lambda part: (names.ORDER.index(part.table), part.family))
    return tuple(found), tuple(sets)


def _filter(compiling: Compiling) -> Chains:
    chains = Chains()
    for hook in compiling.firewall.hooks:
        _hook(chains, compiling, hook)
    if chains.mentions(names.REJECT_CHAIN):
        for target in (_TCP_RESET, _rejected(compiling, "port-unreachable")):
            chains.add(names.REJECT_CHAIN, joined(target.asks, target.words))
    return chains


def _hook(chains: Chains, compiling: Compiling, hook: Hook) -> None:
    """The rules of a hook in order; in front what's generated, behind what the default does."""
    builtin = hook.name.upper()
    chain = names.chain_at(builtin)
    _management(chains, compiling, hook)
    compile_nat.syn_protection(chains, compiling, hook.name)
    for line in _generated(compiling, hook):
        chains.add(chain, line.text, line.path)
    for rule in compiling.firewall.rules:
        if hook.name in rule.hooks and compiling.family in rule.match.families:
            _rule(chains, compiling, rule, hook)
    compile_nat.raw_lines(chains, compiling, "filter", chain)
    if hook.name == "forward":
        compile_nat.forwarded(chains, compiling)
    if hook.policy != "accept":
        name = f"netconf: {hook.name} default"
        chains.add(chain, commented("", f"-j {names.default_chain(builtin)}", name), _DEFAULTS)
        _default(chains, hook, name)


def _default(chains: Chains, hook: Hook, name: str) -> None:
    """What becomes of the rest; a chain, since a rule can ask for it (return)."""
    chain = names.default_chain(hook.name.upper())
    if hook.log is not None:
        log = _log(hook.log, hook.name)
        chains.add(chain, commented(log.asks, log.words, name), (*_DEFAULTS, "log"))
    verdict = f"-j {names.REJECT_CHAIN}" if hook.policy == "reject" else "-j DROP"
    chains.add(chain, commented("", verdict, name), (*_DEFAULTS, hook.name))


def _management(chains: Chains, compiling: Compiling, hook: Hook) -> None:
    """Both directions, and without conntrack: it holds for sessions that began before the firewall did."""
    if hook.name == "forward":
        return
    for number, found in enumerate(compiling.firewall.management):
        if hook.name == "input":
            match = Match(
                into=found.into, source=found.source, protocols=(found.protocol,), ports=found.ports
            )
        else:
            match = Match(
                out=found.into,
                destination=found.source,
                protocols=(found.protocol,),
                source_ports=found.ports,
            )
        if compiling.family in match.families:
            rule = f"management+{number}"
            asked = compiling.asked(match, rule, found.path)
            line = Line("netconf: management", found.path)
            chains.add_rule(Place(hook.name.upper(), rule), asked, [Target("-j ACCEPT")], line)


def _generated(compiling: Compiling, hook: Hook) -> Iterator[Line]:
    if hook.policy != "accept" and hook.name != "forward":
        option = "-i" if hook.name == "input" else "-o"
        yield Line(commented(f"{option} lo", "-j ACCEPT", "netconf: loopback"), (*_DEFAULTS, hook.name))
    state = "-m conntrack --ctstate"
    if hook.established:
        path = (*_DEFAULTS, "established")
        yield Line(commented(f"{state} RELATED,ESTABLISHED", "-j ACCEPT", "netconf: established"), path)
    if hook.drop_invalid:
        path = (*_DEFAULTS, "invalid")
        yield Line(commented(f"{state} INVALID", "-j DROP", "netconf: invalid"), path)
    words = _ICMP[compiling.family]
    types: Sequence[str] = ()
    if hook.icmp == "all":
        types = [words.partition(" -m ")[0]]
    elif hook.icmp == "essential":
        types = [f"{words} {number}" for number in ESSENTIAL[compiling.family == IPV6]]
    for asked in types:
        yield Line(commented(asked, "-j ACCEPT", "netconf: icmp"), (*_DEFAULTS, "icmp"))


def _rule(chains: Chains, compiling: Compiling, rule: Rule, hook: Hook) -> None:
    targets = [
        *_logged(rule),
        *_banned(compiling, rule),
        *_verdict(compiling, rule, hook),
    ]
    asked = compiling.asked(rule.match, rule.name, rule.path)
    place = Place(hook.name.upper(), rule.name)
    chains.add_rule(place, asked, targets, Line(rule.name, rule.path), _gate(compiling, rule))


def _gate(compiling: Compiling, rule: Rule) -> str:
    """What counts: once for a packet, whichever way it fits."""
    words = []
    width = 32 if compiling.family == IPV4 else 128
    connections, limit = rule.connections, rule.limit
    if connections is not None:
        mask = 0 if connections.per == "all" else width
        words.append(
            f"-m connlimit --connlimit-above {connections.over} --connlimit-mask {mask} --connlimit-saddr"
        )
    if limit is not None:
        words.append(_limited(limit, rule.name))
    return " ".join(words)


def _limited(limit: Limit, name: str) -> str:
    """A limit for all together is the cheap match, if it can count so fast."""
    number, _, unit = limit.rate.partition("/")
    fast = unit == "second" and int(number) > _FASTEST
    if limit.per == "all" and not limit.over and not fast:
        return f"-m limit --limit {limit.rate} --limit-burst {limit.burst}"
    mode = {"source": " --hashlimit-mode srcip", "destination": " --hashlimit-mode dstip"}
    how = (
        f"--hashlimit-{'above' if limit.over else 'upto'} {limit.rate} --hashlimit-burst {limit.burst}"
        f"{mode.get(limit.per, '')} --hashlimit-htable-max {HASH_SIZE}"
        f" --hashlimit-htable-expire {meter_seconds(limit) * 1000}"
    )
    return f"-m hashlimit --hashlimit-name {names.hashlimit_of(name, how)} {how}"


def _logged(rule: Rule) -> Iterator[Target]:
    if rule.log is not None:
        yield _log(rule.log, rule.name)


_LEVELS = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")


def _log(log: Log, name: str) -> Target:
    gate = _limited(Limit(log.rate, _log_burst(log.rate)), f"{name} log") if log.rate else ""
    return Target(f'-j LOG --log-prefix "{log.prefix}" --log-level {_LEVELS.index(log.level)}', gate)


def _log_burst(rate: str) -> int:
    return next(burst for burst in (5, 4, 3, 2, 1) if credit(Limit(rate, burst)) <= MOST_CREDIT)


def credit(limit: Limit) -> float:
    """In how many seconds it has its burst again."""
    number, _, unit = limit.rate.partition("/")
    return limit.burst * _UNITS[unit] / int(number)


def _banned(compiling: Compiling, rule: Rule) -> Iterator[Target]:
    """A source that's banned already stays for the whole time from now on."""
    if rule.ban:
        timeout = compiling.firewall.set_named(rule.ban).timeout
        words = f" --timeout {timeout}" if timeout else ""
        yield Target(f"-j SET --add-set {compiling.set_named(rule.ban)} src --exist{words}")


def _verdict(compiling: Compiling, rule: Rule, hook: Hook) -> Iterator[Target]:
    """`return` is what the default says: the chain it's in may not be the hook's."""
    match rule.action:
        case "reject":
            yield _reject(compiling, rule)
        case "return":
            yield Target("-j ACCEPT" if hook.policy == "accept" else f"-j NC-D-{hook.name.upper()}")
        case "accept" | "drop":
            yield Target(f"-j {rule.action.upper()}")


def _reject(compiling: Compiling, rule: Rule) -> Target:
    protocols = rule.match.protocols
    if rule.reject_with == "tcp-reset" or (not rule.reject_with and protocols == ("tcp",)):
        return _TCP_RESET
    if rule.reject_with:
        return _rejected(compiling, rule.reject_with)
    if (protocols and "tcp" not in protocols) or rule.match.icmp or rule.match.icmpv6:
        return _rejected(compiling, "port-unreachable")
    return Target(f"-j {names.REJECT_CHAIN}")


def _rejected(compiling: Compiling, how: str) -> Target:
    return Target(f"-j REJECT --reject-with {_REJECTS[compiling.family][how]}")
