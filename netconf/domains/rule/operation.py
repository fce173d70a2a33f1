"""Writes to rules and the `ip rule` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.domains.rule.resource import TABLES, Rule


@dataclass(frozen=True, slots=True)
class CreateRule:
    family: str
    priority: int
    rule: Rule

    def describe(self) -> str:
        return f"create {self.family} rule {self.priority}: {' '.join(words(self.rule))}"

    def commands(self) -> tuple[str, ...]:
        return (_line("add", self.family, self.priority, self.rule),)


@dataclass(frozen=True, slots=True)
class DeleteRule:
    family: str
    priority: int
    rule: Rule

    def describe(self) -> str:
        return f"delete {self.family} rule {self.priority}: {' '.join(words(self.rule))}"

    def commands(self) -> tuple[str, ...]:
        return (_line("del", self.family, self.priority, self.rule),)


RuleOperation = CreateRule | DeleteRule


def _line(verb: str, family: str, priority: int, rule: Rule) -> str:
    program = "ip -6" if family == "ipv6" else "ip"
    protocol = ["protocol", str(rule.protocol)] if rule.protocol else []
    return " ".join([program, "rule", verb, "priority", str(priority), *protocol, *words(rule)])


def words(rule: Rule) -> list[str]:
    """The rule as ip-rule(8) writes it, the action last."""
    words = ["not"] if rule.inverted else []
    words += ["from", rule.source or "all"]
    options = (
        ("to", rule.to),
        ("iif", rule.iif),
        ("oif", rule.oif),
        ("fwmark", rule.fwmark),
        ("tos", hex(rule.tos) if rule.tos else ""),
        ("ipproto", str(rule.ip_protocol or "")),
        ("sport", rule.sport),
        ("dport", rule.dport),
        ("uidrange", rule.uids if "-" in rule.uids or not rule.uids else f"{rule.uids}-{rule.uids}"),
        ("tun_id", str(rule.tunnel or "")),
        ("suppress_prefixlength", "" if rule.suppress_prefixlength < 0 else str(rule.suppress_prefixlength)),
        ("suppress_ifgroup", "" if rule.suppress_ifgroup < 0 else str(rule.suppress_ifgroup)),
    )
    for name, value in options:
        words += [name, value] if value else []
    if rule.l3mdev:
        return [*words, "l3mdev"]
    if rule.action == "lookup":
        return [*words, "lookup", TABLES.get(rule.target, str(rule.target))]
    return [*words, rule.action, *([str(rule.target)] if rule.action == "goto" else [])]
