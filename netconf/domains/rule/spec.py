"""What a user may write about policy rules."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from netconf.domains.rule.protocols import PROTOCOLS
from netconf.domains.rule.resource import PROTECTED
from netconf.domains.rule.wire import mark_text, range_text
from netconf.grammar import Strict, reject, shown, tables
from netconf.grammar.addresses import prefix
from netconf.grammar.names import LinkName
from netconf.grammar.values import Switch

_U32 = (1 << 32) - 1
_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,8}|0|[1-9][0-9]{0,9}")
L3MDEV = 0
"""As a table: that of the VRF."""
NUMBER_OR_WORD = WithJsonSchema({"type": ["integer", "string"]})


def _priority(value: int) -> int:
    if value in PROTECTED:
        reject(
            "NC2501",
            f"priority {value} is that of a rule the kernel begins with",
            "the tables local, main and default are looked up there; without them the host is cut off",
            "write a priority from 1 to 32765",
        )
    return value


def _table(value: Any, info: ValidationInfo) -> int:
    return L3MDEV if value == "l3mdev" else tables.table(value, info, "NC2502", "NC2503", ("l3mdev",))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fwmark(value: Any) -> str:
    """`0x10/0xff`; without a mask all bits count."""
    parts = [value] if _is_number(value) else str(value).split("/") if isinstance(value, str) else []
    numbers = [number for part in parts if (number := _mark_number(part)) is not None]
    if not 1 <= len(numbers) <= 2 or len(numbers) != len(parts):
        reject(
            "NC2504",
            f"{shown(value)} is not a mark",
            "a mark is a number of 32 bits, and a mask if not all of them count",
            "write it as 0x10 or 0x10/0xff",
        )
    mark, mask = (*numbers, _U32)[:2]
    if mark & ~mask:
        reject(
            "NC2505",
            f"mark {mark:#x} has bits that mask {mask:#x} leaves out",
            "no packet could match",
            f"write {mark_text(mark & mask, mask)}, or a wider mask",
        )
    if not mask:
        reject("NC2506", "a mark of 0/0 asks about no bit", "every packet matches", "remove fwmark")
    return mark_text(mark, mask)


def _mark_number(part: object) -> int | None:
    text = str(part)
    if not _NUMBER.fullmatch(text):
        return None
    number = int(text, 0)
    return number if 0 <= number <= _U32 else None


def _range_of(least: int, most: int, what: str, example: str) -> BeforeValidator:
    """A number, or two with a dash between; canonical text."""

    def check(value: Any) -> str:
        text = str(value) if _is_number(value) or isinstance(value, str) else ""
        first, dash, last = text.partition("-")
        ends = [first, last] if dash else [first, first]
        if not all(end.isascii() and end.isdigit() and least <= int(end) <= most for end in ends):
            reject(
                "NC2507",
                f"{shown(value)} is not {what}",
                f"that is a number from {least} to {most}, or two with a dash between",
                f"write it as {example}",
            )
        low, high = map(int, ends)
        if low > high:
            reject("NC2508", f"{text} ends before it begins", "it holds nothing", f"write {high}-{low}")
        return range_text((low, high))

    return BeforeValidator(check)


Ports = Annotated[str, _range_of(1, 65534, "a range of ports", "443 or 1000-2000"), NUMBER_OR_WORD]
"""1 to 65534: the kernel refuses 65535 (fib_rule_port_range_valid of net/fib_rules.h)."""

Uids = Annotated[str, _range_of(0, _U32 - 1, "a range of user ids", "1000 or 1000-1999"), NUMBER_OR_WORD]


def _protocol(value: Any) -> int:
    if isinstance(value, str) and value in PROTOCOLS:
        return PROTOCOLS[value]
    if not _is_number(value) or not 0 < value < 256:
        close = get_close_matches(value.lower(), PROTOCOLS, 1) if isinstance(value, str) else []
        reject(
            "NC2509",
            f"{shown(value)} is not a protocol",
            f"those with a name are {', '.join(PROTOCOLS)}",
            f"write {close[0]}" if close else "write one of them, or a number from 1 to 255",
        )
    return int(value)


_TOS_BITS = {"ipv4": 0x1C, "ipv6": 0xFC}
"""IPv4 rules see the old type of service only (fib4_rule_configure); none sees the bits of ECN."""


Network = Annotated[str, BeforeValidator(prefix)]


class Rule(Strict):
    """One rule: what it asks of a packet, and what becomes of the packet."""

    priority: Annotated[int, Field(ge=0, le=_U32), AfterValidator(_priority)] = Field(
        description="rules are asked in this order, lowest first"
    )
    family: Literal["ipv4", "ipv6"] | None = Field(
        None, description="address family, where neither from nor to tells it"
    )
    inverted: Switch | None = Field(None, alias="not", description="for all packets but those described")
    source: Network | None = Field(None, alias="from", description="network of the source address")
    to: Network | None = Field(None, description="network of the destination address")
    iif: LinkName | None = Field(None, description="link the packet came in by; lo = from this host")
    oif: LinkName | None = Field(None, description="link a socket of this host is bound to")
    fwmark: Annotated[str, BeforeValidator(_fwmark), NUMBER_OR_WORD] | None = Field(
        None, description="mark of the packet, and the bits of it that count: 0x10/0xff"
    )
    tos: Annotated[int, Field(ge=0, le=255)] = Field(
        0, description="type of service (IPv4: bits 0x1c) or traffic class (IPv6: bits 0xfc)"
    )
    ipproto: Annotated[int, BeforeValidator(_protocol), NUMBER_OR_WORD] | None = Field(
        None, description="protocol, by name or number"
    )
    sport: Ports | None = Field(None, description="source port, or range of ports")
    dport: Ports | None = Field(None, description="destination port, or range of ports")
    uidrange: Uids | None = Field(None, description="user id of the socket, or range of them")
    tun_id: Annotated[int, Field(ge=1, le=(1 << 64) - 1)] | None = Field(
        None, description="id of the tunnel the packet came by"
    )
    suppress_prefixlength: Annotated[int, Field(ge=0, le=128)] | None = Field(
        None,
        description="go on to the next rule if the route found has a prefix this short: 0 = default route",
    )
    suppress_ifgroup: Annotated[int, Field(ge=0, le=(1 << 31) - 1)] | None = Field(
        None, description="go on to the next rule if the route found is over a link of this group"
    )
    lookup: Annotated[int, BeforeValidator(_table), NUMBER_OR_WORD] | None = Field(
        None,
        description="look the route up in this table: main, local, default, a name under tables, a number; l3mdev = that of the packet's VRF",
    )
    goto: Annotated[int, Field(ge=1, le=_U32)] | None = Field(
        None, description="go on with the rule of this priority"
    )
    action: Literal["blackhole", "unreachable", "prohibit", "nop"] | None = Field(
        None, description="refuse the packet in one of the ways, or nop: do nothing"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Rule:
        self._check_family()
        self._check_answer()
        self._check_widths(self.asked_family)
        return self

    def _check_widths(self, family: str) -> None:
        bits = _TOS_BITS[family]
        if self.tos & ~bits:
            reject(
                "NC2510",
                f"tos {self.tos:#x} has bits that rules don't see",
                f"those of {'IPv4' if family == 'ipv4' else 'IPv6'} see the bits {bits:#x}",
                f"write {self.tos & bits:#x}",
            )
        if family == "ipv4" and (self.suppress_prefixlength or 0) > 32:
            reject(
                "NC2511",
                f"suppress_prefixlength {self.suppress_prefixlength} is longer than any prefix of IPv4",
                "no route would ever be taken",
                "write 0 to 31",
            )

    def _check_family(self) -> None:
        told = {
            "ipv6" if ":" in text else "ipv4": name
            for name, text in (("from", self.source), ("to", self.to))
            if text
        }
        if self.family is not None:
            told.setdefault(self.family, "family")
        if len(told) > 1:
            reject(
                "NC2512",
                f"{told['ipv4']} says IPv4 and {told['ipv6']} says IPv6",
                "a rule is of one address family",
                "correct one, or write two rules",
            )
        if not told:
            reject(
                "NC2513",
                f"nothing tells the address family of the rule of priority {self.priority}",
                "a rule is of one family, and there is neither from nor to",
                "add family: ipv4 or family: ipv6; for both write two rules",
            )

    def _check_answer(self) -> None:
        answers = [name for name in ("lookup", "goto", "action") if getattr(self, name) is not None]
        if len(answers) != 1:
            reject(
                "NC2514",
                f"{' and '.join(answers)} in one rule" if answers else f"rule {self.priority} does nothing",
                "a rule says one thing of what becomes of its packets",
                "keep one of them" if answers else "add lookup, goto or action",
            )
        if self.goto is not None and self.goto <= self.priority:
            reject(
                "NC2515",
                f"goto {self.goto} from priority {self.priority} leads back",
                "packets would go round and round; the kernel refuses it",
                f"write a priority above {self.priority}",
            )
        for name in ("suppress_prefixlength", "suppress_ifgroup"):
            if getattr(self, name) is not None and answers[0] != "lookup":
                reject(
                    "NC2516",
                    f"{name} together with {answers[0]}",
                    "it's about the route that is found, and none is looked up",
                    f"remove {name}",
                )

    @property
    def asked_family(self) -> str:
        """`ipv4` or `ipv6`."""
        network = self.source or self.to
        return self.family or ("ipv6" if network and ":" in network else "ipv4")

    @property
    def answer(self) -> tuple[str, int]:
        """The action, and the table or priority it leads to."""
        if self.goto is not None:
            return "goto", self.goto
        return self.action or "lookup", self.lookup or 0

    @property
    def asked_source(self) -> str:
        """The source; a network of everything only says the family."""
        return _network(self.source)

    @property
    def asked_destination(self) -> str:
        return _network(self.to)

    def seems(self, earlier: Rule) -> bool:
        """Whether the kernel takes this rule for an earlier one: `not` and the target of goto make no
        difference to it, and no source, destination or TOS is taken for any (rule_exists).
        """
        if (self.asked_family, self.priority) != (earlier.asked_family, earlier.priority):
            return False
        pairs = (
            (self.asked_source, earlier.asked_source),
            (self.asked_destination, earlier.asked_destination),
            (self.tos, earlier.tos),
        )
        return self._rest == earlier._rest and all(mine in (theirs, "", 0) for mine, theirs in pairs)

    @property
    def _rest(self) -> tuple[object, ...]:
        unseen = {"family", "inverted", "source", "to", "tos"}
        rest = self.model_dump(exclude=unseen)
        return (*(rest | {"goto": self.goto is not None}).values(),)


def _network(prefix: str | None) -> str:
    return "" if prefix is None or prefix.endswith("/0") else prefix


def _distinct(rules: list[Rule]) -> list[Rule]:
    places: dict[int, list[int]] = {}
    for number, rule in enumerate(rules):
        equals = places.setdefault(rule.priority, [])
        for first in equals:
            if rule.seems(rules[first]):
                _refuse_pair(first, number, rule.priority)
        equals.append(number)
    return rules


def _refuse_pair(first: int, second: int, priority: int) -> None:
    reject(
        "NC2517",
        f"rules[{second}] of priority {priority} is one with rules[{first}] to the kernel",
        "it says no more than that one does; not and the target of goto make no difference",
        "give it another priority, or remove one",
    )


class Spec(Strict):
    """The part of a document that describes policy rules."""

    rules: Annotated[list[Rule], AfterValidator(_distinct)] | None = Field(
        None, description="all rules of netconf's protocol; [] = none but those of others"
    )
