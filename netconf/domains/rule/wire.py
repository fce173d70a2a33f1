"""Rules to netlink rows and back. Pure. Actions are those of linux/fib_rules.h."""

from __future__ import annotations

from netconf.core import ip
from netconf.domains.rule.resource import Rule
from netconf.system.ports import RuleRow

ACTIONS = {"lookup": 1, "goto": 2, "nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8}
_WORDS = {number: word for word, number in ACTIONS.items()}

FAMILIES = {"ipv4": ip.INET, "ipv6": ip.INET6}
FAMILY_WORDS = {number: word for word, number in FAMILIES.items()}


def resource(row: RuleRow) -> Rule:
    """The rule of a row."""
    action = _WORDS.get(row.action, str(row.action))
    return Rule(
        action=action,
        target=row.goto if action == "goto" else row.table,
        inverted=row.inverted,
        source=row.source,
        to=row.to,
        iif=row.iif,
        oif=row.oif,
        fwmark=mark_text(*row.fwmark) if row.fwmark else "",
        tos=row.tos,
        ip_protocol=row.ip_protocol,
        sport=range_text(row.sport),
        dport=range_text(row.dport),
        uids=range_text(row.uids),
        tunnel=row.tunnel,
        l3mdev=row.l3mdev,
        suppress_prefixlength=row.suppress_prefixlength,
        suppress_ifgroup=row.suppress_ifgroup,
        protocol=row.protocol,
    )


def row(family: str, priority: int, rule: Rule) -> RuleRow:
    """The row that makes the rule so."""
    mark, _, mask = rule.fwmark.partition("/")
    return RuleRow(
        family=FAMILIES[family],
        priority=priority,
        action=ACTIONS[rule.action] if rule.action in ACTIONS else int(rule.action),
        protocol=rule.protocol,
        table=0 if rule.action == "goto" else rule.target,
        goto=rule.target if rule.action == "goto" else 0,
        inverted=rule.inverted,
        source=rule.source,
        to=rule.to,
        iif=rule.iif,
        oif=rule.oif,
        fwmark=(int(mark, 16), int(mask, 16)) if mark else None,
        tos=rule.tos,
        ip_protocol=rule.ip_protocol,
        sport=_range(rule.sport),
        dport=_range(rule.dport),
        uids=_range(rule.uids),
        tunnel=rule.tunnel,
        l3mdev=rule.l3mdev,
        suppress_prefixlength=rule.suppress_prefixlength,
        suppress_ifgroup=rule.suppress_ifgroup,
    )


def mark_text(mark: int, mask: int) -> str:
    return f"{mark:#x}/{mask:#x}"


def range_text(pair: tuple[int, int] | None) -> str:
    """`80` or `1000-2000`."""
    if pair is None:
        return ""
    first, last = pair
    return str(first) if first == last else f"{first}-{last}"


def _range(text: str) -> tuple[int, int] | None:
    first, dash, last = text.partition("-")
    return (int(first), int(last if dash else first)) if text else None
