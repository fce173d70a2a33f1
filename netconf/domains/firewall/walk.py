"""What rules do with the first packet of a connection, as far as its tracking entry tells. Pure.

An entry says addresses, ports and protocol, not interfaces, marks or how many there are of it. So a rule
has conditions that hold or don't, and others that nobody knows: what becomes of the packet are steps, each
of which it may have been stopped at, the last one for certain.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netconf.core import ip

ACCEPT, REFUSE, TRANSLATE, KEEP = "accept", "refuse", "translate", "keep"
JUMP, GOTO, RETURN = "jump", "goto", "return"

STAGES = ("dstnat", "input", "forward", "output", "srcnat")
"""Where a first packet is decided on, or translated."""


class Packet(NamedTuple):
    """Of family 4 or 6. `redirected`: its destination has been translated; `local`: it's this host's."""

    family: int
    protocol: int
    source: int
    source_port: int
    destination: int
    destination_port: int
    redirected: bool
    local: bool


Ask = Callable[[Packet], bool]


class Rule(NamedTuple):
    """All of `asks` must hold; `unseen` is what it asks besides, "" for nothing. What it does is one of the
    words above, or "" for nothing that matters here; `to` is a chain, or an address.
    """

    asks: tuple[Ask, ...]
    unseen: str
    does: str
    to: str = ""
    management: bool = False


class Step(NamedTuple):
    """What may become of a packet; `unseen` is what would have to hold for it, () = it does."""

    unseen: tuple[str, ...]
    does: str
    to: str = ""
    management: bool = False


Chains = Mapping[str, Sequence[Rule]]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """By family its chains, by stage the chain that begins it and what's done at its end."""

    chains: Mapping[int, Chains]
    begins: Mapping[str, str]
    ends: Mapping[str, str]

    def steps(self, stage: str, packet: Packet) -> list[Step]:
        """In their order; all but the last are uncertain."""
        found: list[Step] = []
        chains = self.chains.get(packet.family, {})
        if not _walk(chains, self.begins[stage], packet, (), found):
            found.append(Step((), self.ends.get(stage, KEEP if stage.endswith("nat") else ACCEPT)))
        return found


def _walk(chains: Chains, name: str, packet: Packet, under: tuple[str, ...], found: list[Step]) -> bool:
    """Whether no packet like this one comes out of the chain's end."""
    for rule in chains.get(name, ()):
        if not rule.does or not all(ask(packet) for ask in rule.asks):
            continue
        unseen = (*under, rule.unseen) if rule.unseen else under
        if rule.does in (JUMP, GOTO):
            ended = _walk(chains, rule.to, packet, unseen, found)
            if not rule.unseen and (ended or rule.does == GOTO):
                return ended
        elif rule.does == RETURN and not rule.unseen:
            return False
        else:
            found.append(Step(unseen, rule.does, rule.to, rule.management))
            if not rule.unseen:
                return True
    return False


class Members:
    """Addresses of one family, looked for among many ranges."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._ranges = sorted(ranges)
        self._lows = [low for low, _ in self._ranges]

    def __contains__(self, value: int) -> bool:
        number = bisect_right(self._lows, value) - 1
        return number >= 0 and value <= self._ranges[number][1]


def addresses(texts: Iterable[str]) -> Members:
    """Of `192.0.2.1`, `192.0.2.0/24` and `192.0.2.1-192.0.2.9`. ValueError for anything else."""
    return Members(_addresses(text) for text in texts)


def _addresses(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    if high:
        return _value(low), _value(high)
    address, _, length = text.partition("/")
    value = _value(address)
    width = 128 if ":" in address else 32
    if not length:
        return value, value
    return value, value | ((1 << (width - int(length))) - 1)


def _value(text: str) -> int:
    found = ip.parse(text)
    if found is None:
        raise ValueError(text)
    return found.value


def ports(texts: Iterable[str], separator: str) -> Members:
    """Of `80` and ranges. ValueError."""

    def one(text: str) -> tuple[int, int]:
        low, _, high = text.partition(separator)
        return int(low), int(high or low)

    return Members(map(one, texts))


def never(_: Packet) -> bool:
    """What no such packet fits."""
    return False


def of_family(family: int) -> Ask:
    return lambda packet: packet.family == family


def of_protocols(numbers: Iterable[int], *, negated: bool = False) -> Ask:
    found = frozenset(numbers)
    return lambda packet: (packet.protocol in found) != negated


def from_or_to(end: str, found: Members, *, negated: bool) -> Ask:
    """Its address at an end, s or d, is one of these."""
    if end == "s":
        return lambda packet: (packet.source in found) != negated
    return lambda packet: (packet.destination in found) != negated


def by_port(end: str, found: Members, *, negated: bool) -> Ask:
    """The same of its port."""
    if end == "s":
        return lambda packet: (packet.source_port in found) != negated
    return lambda packet: (packet.destination_port in found) != negated
