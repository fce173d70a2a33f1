"""Interfaces with `netns`: described where what they're on is, and read as part of that namespace."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from netconf.core.diagnostics import DocumentPath, Where
from netconf.inventory.codes import Code
from netconf.inventory.refusals import Refusal
from netconf.inventory.source import Source

INTERFACES = "interfaces"
NETNS = "netns"
MATCH = "match"

Data = dict[str, Any]
Sent = Mapping[str, tuple[str, Data]]
"""By the name of an interface: the namespace it's put into, and its fields but for that."""


def sent_away(data: Data) -> dict[str, tuple[str, Data]]:
    return {
        name: (where, {key: value for key, value in fields.items() if key not in (NETNS, MATCH)})
        for name, fields in _interfaces(data)
        if isinstance(where := fields.get(NETNS), str)
    }


def left_here(fields: Data) -> Data:
    """What of an interface the part of our namespace says: where it is, if that's elsewhere."""
    return {NETNS: fields[NETNS]} if NETNS in fields else fields


def _interfaces(data: Data) -> Iterator[tuple[str, Data]]:
    found = data.get(INTERFACES)
    for name, fields in found.items() if isinstance(found, dict) else ():
        if isinstance(fields, dict):
            yield name, fields


def with_sent(inside: Data, sent: Mapping[str, Data]) -> Data:
    """A namespace's part of the document with the interfaces that are put into it."""
    if not sent:
        return inside
    own = inside.get(INTERFACES)
    return {**inside, INTERFACES: {**sent, **(own if isinstance(own, dict) else {})}}


def misplaced(data: Data) -> Iterator[tuple[str, Refusal]]:
    """Interfaces that can't be put where they're to be, and why."""
    spaces = data.get(NETNS)
    spaces = spaces if isinstance(spaces, dict) else {}
    for name, (where, _) in sent_away(data).items():
        content = spaces.get(where, {})
        content = content if isinstance(content, dict) else {}
        own = content.get(INTERFACES)
        if not where:
            continue  # the name itself is refused
        if where not in spaces or content.get("state") == "absent":
            yield name, _no_namespace(name, where, absent=where in spaces)
        elif isinstance(own, dict) and name in own:
            yield name, _described_twice(name, where)
        elif MATCH in data[INTERFACES][name]:
            yield name, _matched(name)


def _no_namespace(name: str, where: str, *, absent: bool) -> Refusal:
    return Refusal(
        Code.CONTRADICTION,
        f"{name} is to be in netns {where}, which {'is to be absent' if absent else 'the document does not describe'}",
        "a link is put only into a namespace that the document sees to",
        f"keep {where}"
        if absent
        else f"write `{NETNS}: {{{where}: {{}}}}` besides; one that's there already stays as it is",
    )


def _described_twice(name: str, where: str) -> Refusal:
    return Refusal(
        Code.CONTRADICTION,
        f"{name} is described here and under {NETNS}.{where}",
        "both say what is in that namespace",
        "write all of it in one of the two places",
    )


def _matched(name: str) -> Refusal:
    return Refusal(
        Code.CONTRADICTION,
        f"{name} has match and {NETNS}",
        "once it's in the other namespace, it can't be found here",
        f"name the link as the kernel does, or keep it here and remove {NETNS}",
    )


class Rerouted:
    """A source in which interfaces of a namespace are written elsewhere: where they're put into it from."""

    def __init__(self, source: Source, sent: Collection[tuple[str, str]]) -> None:
        self.name, self.digest = source.name, source.digest
        self._source, self._sent = source, sent

    def load(self) -> object:
        return self._source.load()

    def locate(self, path: DocumentPath, *, key: bool = False) -> Where:
        if len(path) > 3 and path[0] == NETNS and path[2] == INTERFACES and (path[1], path[3]) in self._sent:
            path = path[2:]
        return self._source.locate(path, key=key)
