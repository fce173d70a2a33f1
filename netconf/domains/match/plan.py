"""From the document to names, from their changes to operations, and finding the links. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.image import encode
from netconf.core.overlay import given
from netconf.core.resource import Target
from netconf.domains.match.resource import Criteria, Name
from netconf.system.ports import Device, LinkRow

if TYPE_CHECKING:
    from netconf.domains.match.spec import Spec

LOOPBACK = "lo"

DeviceOf = Callable[[LinkRow], Device | None]


@dataclass(frozen=True, slots=True)
class Rename:
    """Give the link that the document calls `link` this name in the kernel, too."""

    link: str
    old: str
    new: str

    def describe(self) -> str:
        return f"rename {self.old} to {self.new}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip link set dev {self.old} name {self.new}",)


def expand(spec: Spec) -> Desired:
    names: dict[ResourceId, Name] = {}
    paths = {}
    for link, interface in spec.interfaces.items():
        if interface.match is not None:
            wanted = interface.match.model_dump(exclude_none=True)
            found = Name(link, kernel=link, criteria=tuple(sorted(wanted.items())))
            names[found.id] = found
            paths[found.id] = ("interfaces", link, "match")
    return Desired(dict(names), paths=paths)


def lower(change: Change) -> list[Rename]:
    """Of a replacement the first half is nothing: the link only has to be down in between."""
    after, before = change.after, change.before
    if not isinstance(after, Name):
        return []
    old = given(before.kernel, after.link) if isinstance(before, Name) else after.link
    return [Rename(after.link, old, given(after.kernel, after.link))]


def find(
    target: Target, rows: Sequence[LinkRow], device: DeviceOf
) -> tuple[dict[int, str], list[Diagnostic]]:
    """The names that the document gives to links, by ifindex; and for each of the others why not."""
    given_names: dict[int, str] = {}
    findings: list[Diagnostic] = []
    for want in sorted(_names(target), key=lambda name: name.link):
        fitting = _fitting(want.criteria, rows, device)
        problem = _problem(want, fitting, given_names, target)
        if problem is not None:
            findings.append(problem)
        else:
            given_names[fitting[0].ifindex] = want.link
    if not findings:
        findings += _taken(given_names, rows)
    return given_names, findings


def remembered(target: Target, there: Mapping[int, str]) -> dict[int, str]:
    """The names by which images call links, by the ifindex they had: of those that are still there."""
    names = [(given(name.ifindex, 0), name.link) for name in _names(target)]
    return {index: link for index, link in names if index in there}


def _names(target: Target) -> Iterator[Name]:
    return (want for want in target.values() if isinstance(want, Name))


def _fitting(criteria: Criteria, rows: Sequence[LinkRow], device: DeviceOf) -> list[LinkRow]:
    """What fits; of several a link that isn't made of software wins: VLANs share their parent's MAC."""
    fitting = [row for row in rows if row.name != LOOPBACK and _fits(criteria, row, device)]
    physical = [row for row in fitting if not row.kind]
    return physical if len(fitting) > 1 and physical else fitting


def _fits(criteria: Criteria, row: LinkRow, device: DeviceOf) -> bool:
    return all(value in _values(word, row, device) for word, value in criteria)


def _values(word: str, row: LinkRow, device: DeviceOf) -> Sequence[str]:
    match word:
        case "mac":
            return (row.address,)
        case "permaddr":
            return (row.permanent_address,)
        case "altname":
            return row.altnames
    found = device(row)
    return () if found is None else (str(getattr(found, word)),)


def _problem(
    want: Name, fitting: Sequence[LinkRow], taken: Mapping[int, str], target: Target
) -> Diagnostic | None:
    words = ", ".join(f"{word} {value}" for word, value in want.criteria)
    made = target.get(ids.link(want.link))
    key = str(want.id)
    if made is not None and encode(made).get("kind"):
        return error(
            "NC2711",
            f"{want.link} has match and kind",
            "match finds a link that is there, kind makes one",
            "remove one",
            resource=key,
        )
    if not fitting:
        return error("NC2712", f"{want.link}: no link has {words}", NONE, "correct match", resource=key)
    if len(fitting) > 1:
        names = ", ".join(row.name for row in fitting[:12])
        return error(
            "NC2713",
            f"{want.link}: {len(fitting)} links have {words}",
            f"they are {names}; which of them is meant can't be known",
            "add what tells it from the others: permaddr, pci",
            resource=key,
        )
    row = fitting[0]
    if row.ifindex in taken:
        return error(
            "NC2714",
            f"{want.link} and {taken[row.ifindex]} are the same link, {row.name}",
            "a link has one name",
            "correct one match",
            resource=key,
        )
    if want.link in row.altnames:
        return error(
            "NC2715",
            f"{want.link} is an alternative name of {row.name}",
            "the kernel gives no name twice, not even to the same link",
            f"remove it first: ip link property del dev {row.name} altname {want.link}",
            resource=key,
        )
    return None


NONE = "ip -d link shows what there is; permaddr is shown only if it's another than the MAC address now"


def _taken(given_names: Mapping[int, str], rows: Sequence[LinkRow]) -> Iterator[Diagnostic]:
    """Names that a link has which isn't to be renamed itself."""
    owners = {name: row for row in rows for name in (row.name, *row.altnames)}
    for ifindex, name in given_names.items():
        owner = owners.get(name)
        if owner is None or owner.ifindex == ifindex:
            continue
        if owner.ifindex not in given_names or name in owner.altnames:
            yield error(
                "NC2716",
                f"another link is called {name}",
                f"{owner.name} has the name, and no interface of the document gives it another",
                f"give it a name of its own, with match, or remove it: ip link del {owner.name}",
                resource=str(ids.name(name)),
            )
