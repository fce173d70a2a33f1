"""Chains under construction. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from netconf.core.diagnostics import DocumentPath
from netconf.domains.firewall.iptables import names
from netconf.domains.firewall.iptables.conditions import Asked
from netconf.domains.firewall.script import Line


class Target(NamedTuple):
    """What's done with a packet, and what's asked for besides: a limit, or the protocol it works with."""

    words: str
    asks: str = ""


class Place(NamedTuple):
    """The chain of ours below a builtin one; `rule` is what the chains of its own are named by."""

    builtin: str
    rule: str

    @property
    def chain(self) -> str:
        return names.chain_at(self.builtin)


class Chains:
    """The chains of a table by name, each with its lines; made when the first line is added."""

    def __init__(self) -> None:
        self.lines: dict[str, list[Line]] = {}

    def add(self, chain: str, text: str, path: DocumentPath = ()) -> None:
        self.lines.setdefault(chain, []).append(Line(text, path))

    def mentions(self, chain: str) -> bool:
        return any(f"-j {chain}" in line.text for lines in self.lines.values() for line in lines)

    def add_rule(
        self, place: Place, asked: Asked, targets: Sequence[Target], line: Line, gate: str = ""
    ) -> None:
        """A rule with a name (the line's text). Its ways lead to a chain of its own if there's something
        to exclude, or to count for all of them; what it does is in a chain if it's several things.
        """
        chain, name, path = place.chain, line.text, line.path
        ways: tuple[str, ...] = asked.ways
        if asked.but or (gate and len(ways) > 1):
            own = names.rule_chain(place.rule, place.builtin)
            for way in ways:
                self.add(chain, commented(way, f"-j {own}", name), path)
            for excluded in asked.but:
                self.add(own, commented(excluded, "-j RETURN", name), path)
            chain, ways = own, ("",)
        done = self._done(targets, place, line)
        for way in ways:
            asks = "" if f"{done.asks} " in f"{way} " else done.asks
            self.add(chain, commented(joined(way, asks, gate), done.words, name), path)

    def _done(self, targets: Sequence[Target], place: Place, line: Line) -> Target:
        """One target that does all of them."""
        if len(targets) == 1 and not targets[0].asks.startswith("-m "):
            return targets[0]
        steps = names.steps_chain(place.rule, place.builtin)
        for target in targets:
            self.add(steps, commented(target.asks, target.words, line.text), line.path)
        return Target(f"-j {steps}")


def joined(*words: str) -> str:
    return " ".join(word for word in words if word)


def commented(asked: str, target: str, name: str) -> str:
    quoted = f'"{name}"' if " " in name else name
    return joined(asked, f"-m comment --comment {quoted}", target)
