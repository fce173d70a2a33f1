"""The rules of one priority, as a value.

The kernel keeps rules of equal priority in the order they were added, and asks them in it. So all
of a family and priority are one object, an ordered one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource

NETCONF_PROTOCOL = 0x6E
"""The protocol number of our rules (FRA_PROTOCOL), the same as of our routes."""

ADOPTABLE = frozenset({0, 3, 4, NETCONF_PROTOCOL})
"""unspec (what iproute2 gives a rule), boot, static and ours: rules somebody made by hand, which a
document may take over by naming their priority. Others belong to programs, or the kernel."""

PROTECTED = frozenset({0, 32766, 32767})
"""Priorities of the rules the kernel begins with: local, main, default."""

TABLES = {255: "local", 254: "main", 253: "default"}


class Rule(NamedTuple):
    """One rule. Texts are canonical, "" = not asked about; `fwmark` is `0x10/0xff`, ranges are
    `80` or `1000-2000`; suppress_*: -1 = not set. `target` is a table for lookup, a priority for goto.
    """

    action: str = "lookup"
    target: int = 0
    inverted: bool = False
    source: str = ""
    to: str = ""
    iif: str = ""
    oif: str = ""
    fwmark: str = ""
    tos: int = 0
    ip_protocol: int = 0
    sport: str = ""
    dport: str = ""
    uids: str = ""
    tunnel: int = 0
    l3mdev: bool = False
    suppress_prefixlength: int = -1
    suppress_ifgroup: int = -1
    protocol: int = NETCONF_PROTOCOL

    @property
    def alike(self) -> Rule:
        """Without what the kernel doesn't look at to tell one rule from another (rule_find and
        rule_exists in net/core/fib_rules.c), nor the protocol.
        """
        target = 0 if self.action == "goto" else self.target
        return self._replace(target=target, inverted=False, protocol=NETCONF_PROTOCOL)

    def seems(self, other: Rule) -> bool:
        """Whether `ip rule add` takes this rule, which is new, for `other`, which is there: no source,
        destination or TOS is taken for any (fib4_rule_compare, fib6_rule_compare).
        """
        any_of = {name: getattr(other, name) for name in ("source", "to", "tos") if not getattr(self, name)}
        return self.alike._replace(**any_of) == other.alike

    @property
    def detail(self) -> int:
        """How much it asks about."""
        return sum(one != other for one, other in zip(self, _NOTHING, strict=True))

    def covers(self, other: Rule) -> bool:
        """Whether the kernel may take `other` for this one where it's told to delete this one: it
        compares only what is given (rule_find).
        """
        pairs = zip(self.alike, other.alike, _NOTHING.alike, strict=True)
        same = all(mine in (theirs, nothing) for mine, theirs, nothing in pairs)
        return same and self.protocol in (0, other.protocol)


_NOTHING = Rule("", 0)


@dataclass(frozen=True, slots=True)
class Rules(Resource):
    """The rules of a family and priority, in the order they are asked: ours, and those made by hand."""

    nested: ClassVar[Mapping[str, type]] = {"rules": Rule}

    family: str
    priority: int
    rules: tuple[Rule, ...]

    @property
    def id(self) -> ResourceId:
        return ids.rules(self.family, self.priority)

    @property
    def foreign(self) -> bool:
        return all(rule.protocol != NETCONF_PROTOCOL for rule in self.rules)

    def overlay(self, observed: Rules) -> Rules:
        """A rule that is there already, made by hand, is taken over with the protocol it has."""
        by_hand = {
            rule._replace(protocol=NETCONF_PROTOCOL): rule
            for rule in observed.rules
            if rule.protocol != NETCONF_PROTOCOL
        }
        return replace(
            self,
            rules=tuple(
                by_hand.get(rule, rule) if rule not in observed.rules else rule for rule in self.rules
            ),
        )
