"""From the document to rules, and from changes of rules to operations. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Claim, Desired
from netconf.core.diagnostics import DocumentPath
from netconf.core.ids import ResourceId
from netconf.domains.rule.operation import CreateRule, DeleteRule, RuleOperation
from netconf.domains.rule.resource import Rule, Rules

if TYPE_CHECKING:
    from netconf.domains.rule.spec import Rule as RuleSpec
    from netconf.domains.rule.spec import Spec


def expand(spec: Spec) -> Desired:
    """The rules, gathered by priority; the list is the whole set of rules with our protocol."""
    if spec.rules is None:
        return Desired()
    found: dict[ResourceId, Rules] = {}
    paths: dict[ResourceId, DocumentPath] = {}
    for number, entry in enumerate(spec.rules):
        family = entry.asked_family or ""
        key = ids.rules(family, entry.priority)
        others = found[key].rules if key in found else ()
        found[key] = Rules(family, entry.priority, (*others, _rule(entry)))
        paths.setdefault(key, ("rules", number))
    return Desired(dict(found), frozenset({Claim(ids.RULE)}), frozenset(), paths)


def _rule(entry: RuleSpec) -> Rule:
    action, target = entry.answer
    return Rule(
        action=action,
        target=target,
        inverted=entry.inverted == "on",
        source=entry.asked_source,
        to=entry.asked_destination,
        iif=entry.iif or "",
        oif=entry.oif or "",
        fwmark=entry.fwmark or "",
        tos=entry.tos,
        ip_protocol=entry.ipproto or 0,
        sport=entry.sport or "",
        dport=entry.dport or "",
        uids=entry.uidrange or "",
        tunnel=entry.tun_id or 0,
        l3mdev=action == "lookup" and not target,
        suppress_prefixlength=-1 if entry.suppress_prefixlength is None else entry.suppress_prefixlength,
        suppress_ifgroup=-1 if entry.suppress_ifgroup is None else entry.suppress_ifgroup,
    )


def lower(change: Change) -> list[RuleOperation]:
    """New rules come before old ones go, unless the kernel would mix them up."""
    known = next(side for side in (change.after, change.before) if isinstance(side, Rules))
    before = change.before.rules if isinstance(change.before, Rules) else ()
    after = change.after.rules if isinstance(change.after, Rules) else ()
    first, then, last = _steps(before, after)
    family, priority = known.family, known.priority
    return [
        *(DeleteRule(family, priority, rule) for rule in first),
        *(CreateRule(family, priority, rule) for rule in then),
        *(DeleteRule(family, priority, rule) for rule in last),
    ]


def _steps(
    before: Sequence[Rule], after: Sequence[Rule]
) -> tuple[Sequence[Rule], Sequence[Rule], Sequence[Rule]]:
    """What to delete, to create and to delete then. A new rule is asked after those of its priority
    that are there, so what stays must stand in front.
    """
    kept = _kept(before, after)
    created = after[len(kept) :]
    going = [rule for rule in before if rule not in kept]
    if going and _confusable(before):
        return sorted(before, key=lambda rule: -rule.detail), after, ()
    first = [rule for rule in going if any(new.seems(rule) for new in created)]
    return first, created, [rule for rule in going if rule not in first]


def _kept(before: Sequence[Rule], after: Sequence[Rule]) -> Sequence[Rule]:
    """The longest beginning of `after` that `before` has in the same order."""
    rest = iter(before)
    count = 0
    while count < len(after) and after[count] in rest:
        count += 1
    return after[:count]


def _confusable(rules: Sequence[Rule]) -> bool:
    """Whether deleting one could hit another: then all are deleted, those that ask about most first."""
    return any(
        one.covers(other)
        for place, one in enumerate(rules)
        for other in (*rules[:place], *rules[place + 1 :])
    )
