"""From the model to the text of one nftables table: deterministic, and pure.

A rule is a line for each family it must be told apart for, with its name as the comment. What takes
more than a line (a ban, a log with a rate of its own) is a chain of the rule's own: a set that is
full ends the line it's asked in, and mustn't end the verdict with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import DocumentPath
from netconf.domains.firewall import compile_nat, model
from netconf.domains.firewall import statements as st
from netconf.domains.firewall.icmp import ESSENTIAL
from netconf.domains.firewall.model import IPV4, IPV6, Firewall, Hook, Rule
from netconf.domains.firewall.script import Line, Script, elements

METER_SIZE = 65535
_TYPES = {IPV4: "ipv4_addr", IPV6: "ipv6_addr"}
_ROOT: DocumentPath = ("firewall",)
_DEFAULTS: DocumentPath = ("firewall", "defaults")


def compile_table(firewall: Firewall, family: str, name: str) -> Script:
    """The table as `nft -f` loads it, rules and all that they need."""
    script = Script()
    with script.block(f"table {family} {name}", _ROOT, indent=""):
        _sets(script, firewall)
        compile_nat.objects(script, firewall)
        chains = [*_filter(firewall), *compile_nat.chains(firewall)]
        if any(st.REJECT_CHAIN in line.text for _, _, lines in chains for line in lines):
            tcp = Line("meta l4proto 6 reject with tcp reset")
            chains.insert(0, (st.REJECT_CHAIN, "", [tcp, Line("reject with icmpx port-unreachable")]))
        for chain, declaration, lines in chains:
            with script.block(f"chain {chain}", _ROOT):
                if declaration:
                    script.add(f"\t\t{declaration}", _ROOT)
                for line in lines:
                    script.add(f"\t\t{line.text}", line.path)
    return script


Chain = tuple[str, str, list[Line]]
"""Its name, its declaration ("" = packets get there from other chains only), its rules."""


def _sets(script: Script, firewall: Firewall) -> None:
    for found in firewall.sets:
        for family in (IPV4, IPV6):
            with script.block(f"set {st.set_of(found.name, family)}", found.path):
                for line in set_lines(found, family):
                    script.add(f"\t\t{line}", found.path)
    for rule in firewall.rules:
        if rule.limit is not None or rule.connections is not None:
            for family in rule.match.families:
                _state_of(script, rule, family)


def set_lines(found: model.Set, family: int) -> Iterator[str]:
    """What's in the block of a set."""
    yield f"type {_TYPES[family]}"
    if found.dynamic:
        yield f"size {found.size}"
        yield f"flags dynamic{',timeout' if found.timeout else ''}"
        if found.timeout:
            yield f"timeout {found.timeout}s"
        return
    if found.type == "network":
        yield "flags interval"
    if found.file:
        return  # filled with the file's (files.py)
    width = "/32" if family == IPV4 else "/128"
    yield from elements([network.removesuffix(width) for network in found.of(family)])


def _state_of(script: Script, rule: Rule, family: int) -> None:
    """Sets in which a rule keeps its limits and counts for each address."""
    if rule.limit is not None and rule.limit.per != "all":
        with script.block(f"set {st.meter_of(rule.name, family)}", rule.path):
            for line in (
                f"type {_TYPES[family]}",
                f"size {METER_SIZE}",
                "flags dynamic,timeout",
                f"timeout {st.meter_seconds(rule.limit)}s",
            ):
                script.add(f"\t\t{line}", rule.path)
    if rule.connections is not None and rule.connections.per != "all":
        with script.block(f"set {st.count_of(rule.name, family)}", rule.path):
            for line in (f"type {_TYPES[family]}", f"size {METER_SIZE}", "flags dynamic"):
                script.add(f"\t\t{line}", rule.path)


def _filter(firewall: Firewall) -> Iterator[Chain]:
    for hook in firewall.hooks:
        own: list[Chain] = []
        lines = list(_hook(firewall, hook, own))
        default = _default_chain(hook)
        if default is not None:
            own.append(default)
            lines.append(Line(f"goto {default[0]}", _DEFAULTS))
        if not lines and hook.policy == "accept":
            continue
        yield from own
        policy = "drop" if hook.policy == "reject" else hook.policy
        yield f"c_{hook.name}", f"type filter hook {hook.name} priority filter; policy {policy};", lines


def _default_chain(hook: Hook) -> Chain | None:
    """What the policy of the chain alone can't do."""
    if hook.policy == "accept":
        return None
    lines = []
    name = st.generated(f"{hook.name} default")
    if hook.log is not None:
        words = (st.log_rate(hook.log), st.log(hook.log), name)
        lines.append(Line(" ".join(word for word in words if word), (*_DEFAULTS, "log")))
    verdict = "drop" if hook.policy == "drop" else f"goto {st.REJECT_CHAIN}"
    return f"d_{hook.name}", "", [*lines, Line(f"counter {verdict} {name}", (*_DEFAULTS, hook.name))]


def _hook(firewall: Firewall, hook: Hook, own: list[Chain]) -> Iterator[Line]:
    """The rules of a hook in order; `own` gets the chains of rules that need one."""
    yield from _management(firewall, hook)
    yield from compile_nat.syn_protection(firewall, hook.name)
    if hook.policy != "accept" and hook.name != "forward":
        key = "iifname" if hook.name == "input" else "oifname"
        yield Line(f'{key} "lo" counter accept {st.generated("loopback")}', (*_DEFAULTS, hook.name))
    yield from compile_nat.offload(firewall, hook.name)
    yield from _tracking(hook)
    yield from _icmp(hook)
    for rule in firewall.rules:
        if hook.name in rule.hooks:
            yield from _rule(firewall, rule, hook, own)
    for raw in firewall.raw:
        if raw.language == "nft" and raw.place == hook.name:
            yield from (Line(text, (*raw.path, number)) for number, text in enumerate(raw.lines))
    if hook.name == "forward":
        yield from compile_nat.forwarded(firewall)


def _management(firewall: Firewall, hook: Hook) -> Iterator[Line]:
    """Both directions, and without ct: it holds for sessions that began before the firewall did."""
    if hook.name == "forward":
        return
    name = st.generated("management")
    coming = hook.name == "input"
    for found in firewall.management:
        key, side = ("iifname", "saddr") if coming else ("oifname", "daddr")
        for family in st.sources(found.source):
            words = [*st.interfaces(key, found.into), *st.source_of(found.source, family, side)]
            sides = ((), found.ports) if coming else (found.ports, ())
            words += st.port_conditions((found.protocol,), *sides)
            yield Line(f"{' '.join(words)} counter accept {name}", found.path)


def _tracking(hook: Hook) -> Iterator[Line]:
    path = (*_DEFAULTS, "established")
    if hook.established:
        yield Line(f"ct state established,related counter accept {st.generated('established')}", path)
    if hook.drop_invalid:
        yield Line(f"ct state invalid counter drop {st.generated('invalid')}", (*_DEFAULTS, "invalid"))


def _icmp(hook: Hook) -> Iterator[Line]:
    path = (*_DEFAULTS, "icmp")
    name = st.generated("icmp")
    if hook.icmp == "all":
        yield Line(f"meta l4proto {{ 1, 58 }} counter accept {name}", path)
    elif hook.icmp == "essential":
        for word, types in zip(("icmp", "icmpv6"), ESSENTIAL, strict=True):
            yield Line(f"{word} type {{ {', '.join(map(str, types))} }} counter accept {name}", path)


def _rule(firewall: Firewall, rule: Rule, hook: Hook, own: list[Chain]) -> Iterator[Line]:
    limits = [found for found in (rule.limit, rule.connections) if found is not None]
    by_family = any(found.per != "all" for found in limits) if limits else False
    verdict = _verdict(rule, hook)
    steps = [*_log_steps(rule), *_ban_steps(firewall, rule)] if rule.log or rule.ban else []
    name = st.comment(rule.name)
    for family in st.families(rule.match, always=by_family):
        words = list(st.conditions(rule.match, family))
        if limits:
            words += [*st.connections(rule, family), *st.limit(rule, family)]
        if steps:
            yield Line(" ".join([*words, f"counter jump r_{rule.name}_{hook.name}", name]), rule.path)
        else:
            log = [st.log(rule.log)] if rule.log else []
            parts = [*words, *log, "counter", verdict, name]
            yield Line(" ".join(part for part in parts if part), rule.path)
    if steps:
        lines = [Line(f"{text} {name}", rule.path) for text in (*steps, verdict) if text]
        own.append((f"r_{rule.name}_{hook.name}", "", lines))


def _log_steps(rule: Rule) -> Iterator[str]:
    """A log beside the line of the verdict, if a limit of its own or a ban makes a chain of it."""
    if rule.log is not None and (rule.log.rate or rule.ban):
        yield " ".join(word for word in (st.log_rate(rule.log), st.log(rule.log)) if word)


def _ban_steps(firewall: Firewall, rule: Rule) -> Iterator[str]:
    if rule.ban:
        for family in rule.match.families:
            yield st.ban(firewall, rule.ban, family)


def _verdict(rule: Rule, hook: Hook) -> str:
    """`return` is what the default says: the chain it's in may not be the hook's."""
    if rule.action == "continue":
        return ""
    if rule.action == "reject":
        return st.reject(rule.reject_with, rule.match.protocols)
    if rule.action == "return":
        return "accept" if hook.policy == "accept" else f"goto d_{hook.name}"
    return rule.action
