"""The rules of a table in the kernel's words, as far as they're about a connection's first packet. Pure.

Word by word, what's in quotes is one word. A word that isn't known is a condition nobody can see, so what
the user writes in nft's own language makes things uncertain, never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from netconf.domains.firewall import walk
from netconf.domains.firewall.protocols import PROTOCOLS
from netconf.domains.firewall.resource import Table
from netconf.domains.firewall.walk import Ask, Members, Rule, Ruleset

_WORD = re.compile(r'"[^"]*"|\{[^{}]*\}|\S+')
_IP = {"ip": 4, "ip6": 6}
_PORTED = ("tcp", "udp", "udplite", "sctp", "dccp")
_LOG = ("prefix", "level", "group", "snaplen", "queue-threshold", "flags")
_MANAGEMENT = '"netconf: management"'
_POLICY = re.compile(r"^chain (\S+); type \w+ hook \w+ priority \w+; policy (\w+);")
_SET = re.compile(r"^set (\S+); type ipv[46]_addr")
_BEGINS = {stage: f"c_{stage}" for stage in walk.STAGES}
_NAMES = {"ipv6-icmp": 58}


def ruleset(table: Table | None) -> Ruleset:
    """Of no table: everything is accepted, nothing translated."""
    if table is None:
        return Ruleset({}, _BEGINS, {})
    # Those without members, too; what packets put into the others is in no text that we compare.
    empty = Members(())
    sets = {
        found[1]: empty for text in table.objects if (found := _SET.match(text)) and "dynamic" not in text
    }
    for name, members in table.elements:
        try:
            sets[name] = walk.addresses(member.split()[0] for member in members)
        except ValueError:
            continue  # not addresses: who looks into it asks for something unseen
    chains: dict[str, list[Rule]] = {}
    for chain, text in table.rules:
        chains.setdefault(chain, []).extend(_Reader(text, sets).rules())
    policies = {found[1]: found[2] for text in table.objects if (found := _POLICY.match(text))}
    drops = {s: walk.REFUSE for s in walk.STAGES if policies.get(_BEGINS[s]) == "drop"}
    return Ruleset({4: chains, 6: chains}, _BEGINS, drops)


class _Reader:
    """Reads one rule."""

    def __init__(self, text: str, sets: Mapping[str, Members]) -> None:
        self._words = _WORD.findall(text)
        self._sets = sets
        self._asks: list[Ask] = []
        self._unseen: list[str] = []
        self._management = False

    def rules(self) -> Iterator[Rule]:
        """One; or one for each of what it may do."""
        words = self._words
        while words:
            word = words.pop(0)
            if word in _DONE:
                does, to = _DONE[word](words)
                self._note_comment()
                yield self._rule(does, to)
                return
            if word == "vmap":
                self._unseen += [word, *words]
                yield from (self._rule(does, "") for does in (walk.ACCEPT, walk.REFUSE))
                return
            self._read(word)

    def _rule(self, does: str, to: str) -> Rule:
        return Rule(tuple(self._asks), " ".join(self._unseen), does, to, self._management)

    def _note_comment(self) -> None:
        if "comment" in self._words:
            self._management = self._words[self._words.index("comment") + 1 :][:1] == [_MANAGEMENT]

    def _read(self, word: str) -> None:
        words = self._words
        before = list(words)
        try:
            known = self._known(word)
        except (ValueError, IndexError, KeyError):
            known = False
        if not known:
            words[:] = before
            self._unseen.append(word)

    def _known(self, word: str) -> bool:
        """Whether the word and what belongs to it was understood, and taken away."""
        words = self._words
        if word == "counter":
            if words[:1] == ["packets"]:
                del words[:4]
            return True
        if word == "log":
            while words and words[0] in _LOG:
                del words[:2]
            return True
        return self._loopback() if word in ("iifname", "oifname") else self._of_header(word)

    def _of_header(self, word: str) -> bool:
        field = self._words[0]
        if word in _IP and field in ("saddr", "daddr"):
            return self._address(_IP[word])
        if word in (*_PORTED, "th") and field in ("sport", "dport"):
            return self._port(word)
        if word in ("icmp", "icmpv6") and field == "type":
            self._asks.append(walk.of_protocols([PROTOCOLS[word]]))
            return False  # the type is in no entry that we read
        return self._pair(word)

    def _pair(self, word: str) -> bool:
        """Conditions of two words."""
        words = self._words
        key = f"{word} {words.pop(0)}"
        if key == "meta l4proto":
            negated, values = self._values()
            self._asks.append(walk.of_protocols(map(_protocol, values), negated=negated))
        elif key == "meta nfproto":
            self._asks.append(walk.of_family(int(words.pop(0)[-1])))
        elif key == "ct state":
            negated, values = self._values()
            if ("new" in values) == negated:
                self._asks.append(walk.never)
        elif key == "ct status" and words[0] == "dnat":
            words.pop(0)
            self._asks.append(lambda packet: packet.redirected)
        elif key == "fib daddr" and words[:2] == ["type", "local"]:
            del words[:2]
            self._asks.append(lambda packet: packet.local)
        else:
            return False
        return True

    def _loopback(self) -> bool:
        """What's within the host isn't looked at."""
        if self._words[0] != '"lo"':
            return False
        self._words.pop(0)
        self._asks.append(walk.never)
        return True

    def _address(self, family: int) -> bool:
        end = self._words.pop(0)[0]
        negated, values = self._values()
        self._asks.append(walk.of_family(family))
        named = values[0].startswith("@")
        found = self._sets[values[0][1:]] if named else walk.addresses(values)
        self._asks.append(walk.from_or_to(end, found, negated=negated))
        return True

    def _port(self, header: str) -> bool:
        end = self._words.pop(0)[0]
        negated, values = self._values()
        if header in _PORTED:
            self._asks.append(walk.of_protocols([PROTOCOLS[header]]))
        self._asks.append(walk.by_port(end, walk.ports(values, "-"), negated=negated))
        return True

    def _values(self) -> tuple[bool, list[str]]:
        """Whether they're those it mustn't be, and the values. ValueError for what's more than that."""
        words = self._words
        negated = words[0] == "!="
        if negated:
            words.pop(0)
        value = words.pop(0)
        if words[:1] in (["."], ["&"], ["vmap"], ["map"]):
            raise ValueError(value)
        parts = value.strip("{} ").split(",") if value[0] != '"' else [value]
        return negated, [part.strip() for part in parts]


def _protocol(name: str) -> int:
    return int(name) if name.isdigit() else _NAMES.get(name) or PROTOCOLS[name]


Done = Callable[[list[str]], tuple[str, str]]


def _plain(does: str) -> Done:
    return lambda _: (does, "")


def _chain(does: str) -> Done:
    return lambda words: (does, words[0])


def _translation(verb: str) -> Done:
    def read(words: list[str]) -> tuple[str, str]:
        given = words[: words.index("comment")] if "comment" in words else words
        target = [word for word in given if word not in ("ip", "ip6", "to")]
        return walk.TRANSLATE, " ".join([verb, *target])

    return read


_DONE: Mapping[str, Done] = {
    "accept": _plain(walk.ACCEPT),
    "drop": _plain(walk.REFUSE),
    "reject": _plain(walk.REFUSE),
    "return": _plain(walk.RETURN),
    "jump": _chain(walk.JUMP),
    "goto": _chain(walk.GOTO),
    "dnat": _translation("dnat"),
    "snat": _translation("snat"),
    "masquerade": _translation("masquerade"),
    "redirect": _translation("redirect"),
}
