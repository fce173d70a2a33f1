"""What differs between two tables, in lines for people: rules by their names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from netconf.domains.firewall.resource import Table

MOST_LINES = 200
MOST_MEMBERS = 5

_COMMENT = re.compile(r' comment "([^"]*)"$')
_GENERATED = "netconf: "


def differences(before: Table | None, after: Table) -> Iterator[str]:
    """Each line begins with + or -; of very many the first."""
    lines = [*_objects(before, after), *_elements(before, after), *_rules(before, after)]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"  and {len(lines) - MOST_LINES} more lines"


def _objects(before: Table | None, after: Table) -> Iterator[str]:
    """Chains without rules and sets without members."""
    old, new = (before.objects if before else ()), after.objects
    yield from (f"- {text}" for text in old if text not in new)
    yield from (f"+ {text}" for text in new if text not in old)


def _elements(before: Table | None, after: Table) -> Iterator[str]:
    old, new = dict(before.elements if before else ()), dict(after.elements)
    for name in sorted(old.keys() | new.keys()):
        had, has = set(old.get(name, ())), set(new.get(name, ()))
        for sign, found in (("-", had - has), ("+", has - had)):
            if found:
                yield f"{sign} set {name}: {some(sorted(found))}"


def some(members: Sequence[str]) -> str:
    shown = ", ".join(members[:MOST_MEMBERS])
    return shown if len(members) <= MOST_MEMBERS else f"{shown} and {len(members) - MOST_MEMBERS} more"


def _rules(before: Table | None, after: Table) -> Iterator[str]:
    old, new = _by_chain(before), _by_chain(after)
    for chain in dict.fromkeys([*old, *new]):
        have, want = old.get(chain, []), new.get(chain, [])
        if have == want:
            continue
        if not have or not want:
            yield from (f"- {_named(chain, text)}" for text in have)
            yield from (f"+ {_named(chain, text)}" for text in want)
            continue
        for tag, start, end, first, last in SequenceMatcher(None, have, want, False).get_opcodes():
            if tag != "equal":
                yield from (f"- {_named(chain, text)}" for text in have[start:end])
                yield from (f"+ {_named(chain, text)}" for text in want[first:last])


def _by_chain(table: Table | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for chain, text in table.rules if table else ():
        found.setdefault(chain, []).append(text)
    return found


def _named(chain: str, text: str) -> str:
    """`input ssh: tcp dport 22 counter accept`; of chains that rules have for themselves the rule's name
    says enough.
    """
    comment = _COMMENT.search(text)
    name = comment[1].removeprefix(_GENERATED) if comment else "rule"
    rule = _COMMENT.sub("", text)
    where = chain.partition("_")[2]
    return f"{where if chain.startswith('c_') else chain} {name}: {rule}"
