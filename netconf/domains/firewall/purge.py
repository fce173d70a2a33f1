"""Which tracked connections a change of rules is about. Pure.

The kernel keeps to what it decided on a connection's first packet: its translation, and that it was
accepted. Going by the kernel's words for rules, a connection is affected if
- a rule that's new drops or rejects it, or translates it, or one that's gone did translate it;
- a rule that's gone accepted it, or the default doesn't accept any more, and no rule there is now does.
Interfaces, marks and limits aren't looked at. Where a rule asks for them it's taken to refuse what it may
refuse, and not to accept what it may accept: so a few more are affected than need be, but never what goes
to a way of management.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from netconf.domains.firewall.protocols import PROTOCOLS
from netconf.domains.firewall.resource import Table
from netconf.system.ports import Flow

_VALUE = r"(!= )?(\{[^}]*\}|\S+)"
_ADDRESS = re.compile(rf"\b(ip6?) ([sd])addr {_VALUE}")
_PORT = re.compile(rf"\b(tcp|udp|th|sctp|dccp|udplite) ([sd])port {_VALUE}")
_PROTOCOL = re.compile(r"\bmeta l4proto (\{[^}]*\}|\S+)")
_FAMILY = re.compile(r"\bmeta nfproto (ipv[46])")
_STATE = re.compile(r"\bct state (\S+)")
_MANAGEMENT = 'comment "netconf: management"'
_TRANSLATIONS = ("dnat ", "snat ", "masquerade", "redirect ")
_REFUSALS = ("drop", "reject", "goto x_reject")
_HOOKS = ("input", "forward", "output")
_ICMP = {"icmp type": 1, "icmpv6 type": 58}

_UNSEEN = (" iifname ", " oifname ", " meta mark ", " limit ", " ct count ", " type ", "@m_", "@n_")
"""Words of conditions that aren't looked at."""

Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks: about an end (s or d), one of some networks or ports, or none of them."""

    end: str
    values: Networks | tuple[range, ...]
    negated: bool

    def holds(self, address: str, port: int) -> bool:
        if self.values and isinstance(self.values[0], range):
            found = any(port in ports for ports in self.values)
        else:
            ip = ip_address(address)
            found = any(ip in network for network in self.values)
        return found != self.negated


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as far as it's about connections. No protocols = all; verdict: accept, refuse,
    translate or "", and what it translates to. Not `certain`: it asks for more than that.
    """

    chain: str
    family: int
    protocols: frozenset[int]
    conditions: tuple[Condition, ...]
    verdict: str
    to: str
    certain: bool
    management: bool

    def fits(self, flow: Flow) -> bool:
        """As the chain sees it: behind translation of the destination, or before."""
        six = ":" in flow.source
        if (self.family and self.family != (6 if six else 4)) or (
            self.protocols and flow.protocol not in self.protocols
        ):
            return False
        before = self.chain == "c_dstnat"
        ends = {
            "s": (flow.source, flow.source_port),
            "d": (flow.destination, flow.destination_port)
            if before
            else (flow.answers_from, flow.answers_from_port),
        }
        return all(condition.holds(*ends[condition.end]) for condition in self.conditions)


def affected(before: Table, after: Table, flows: Iterable[Flow], local: frozenset[str]) -> list[Flow]:
    """Of the flows those that the change is about. `local` are the addresses of this host."""
    old, new = list(_rules(before)), list(_rules(after))
    gone = [rule for rule in old if rule not in new]
    come = [rule for rule in new if rule not in old]
    closed = {hook for hook in _HOOKS if _is_closed(after, hook) and not _is_closed(before, hook)}
    return [
        flow
        for flow in flows
        if (hook := _hook(flow, local)) and _is_affected(flow, hook, (gone, come, new), closed=hook in closed)
    ]


def _is_affected(flow: Flow, hook: str, rules: Sequence[Sequence[Rule]], *, closed: bool) -> bool:
    gone, come, new = ([rule for rule in part if rule.fits(flow)] for part in rules)
    chain = f"c_{hook}"
    if any(rule.management and rule.chain == chain for rule in new):
        return False
    if any(rule.verdict == "translate" for rule in (*gone, *come)):
        return True
    if any(rule.verdict == "refuse" and rule.chain == chain for rule in come):
        return True
    accepted = any(rule.verdict == "accept" and rule.certain and rule.chain == chain for rule in new)
    lost = any(rule.verdict == "accept" and rule.chain == chain for rule in gone)
    return (lost or closed) and not accepted


def _hook(flow: Flow, local: frozenset[str]) -> str:
    """Where its first packet was filtered; "" within this host."""
    from_here, to_here = flow.source in local, flow.answers_from in local
    if from_here:
        return "" if to_here else "output"
    return "input" if to_here else "forward"


def _is_closed(table: Table, hook: str) -> bool:
    return any(f" hook {hook} priority filter; policy drop" in text for text in table.objects)


def _rules(table: Table) -> Iterator[Rule]:
    """Rules of base chains that a first packet meets; sets are their members now."""
    sets = {name: _networks(members) for name, members in table.elements}
    chains: dict[str, list[str]] = {}
    for chain, text in table.rules:
        chains.setdefault(chain, []).append(text)
    for chain, text in table.rules:
        state = _STATE.search(text)
        if chain.startswith("c_") and (state is None or "new" in state[1]):
            yield _rule(chain, text, sets, chains)


def _rule(chain: str, text: str, sets: dict[str, Networks], chains: dict[str, list[str]]) -> Rule:
    asked, _, done = text.partition(" counter")
    if text.startswith("counter"):
        asked, done = "", text
    family = _FAMILY.search(asked)
    number = int(family[1][-1]) if family else 0
    protocols: set[int] = set()
    conditions: list[Condition] = []
    for word, end, negation, value in _ADDRESS.findall(asked):
        number = 6 if word == "ip6" else 4
        networks = sets.get(value[1:], ()) if value.startswith("@") else _networks(_members(value))
        if networks or value.startswith("@s_"):
            conditions.append(Condition(end, networks, bool(negation)))
    for word, end, negation, value in _PORT.findall(asked):
        protocols |= {PROTOCOLS[word]} if word in PROTOCOLS else set()
        conditions.append(Condition(end, tuple(map(_range, _members(value))), bool(negation)))
    for value in _PROTOCOL.findall(asked):
        protocols |= {_number(name) for name in _members(value)}
    protocols |= {protocol for words, protocol in _ICMP.items() if words in asked}
    verdict = _verdict(done, chains)
    return Rule(
        chain,
        number,
        frozenset(protocols),
        tuple(conditions),
        verdict,
        done.partition(" comment")[0] if verdict == "translate" else "",
        not any(word in f" {asked}" for word in _UNSEEN),
        _MANAGEMENT in text,
    )


def _verdict(done: str, chains: dict[str, list[str]]) -> str:
    own = re.search(r"jump (r_\S+)", done)
    if own:
        return next((found for text in chains.get(own[1], ()) if (found := _verdict(f" {text}", {}))), "")
    words = f"{done} "
    if any(f" {word}" in words for word in _TRANSLATIONS):
        return "translate"
    if any(f" {word} " in words for word in _REFUSALS):
        return "refuse"
    return "accept" if " accept " in words else ""


def _members(value: str) -> list[str]:
    return [part.strip() for part in value.strip("{} ").split(",")]


def _networks(members: Iterable[str]) -> Networks:
    """What's no address is left out."""
    found: list[IPv4Network | IPv6Network] = []
    for text in members:
        first, _, last = text.partition("-")
        try:
            found += [ip_network(text)] if not last else _between(first, last)
        except ValueError:
            continue
    return tuple(found)


def _between(first: str, last: str) -> list[IPv4Network | IPv6Network]:
    from ipaddress import summarize_address_range

    return list(summarize_address_range(ip_address(first), ip_address(last)))


def _range(text: str) -> range:
    low, _, high = text.partition("-")
    return range(int(low), int(high or low) + 1)


def _number(name: str) -> int:
    return int(name) if name.isdigit() else PROTOCOLS.get(name.replace("ipv6-icmp", "icmpv6"), -1)
