"""Observed rules as the document that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netconf.domains.rule.protocols import PROTOCOL_WORDS
from netconf.domains.rule.resource import TABLES, Rule, Rules


def capture(found: Iterable[Rules]) -> Mapping[str, Any]:
    """The rules a document may take over: those made by hand and by netconf."""
    return {
        "rules": [
            _entry(rules, rule)
            for rules in sorted(found, key=lambda rules: rules.id)
            for rule in _distinct(rules.rules)
            if not rule.action.isdigit()
        ]
    }


def _distinct(rules: Iterable[Rule]) -> list[Rule]:
    """Without those that no packet meets, or that can't be told from one before."""
    found: list[Rule] = []
    for rule in rules:
        if not any(rule.seems(earlier) for earlier in found):
            found.append(rule)
    return found


def _entry(rules: Rules, rule: Rule) -> dict[str, Any]:
    out: dict[str, Any] = {"priority": rules.priority}
    if not rule.source and not rule.to:
        out["family"] = rules.family
    fields = (
        ("not", "on" if rule.inverted else ""),
        ("from", rule.source),
        ("to", rule.to),
        ("iif", rule.iif),
        ("oif", rule.oif),
        ("fwmark", rule.fwmark),
        ("tos", rule.tos),
        ("ipproto", PROTOCOL_WORDS.get(rule.ip_protocol, rule.ip_protocol)),
        ("sport", _range(rule.sport)),
        ("dport", _range(rule.dport)),
        ("uidrange", _range(rule.uids)),
        ("tun_id", rule.tunnel),
    )
    out.update(
        {name: value for name, value in fields if value not in ("", 0) or (name == "uidrange" and rule.uids)}
    )
    if rule.suppress_prefixlength >= 0:
        out["suppress_prefixlength"] = rule.suppress_prefixlength
    if rule.suppress_ifgroup >= 0:
        out["suppress_ifgroup"] = rule.suppress_ifgroup
    if rule.action == "lookup":
        out["lookup"] = "l3mdev" if rule.l3mdev else TABLES.get(rule.target, rule.target)
    elif rule.action == "goto":
        out["goto"] = rule.target
    elif rule.action != "lookup":
        out["action"] = rule.action
    return out


def _range(text: str) -> int | str:
    return int(text) if text.isdigit() else text
